//! Where a program's output goes.

use std::fs::{self, File};

use rustix::stdio::{dup2_stdout, stdout};

use super::{
    CheckFunction, Suite, check, held,
    verdict::{Verdict, equal},
};
use crate::spec::{Output, RunSpec};

pub(super) const CHECKS: &[(&str, CheckFunction)] = &[
    check!("output is captured byte by byte", output_is_captured),
    check!(
        "output goes to the caller's own streams if it is to be inherited",
        output_is_inherited
    ),
];

async fn output_is_captured(suite: &Suite<'_>) -> Verdict {
    let script = "printf 'a\\0b\\r\\n'; printf 'to stderr' >&2";
    let outcome = suite.outcome(&suite.script(script)).await?;
    equal(outcome.stdout.as_slice(), b"a\0b\r\n".as_slice())?;
    equal(outcome.stderr.as_slice(), b"to stderr".as_slice())
}

async fn output_is_inherited(suite: &Suite<'_>) -> Verdict {
    let spec = RunSpec {
        output: Output::Inherit,
        ..suite.script("echo to the caller")
    };
    let path = held::unique(&suite.fixture.directory, "stdout");
    let file = File::create(&path)?;
    let callers = stdout().try_clone_to_owned()?;
    dup2_stdout(&file).map_err(std::io::Error::from)?;
    let outcome = suite.outcome(&spec).await;
    dup2_stdout(&callers).map_err(std::io::Error::from)?;
    let arrived = fs::read_to_string(&path)?;
    fs::remove_file(&path)?;
    equal(outcome?.stdout, Vec::new())?;
    equal(arrived.as_str(), "to the caller\n")
}
