//! Runs the conformance suite on an engine.
//!
//! ```console
//! $ cargo run --package ocx-cli --example conformance -- podman debian:bookworm-slim my-test /tmp/scratch
//! ```

use std::{collections::BTreeMap, env, error::Error, process::ExitCode, sync::Arc};

use camino::Utf8PathBuf;
use nix::unistd::{getegid, geteuid};
use ocx_core::{
    engine::Execution,
    host::HostUser,
    identity::{RequestedIds, user_mapping},
    report::{Event, Reporter},
    runtime::ContainerRuntime,
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
    let environment: BTreeMap<String, String> = env::vars().collect();
    let variable = |name: &str| environment.get(name).cloned().unwrap_or_default();
    let reporter = Arc::new(Commands);
    let runtime: Box<dyn ContainerRuntime> = match engine.as_str() {
        "docker" => {
            let home = Utf8PathBuf::from(variable("HOME"));
            let endpoint = ocx_docker::Endpoint::find(&environment, &home);
            let program = "docker".into();
            let docker = ocx_docker::docker(program, &endpoint, "", Execution::Run, reporter);
            Box::new(docker)
        }
        "podman" => {
            let installation = ocx_podman::Installation::find("", &variable("PATH"));
            let program = "podman".into();
            let podman = ocx_podman::podman(program, installation, Execution::Run, reporter);
            Box::new(podman)
        }
        other => return Err(format!("there is no engine called {other}").into()),
    };
    let user = HostUser {
        name: "user".to_owned(),
        group: "user".to_owned(),
        uid: geteuid().as_raw(),
        gid: getegid().as_raw(),
        groups: Vec::new(),
    };
    let info = runtime.engine_info().await?;
    let fixture = Fixture {
        image: image.parse()?,
        prefix: prefix.clone(),
        directory: directory.into(),
        user: user_mapping(runtime.name(), &info, &user, RequestedIds::default())?,
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
