//! Runs the conformance suite on an engine.
//!
//! ```console
//! $ cargo run --package ocx --example conformance -- podman debian:bookworm-slim my-test /tmp/scratch
//! ```

use std::{env, error::Error, process::ExitCode, sync::Arc};

use ocx_core::{
    engines::Connection,
    host::Host,
    identity::{RequestedIds, user_mapping},
    report::{Event, Reporter},
    testing::conformance::{Fixture, run},
};

/// Shows each command that is sent to the engine.
#[derive(Debug)]
struct Commands;

impl Reporter for Commands {
    fn report(&self, event: Event<'_>) {
        if let Event::EngineCommand { line } = event {
            eprintln!("$ {line}");
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [engine, image, prefix, directory] = &args[..] else {
        return Err("usage: conformance docker|podman IMAGE PREFIX DIRECTORY".into());
    };
    let backend = match engine.as_str() {
        "docker" => ocx_docker::backend(),
        "podman" => ocx_podman::backend(),
        other => return Err(format!("there is no engine called {other}").into()),
    };
    let host = Host::of_this_process()?;
    let found = backend.find(&host).ok_or("it is not installed")?;
    let runtime = found.connect(Connection {
        reporter: Arc::new(Commands),
        ..Connection::default()
    });
    let info = runtime.engine_info().await?;
    let fixture = Fixture {
        image: image.parse()?,
        prefix: prefix.clone(),
        directory: directory.into(),
        user: user_mapping(runtime.name(), &info, &host.user, RequestedIds::default())?,
    };
    let checks = run(&*runtime, &fixture).await;
    for check in &checks {
        match &check.problem {
            None => println!("ok      {}", check.name),
            Some(problem) => println!("FAILED  {}: {problem}", check.name),
        }
    }
    let failed = checks.iter().any(|check| check.problem.is_some());
    Ok(ExitCode::from(u8::from(failed)))
}
