//! `cargo xtask fuzz`

use clap::Parser;

use crate::step::{Outcome, cargo, read, run};

/// The packages with readers of what others write.
const PACKAGES: [&str; 3] = ["ocx-core", "ocx-docker", "ocx-podman"];

/// Throw damaged inputs at everything that reads what others write; a short run is part of the tests.
#[derive(Parser)]
pub(crate) struct Args {
    /// How long to do so, all readers together
    #[arg(long, default_value_t = 10)]
    minutes: u64,
    /// Only the readers whose name contains this, such as `env_file`
    #[arg(default_value = "")]
    reader: String,
}

pub(crate) fn run_for(args: &Args) -> Outcome {
    let filter = format!("fuzz_{}", args.reader);
    let test = |more: &[&str]| {
        let mut line = vec!["test", "--release", "--lib", "--tests"];
        line.extend(PACKAGES.iter().flat_map(|package| ["--package", package]));
        line.extend([filter.as_str(), "--"]);
        line.extend(more);
        cargo(&line)
    };
    let listed = read(&mut test(&["--list"]))?;
    let readers = listed.lines().filter(|line| line.ends_with(": test"));
    let readers = u64::try_from(readers.count()).unwrap_or(u64::MAX);
    if readers == 0 {
        return Err(format!("no reader is called `{}`", args.reader));
    }
    let seconds = (args.minutes * 60).div_ceil(readers);
    run(test(&["--test-threads=1", "--nocapture"]).env("OCX_FUZZ_SECONDS", seconds.to_string()))
}
