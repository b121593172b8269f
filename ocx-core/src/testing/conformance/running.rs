//! Running containers: listing them, running programs in them, stopping them.

use std::time::Duration;

use super::{CheckFunction, Suite, Verdict, check, described, equal, holds};
use crate::{
    plan::{EnvValue, ExecSpec, Output, RunSpec, Stdin, Terminal},
    runtime::{ContainerFilter, ContainerInfo, Exit},
};

pub(super) const CHECKS: &[(&str, CheckFunction)] = &[check!(
    "a running container is listed, entered and stopped",
    listed_entered_and_stopped
)];

/// How long a container may take to appear, and to go.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a container gets to end by itself.
const GRACE: Duration = Duration::from_secs(20);

const PAUSE: Duration = Duration::from_millis(100);

async fn listed_entered_and_stopped(suite: &Suite<'_>) -> Verdict {
    let name = format!("{}-running", suite.fixture.prefix);
    let spec = RunSpec {
        name: Some(name.parse().map_err(|error| format!("{error}"))?),
        labels: [
            ("conformance".to_owned(), suite.fixture.prefix.clone()),
            ("conformance.text".to_owned(), "a b; c".to_owned()),
        ]
        .into(),
        environment: [(
            "FROM_THE_CONTAINER".parse().expect("a name"),
            EnvValue::Plain("yes".to_owned()),
        )]
        .into(),
        ..suite.script("trap 'exit 9' TERM; while :; do sleep 0.1; done")
    };
    let (outcome, verdict) = tokio::join!(suite.outcome(&spec), visit(suite, &name));
    verdict?;
    equal(outcome?.exit, Exit::Code(9))
}

/// Waits for the container, looks at it, and stops it whatever comes of that.
async fn visit(suite: &Suite<'_>, name: &str) -> Verdict {
    let label = ("conformance".to_owned(), suite.fixture.prefix.clone());
    let ours = ContainerFilter {
        labels: [label].into(),
        having: ["conformance.text".to_owned()].into(),
    };
    let container = tokio::time::timeout(PATIENCE, appeared(suite, &ours))
        .await
        .map_err(|_| "the container does not appear")??;
    let verdict = match listed_as_it_is(suite, &container, name).await {
        Ok(()) => entered(suite, &container).await,
        Err(problem) => Err(problem),
    };
    // The second time there is nothing to be stopped.
    for _ in 0..2 {
        suite
            .runtime
            .stop_container(&container.id, GRACE)
            .await
            .map_err(described)?;
    }
    verdict?;
    equal(list(suite, &ours).await?, vec![])
}

async fn listed_as_it_is(suite: &Suite<'_>, container: &ContainerInfo, name: &str) -> Verdict {
    equal(container.name.as_str(), name)?;
    equal(
        container.labels.get("conformance.text").map(String::as_str),
        Some("a b; c"),
    )?;
    holds(container.command.contains("trap"), || {
        format!("command: {:?}", container.command)
    })?;
    let age = jiff::Timestamp::now().duration_since(container.created);
    holds(age.unsigned_abs() < PATIENCE * 2, || {
        format!("age: {age:?}")
    })?;
    let other = ContainerFilter {
        having: [format!("{}-none", suite.fixture.prefix)].into(),
        ..ContainerFilter::default()
    };
    equal(list(suite, &other).await?, vec![])
}

async fn entered(suite: &Suite<'_>, container: &ContainerInfo) -> Verdict {
    let exec = |script: &str| ExecSpec {
        container: container.id.clone(),
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
    let outcome = suite.runtime.exec(&exec(script)).await.map_err(described)?;
    equal(outcome.exit, Exit::Code(0))?;
    let (uid, _) = suite.fixture.user.ids_inside();
    equal(
        String::from_utf8_lossy(&outcome.stdout).into_owned(),
        format!("yes of it\n/usr\n{uid}\n"),
    )?;
    for code in [1, 42, 125, 127] {
        let outcome = suite
            .runtime
            .exec(&exec(&format!("exit {code}")))
            .await
            .map_err(described)?;
        equal(outcome.exit, Exit::Code(code))?;
    }
    Ok(())
}

async fn list(suite: &Suite<'_>, filter: &ContainerFilter) -> Result<Vec<ContainerInfo>, String> {
    suite
        .runtime
        .list_containers(filter)
        .await
        .map_err(described)
}

async fn appeared(suite: &Suite<'_>, filter: &ContainerFilter) -> Result<ContainerInfo, String> {
    loop {
        if let Some(container) = list(suite, filter).await?.pop() {
            return Ok(container);
        }
        tokio::time::sleep(PAUSE).await;
    }
}
