//! What `ocx build` and `ocx exec` do, from another program: builds the ocx image of a project and
//! runs a command in it.
//!
//! ```console
//! $ cargo run --package ocx-cli --example library -- podman ~/my-project make test
//! ```

use std::{collections::BTreeMap, env, error::Error, process::ExitCode, sync::Arc};

use camino::Utf8PathBuf;
use nix::unistd::{Group, User, getegid, geteuid};
use ocx_core::{
    engine::Execution,
    host::{Host, HostUser, Secret},
    opencode::{Registry, Store},
    ops::{
        BuildRequest, EngineKey, InsideProgram, InsideRequest, Mode, Ocx, Place, build, run_inside,
    },
    project, report, runtime, settings,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [engine, project, command @ ..] = &args[..] else {
        return Err("usage: library docker|podman PROJECT COMMAND…".into());
    };
    let host = host()?;
    let runtime = engine_called(engine, &host)?;

    let project = project::discover(&host, Some(project.as_str().into()))?;
    let settings = settings::load(&host, &project, &[])?.settings;
    let ocx = Ocx {
        runtime: &*runtime,
        engine_key: &EngineKey::new(&[engine]),
        host: &host,
        project: &project,
        settings: &settings,
        registry: &Registry::new(&settings.opencode_registry),
        store: &Store::new(host.dirs.cache.clone()),
        reporter: &report::Silent,
        mode: Mode::Execute,
        version: env!("CARGO_PKG_VERSION"),
    };
    let built = build(&ocx, &BuildRequest::implicit()).await?;
    println!("{}", built.image.expect("only a dry run leaves it open"));
    let request = InsideRequest {
        program: InsideProgram::Command(command.to_vec()),
        place: Place::New,
    };
    let session = run_inside(&ocx, &request).await?;
    Ok(ExitCode::from(session.exit.code()))
}

/// The facts about this machine and user that ocx needs; a program may also make them up.
fn host() -> Result<Host, Box<dyn Error>> {
    let (uid, gid) = (geteuid(), getegid());
    let user = HostUser {
        name: User::from_uid(uid)?.ok_or("you have no name")?.name,
        group: Group::from_gid(gid)?.ok_or("your group has no name")?.name,
        uid: uid.as_raw(),
        gid: gid.as_raw(),
        groups: Vec::new(),
    };
    let mut random = [0; 16];
    getrandom::fill(&mut random)?;
    let secret = Secret::new(random.iter().map(|byte| format!("{byte:02x}")).collect());
    let environment: BTreeMap<String, String> = env::vars().collect();
    let home = environment.get("HOME").ok_or("HOME is not set")?.clone();
    let current_dir = Utf8PathBuf::try_from(env::current_dir()?)?;
    Ok(Host {
        environment,
        ..Host::new(user, home.into(), current_dir, secret)
    })
}

/// Any implementation of `ContainerRuntime` will do; these two come with ocx.
fn engine_called(
    name: &str,
    host: &Host,
) -> Result<Box<dyn runtime::ContainerRuntime>, Box<dyn Error>> {
    let reporter = Arc::new(report::Silent);
    match name {
        "docker" => {
            let endpoint = ocx_docker::Endpoint::find(&host.environment, &host.home);
            let docker = ocx_docker::docker(
                name.into(),
                &endpoint,
                &host.machine,
                Execution::Run,
                reporter,
            );
            Ok(Box::new(docker))
        }
        "podman" => {
            let path = host.variable("PATH").unwrap_or_default();
            let installation = ocx_podman::Installation::find(&host.machine, path);
            let podman = ocx_podman::podman(name.into(), installation, Execution::Run, reporter);
            Ok(Box::new(podman))
        }
        other => Err(format!("there is no engine called {other}").into()),
    }
}
