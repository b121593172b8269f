//! What the engine would make of a container.

use super::{
    CheckFunction, Suite, check, held,
    verdict::{Verdict, equal, holds},
};
use crate::{
    confinement::Namespace,
    spec::{Access, Capabilities, Mount, Network, RunSpec},
};

pub(super) const CHECKS: &[(&str, CheckFunction)] = &[check!(
    "a rehearsal tells what the engine makes of a container, and leaves none",
    a_rehearsal
)];

async fn a_rehearsal(suite: &Suite<'_>) -> Verdict {
    let directory = &suite.fixture.directory;
    let label = held::unique("".into(), &suite.fixture.prefix).into_string();
    let confined = RunSpec {
        labels: [("conformance.rehearsal".to_owned(), label.clone())].into(),
        mounts: vec![
            Mount::bind(directory, "/writable", Access::ReadWrite),
            Mount::bind(directory, "/readable", Access::ReadOnly),
        ],
        ..suite.script("true")
    };
    let loose = RunSpec {
        capabilities: Capabilities::EngineDefault,
        network: Network::Host,
        ..confined.clone()
    };
    let applied = suite.runtime.rehearse(&confined).await?;
    holds(
        !applied.privileged && !applied.new_privileges && applied.capabilities.is_empty(),
        || format!("{applied:?}"),
    )?;
    equal(applied.shared_namespaces, [].into())?;
    let mut mounts: Vec<(&str, Access)> = applied
        .mounts
        .iter()
        .map(|mount| (mount.target.as_str(), mount.access))
        .collect();
    mounts.sort_by_key(|(target, _)| *target);
    equal(
        mounts,
        vec![
            ("/readable", Access::ReadOnly),
            ("/writable", Access::ReadWrite),
        ],
    )?;
    let applied = suite.runtime.rehearse(&loose).await?;
    holds(
        applied.new_privileges && !applied.capabilities.is_empty(),
        || format!("{applied:?}"),
    )?;
    equal(applied.shared_namespaces, [Namespace::Network].into())?;
    let left = suite
        .witness
        .containers_labelled("conformance.rehearsal", &label)?;
    equal(left, vec![])
}
