//! Runs the conformance suite on an engine, or shows with mutants of the backend that it can fail.
//!
//! ```console
//! $ cargo run --package ocx-tests --example conformance -- podman debian:bookworm-slim my-test /tmp/scratch
//! $ cargo run --package ocx-tests --example conformance -- podman debian:bookworm-slim my-test /tmp/scratch mutants
//! ```

use std::{env, error::Error, fs, process::ExitCode, sync::Arc};

use ocx_core::{
    host::Host,
    identity::{RequestedIds, user_mapping},
    report::{Event, EventKind, Reporter},
    runtime::Connection,
    testing::{
        Idle, Mutant, Mutation,
        conformance::{Finding, Fixture, Suite},
    },
};
use ocx_tests::witness;

/// Shows each command that is sent to the engine.
#[derive(Debug)]
struct Commands;

impl Reporter for Commands {
    fn report(&self, event: Event<'_>) {
        if let EventKind::EngineCommand { line } = event.kind {
            eprintln!("$ {line}");
        }
    }
}

/// What is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Suite,
    Mutants,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let (args, mode) = match args.split_last() {
        Some((last, args)) if last == "mutants" => (args, Mode::Mutants),
        _ => (&args[..], Mode::Suite),
    };
    let [engine, image, prefix, directory] = args else {
        return Err("usage: conformance docker|podman IMAGE PREFIX DIRECTORY [mutants]".into());
    };
    let backend = match engine.as_str() {
        "docker" => ocx_docker::backend(),
        "podman" => ocx_podman::backend(),
        other => return Err(format!("there is no engine called {other}").into()),
    };
    let host = Host::of_this_process()?;
    let found = backend.find(&host).ok_or("it is not installed")?;
    let mut connection = Connection::default();
    connection.reporter = Arc::new(Commands);
    let runtime = found.connect(connection);
    let info = runtime.engine_info().await?;
    let fixture = Fixture {
        image: image.parse()?,
        prefix: prefix.clone(),
        directory: directory.into(),
        user: user_mapping(runtime.name(), &info, &host.user, RequestedIds::default())?,
    };
    let witness = witness::of(engine)?;
    let suite = Suite {
        runtime: &*runtime,
        witness: &*witness,
        fixture: &fixture,
    };
    let all_well = match mode {
        Mode::Suite => conforms(suite).await,
        Mode::Mutants => mutants_are_told(suite).await?,
    };
    Ok(ExitCode::from(u8::from(!all_well)))
}

/// Runs all checks. `true` if none fails.
async fn conforms(suite: Suite<'_>) -> bool {
    let checks = suite.run().await;
    for check in &checks {
        match &check.finding {
            Finding::Holds => println!("ok      {}", check.name),
            Finding::NotApplicable(reason) => println!("n/a     {}: {reason}", check.name),
            Finding::Broken(problem) => println!("FAILED  {}: {problem:?}", check.name),
        }
    }
    let is_broken = |finding: &Finding| matches!(finding, Finding::Broken(_));
    !checks.iter().any(|check| is_broken(&check.finding))
}

/// Runs each mutant through the check that must tell, and a runtime that does nothing through all of
/// them. `true` if each check tells.
async fn mutants_are_told(suite: Suite<'_>) -> Result<bool, Box<dyn Error>> {
    let mut findings = Vec::new();
    for (number, mutation) in Mutation::ALL.into_iter().enumerate() {
        let mutant = Mutant::new(suite.runtime, mutation);
        let fixture = fixture_of_its_own(suite.fixture, number)?;
        let suite = Suite {
            runtime: &mutant,
            fixture: &fixture,
            ..suite
        };
        let name = mutation.told_by();
        for check in suite.run_those(|check| check == name).await {
            findings.push((format!("{mutation} ({name})"), check.finding));
        }
    }
    let idle = Suite {
        runtime: &Idle,
        ..suite
    };
    for check in idle.run().await {
        findings.push((format!("Idle ({})", check.name), check.finding));
    }
    for (what, finding) in &findings {
        match finding {
            Finding::Holds => println!("MISSED  {what}"),
            Finding::NotApplicable(reason) => println!("n/a     {what}: {reason}"),
            Finding::Broken(problem) => println!("told    {what}: {problem:?}"),
        }
    }
    Ok(!findings
        .iter()
        .any(|(_, finding)| *finding == Finding::Holds))
}

/// What one mutant leaves must not be another's.
fn fixture_of_its_own(fixture: &Fixture, number: usize) -> std::io::Result<Fixture> {
    let directory = fixture.directory.join(number.to_string());
    fs::create_dir(&directory)?;
    Ok(Fixture {
        prefix: format!("{}-{number}", fixture.prefix),
        directory,
        ..fixture.clone()
    })
}
