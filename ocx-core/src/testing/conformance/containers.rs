//! Containers in the foreground: exit codes, failures, variables.

use std::fs;

use super::{
    CheckFunction, Suite, check,
    verdict::{Verdict, equal, holds},
};
use crate::{
    runtime::{Exit, RunOutcome, RuntimeError, Started},
    spec::{Access, EnvValue, Environment, Mount, Network, RunSpec},
};

pub(super) const CHECKS: &[(&str, CheckFunction)] = &[
    check!("exit codes come back as they are", exit_codes),
    check!(
        "a failure of the engine is no exit code",
        failures_of_the_engine
    ),
    check!("variables are set", variables_are_set),
    check!("secrets stand in no command line", secrets),
];

async fn exit_codes(suite: &Suite<'_>) -> Verdict {
    for code in [0, 1, 42, 125, 126, 127, 255] {
        let outcome = suite
            .outcome(&suite.script(&format!("exit {code}")))
            .await?;
        equal(outcome.exit, Exit::Code(code))?;
    }
    let killed = suite
        .outcome(&suite.script("sh -c 'kill -9 $$'; exit $?"))
        .await?;
    equal(killed.exit, Exit::Code(137))
}

async fn failures_of_the_engine(suite: &Suite<'_>) -> Verdict {
    let missing_image = RunSpec {
        image: suite.image_name("missing"),
        ..suite.script("true")
    };
    let missing_program = RunSpec {
        command: vec!["/no/such/program".to_owned()],
        ..suite.script("")
    };
    let missing_network = RunSpec {
        network: Network::Named(format!("{}-none", suite.fixture.prefix)),
        ..suite.script("true")
    };
    let missing_source = RunSpec {
        mounts: vec![Mount::bind(
            suite.fixture.directory.join("none"),
            "/x",
            Access::ReadWrite,
        )],
        ..suite.script("true")
    };
    for spec in [
        missing_image,
        missing_program,
        missing_network,
        missing_source,
    ] {
        match suite.runtime.run(&spec).await {
            // Some make no container at all, and so no record of one.
            Err(RuntimeError::StartFailed { .. })
            | Ok(RunOutcome {
                started: Started::Unknown(_),
                ..
            }) => {}
            other => return Err(format!("{:?}: {other:?}", spec.command).into()),
        }
    }
    holds(!suite.fixture.directory.join("none").exists(), || {
        "the engine has made a missing source".to_owned()
    })
}

fn variables<const N: usize>(variables: [(&str, EnvValue); N]) -> Environment {
    variables
        .into_iter()
        .map(|(name, value)| (name.parse().expect("a name"), value))
        .collect()
}

async fn variables_are_set(suite: &Suite<'_>) -> Verdict {
    let values = ["it's \"me\"; $HOME\n2", "secret = 1,2"];
    let spec = RunSpec {
        environment: variables([
            ("PLAIN", EnvValue::Plain(values[0].to_owned())),
            ("HIDDEN", EnvValue::Secret(values[1].to_owned())),
        ]),
        working_directory: "/tmp".into(),
        ..suite.script("printf '%s|%s|%s' \"$PLAIN\" \"$HIDDEN\" \"$(pwd)\"")
    };
    let found = suite.output(&spec).await?;
    equal(found, format!("{}|{}|/tmp", values[0], values[1]))
}

async fn secrets(suite: &Suite<'_>) -> Verdict {
    // Not in this source, or the program's own command line would hold it.
    let secret = format!("{}-hunter2", suite.fixture.prefix);
    let spec = RunSpec {
        environment: variables([("HIDDEN", EnvValue::Secret(secret.clone()))]),
        ..suite.script("printf '%s' \"$HIDDEN\"")
    };
    let (seen, outcome) = suite
        .held(spec, async |_| command_line_with(&secret))
        .await?;
    equal(
        String::from_utf8_lossy(&outcome.stdout).into_owned(),
        secret,
    )?;
    equal(seen, None)
}

/// The command line of some process, the caller's own left out, with this text in it.
fn command_line_with(text: &str) -> super::Found<Option<String>> {
    let own = std::process::id().to_string();
    for process in fs::read_dir("/proc")? {
        let name = process?.file_name();
        if name == *own || !name.as_encoded_bytes().iter().all(u8::is_ascii_digit) {
            continue;
        }
        // It may be gone meanwhile, or somebody else's.
        let line = fs::read(std::path::Path::new("/proc").join(&name).join("cmdline"));
        let line = String::from_utf8_lossy(&line.unwrap_or_default()).replace('\0', " ");
        if line.contains(text) {
            return Ok(Some(line));
        }
    }
    Ok(None)
}
