//! Running containers: listing them, running programs in them, stopping them.

use std::time::{Duration, Instant};

use super::{
    CheckFunction, Found, Suite, check,
    held::Held,
    verdict::{Verdict, equal, holds},
};
use crate::{
    runtime::{ContainerFilter, ContainerId, ContainerInfo, Exit},
    spec::{EnvValue, ExecSpec, Output, RunSpec, Stdin, Terminal},
};

pub(super) const CHECKS: &[(&str, CheckFunction)] = &[
    check!("a running container is listed", listed),
    check!("programs run in a running container", entered),
    check!("a container gets time to end by itself", ended),
    check!("a container that does not end is killed", killed),
];

/// What a container may be older than the moment it is looked at.
const AGE: Duration = Duration::from_secs(120);

/// How long after its program a container may count as running.
const LATE: Duration = Duration::from_secs(10);

/// How long a container gets to end by itself.
const GRACE: Duration = Duration::from_secs(20);

async fn list(suite: &Suite<'_>, filter: &ContainerFilter) -> Found<Vec<ContainerInfo>> {
    Ok(suite.runtime.list_containers(filter).await?)
}

/// Those that run. An engine may count a container as running only after its program has begun, so it
/// is asked until there is one.
async fn list_started(suite: &Suite<'_>, filter: &ContainerFilter) -> Found<Vec<ContainerInfo>> {
    let end = Instant::now() + LATE;
    loop {
        let found = list(suite, filter).await?;
        if !found.is_empty() || Instant::now() > end {
            return Ok(found);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn listed(suite: &Suite<'_>) -> Verdict {
    let own = ("conformance".to_owned(), suite.fixture.prefix.clone());
    let spec = RunSpec {
        labels: [
            own.clone(),
            ("conformance.text".to_owned(), "a b; c".to_owned()),
        ]
        .into(),
        ..suite.script(": a script")
    };
    let ours = ContainerFilter {
        labels: [own].into(),
        having: ["conformance.text".to_owned()].into(),
    };
    let look = async |held: &Held| {
        let found = list_started(suite, &ours).await?;
        let [container] = &found[..] else {
            return Err(format!("found {found:?}").into());
        };
        let facts = suite.witness.container(&held.name)?;
        let facts = facts.ok_or("no container has the name")?;
        equal(container.id.0.as_str(), facts.id.as_str())?;
        equal(container.name.as_str(), held.name.as_str())?;
        equal(
            container.labels.get("conformance.text").map(String::as_str),
            Some("a b; c"),
        )?;
        holds(container.command.contains(": a script"), || {
            format!("command: {:?}", container.command)
        })?;
        let age = jiff::Timestamp::now().duration_since(container.created);
        holds(age.unsigned_abs() < AGE, || format!("age: {age:?}"))?;
        let other = ContainerFilter {
            having: [format!("{}-none", suite.fixture.prefix)].into(),
            ..ContainerFilter::default()
        };
        equal(list(suite, &other).await?, vec![])
    };
    suite.held(spec, look).await?;
    equal(list(suite, &ours).await?, vec![])
}

async fn entered(suite: &Suite<'_>) -> Verdict {
    let spec = RunSpec {
        environment: [(
            "FROM_THE_CONTAINER".parse().expect("a name"),
            EnvValue::Plain("yes".to_owned()),
        )]
        .into(),
        ..suite.script("")
    };
    let look = async |held: &Held| enter(suite, &held.name).await;
    suite.held(spec, look).await.map(drop)
}

async fn enter(suite: &Suite<'_>, container: &str) -> Verdict {
    let exec = |script: &str| ExecSpec {
        container: ContainerId(container.to_owned()),
        command: ["sh", "-c", script].map(str::to_owned).to_vec(),
        working_directory: "/usr".into(),
        environment: [(
            "MORE".parse().expect("a name"),
            EnvValue::Secret("of it".to_owned()),
        )]
        .into(),
        user: suite.fixture.user,
        terminal: Terminal::Piped,
        stdin: Stdin::Null,
        output: Output::Capture,
    };
    let script = "echo $FROM_THE_CONTAINER $MORE; pwd; id -u";
    let outcome = suite.runtime.exec(&exec(script)).await?;
    equal(outcome.exit, Exit::Code(0))?;
    let (uid, _) = suite.fixture.user.ids_inside();
    equal(
        String::from_utf8_lossy(&outcome.stdout).into_owned(),
        format!("yes of it\n/usr\n{uid}\n"),
    )?;
    for code in [1, 42, 125, 127] {
        let outcome = suite.runtime.exec(&exec(&format!("exit {code}"))).await?;
        equal(outcome.exit, Exit::Code(code))?;
    }
    Ok(())
}

/// Stops a container that does this when it is asked to end; returns how it ended.
async fn stopped(suite: &Suite<'_>, trap: &str, grace: Duration) -> Found<Exit> {
    let spec = suite.script(&format!("trap '{trap}' TERM"));
    let look = async |held: &Held| {
        let facts = suite.witness.container(&held.name)?;
        let id = ContainerId(facts.ok_or("no container has the name")?.id);
        suite.runtime.stop_container(&id, grace).await?;
        let left = suite.witness.container(&id.0)?;
        holds(left.is_none_or(|facts| !facts.running), || {
            "it still runs".to_owned()
        })?;
        // The second time there is nothing to be stopped.
        Ok(suite.runtime.stop_container(&id, grace).await?)
    };
    let ((), outcome) = suite.held(spec, look).await?;
    Ok(outcome.exit)
}

async fn ended(suite: &Suite<'_>) -> Verdict {
    let exit = stopped(suite, "sleep 1; exit 9", GRACE).await?;
    equal(exit, Exit::Code(9))
}

async fn killed(suite: &Suite<'_>) -> Verdict {
    let exit = stopped(suite, "", Duration::from_secs(1)).await?;
    equal(exit, Exit::Code(137))
}
