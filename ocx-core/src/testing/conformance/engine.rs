//! What the engine is.

use super::{CheckFunction, Suite, check, verdict::Verdict, verdict::equal};
use crate::testing::EngineFacts;

pub(super) const CHECKS: &[(&str, CheckFunction)] = &[check!(
    "the engine tells what it is",
    engine_tells_what_it_is
)];

async fn engine_tells_what_it_is(suite: &Suite<'_>) -> Verdict {
    let info = suite.runtime.engine_info().await?;
    let facts = suite.witness.engine()?;
    let told = EngineFacts {
        version: info.version,
        mode: info.mode,
        architecture: info.architecture,
        selinux: info.selinux,
        seccomp: info.seccomp,
        limits: info.limits,
        groups: info.groups,
        // An engine that has one of its own accord need not be asked for it.
        host_alias: info.host_alias.unwrap_or_else(|| facts.host_alias.clone()),
    };
    equal(told, facts)
}
