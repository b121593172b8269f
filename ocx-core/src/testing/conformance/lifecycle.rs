//! A container from its first process to its removal.

use super::{
    CheckFunction, Suite, check,
    verdict::{Verdict, applies, equal, holds},
};
use crate::spec::{Init, Lifetime, RunSpec};

pub(super) const CHECKS: &[(&str, CheckFunction)] = &[
    check!("a container has its name and its labels", name_and_labels),
    check!("a container goes when its program ends", it_goes),
    check!("a container stays if it is to be kept", it_stays),
    check!("the engine's init process is the first", init),
];

async fn name_and_labels(suite: &Suite<'_>) -> Verdict {
    let labels = [
        ("conformance".to_owned(), suite.fixture.prefix.clone()),
        ("conformance.text".to_owned(), "a, \"b\" c=d".to_owned()),
    ];
    let spec = RunSpec {
        labels: labels.clone().into(),
        ..suite.script("")
    };
    let look = async |held: &super::held::Held| Ok(suite.witness.container(&held.name)?);
    let (facts, _) = suite.held(spec, look).await?;
    let facts = facts.ok_or("no container has the name")?;
    holds(facts.running, || format!("{facts:?}"))?;
    for (name, value) in labels {
        equal(facts.labels.get(&name), Some(&value))?;
    }
    Ok(())
}

/// Whether a container of this lifetime is there, running or not, after its program has ended.
async fn is_left(suite: &Suite<'_>, lifetime: Lifetime) -> super::Found<bool> {
    let spec = RunSpec {
        lifetime,
        ..suite.script("")
    };
    let look = async |held: &super::held::Held| {
        let there = suite.witness.container(&held.name)?;
        Ok(there.ok_or("no container has the name")?.id)
    };
    let (id, _) = suite.held(spec, look).await?;
    let left = suite.witness.container(&id)?;
    suite.witness.remove_container(&id)?;
    Ok(left.is_some())
}

async fn it_goes(suite: &Suite<'_>) -> Verdict {
    equal(is_left(suite, Lifetime::RemoveOnExit).await?, false)
}

async fn it_stays(suite: &Suite<'_>) -> Verdict {
    equal(is_left(suite, Lifetime::Keep).await?, true)
}

async fn init(suite: &Suite<'_>) -> Verdict {
    let with = |init| RunSpec {
        init,
        ..suite.script("echo $$")
    };
    let alone = suite.output(&with(Init::Program)).await?;
    equal(alone.as_str(), "1\n")?;
    applies(
        suite
            .witness
            .starts_with_init(suite.fixture.image.as_str())?,
        "the engine has no init process",
    )?;
    let number = suite.output(&with(Init::Engine)).await?;
    holds(
        number.trim().parse::<u32>().is_ok_and(|number| number > 1),
        || format!("the program is process {number}"),
    )
}
