//! Finding Docker on a host.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use ocx_core::{
    engine::{CliRuntime, Client, is_alias_of},
    engines::{Backend, Engine, Trouble},
    host::Host,
    runtime::{EngineKey, EngineName},
};

use crate::{Docker, Endpoint};

/// Docker's name.
pub const NAME: EngineName = EngineName::from_static("docker");

/// What finds Docker.
///
/// # Examples
///
/// ```no_run
/// use ocx_core::{Host, Ocx, Project, Settings, engines};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let host = Host::of_this_process()?;
/// let project = Project::discover(&host, None)?;
/// let settings = Settings::of_files(&host, &project).build()?;
/// let backends = [ocx_docker::backend()];
/// let engine = engines::choose(&backends, &host, &project, &settings).await?;
/// let ocx = Ocx::new(host, project, settings, engine);
/// # Ok(())
/// # }
/// ```
///
/// What it finds can also be looked at by itself:
///
/// ```no_run
/// # use ocx_core::Host;
/// let host = Host::of_this_process()?;
/// match ocx_docker::backend().find(&host) {
///     Some(engine) => println!("{} is installed", engine.name()),
///     None => println!("there is no Docker"),
/// }
/// # Ok::<(), ocx_core::host::HostError>(())
/// ```
#[must_use]
pub fn backend() -> Arc<dyn Backend> {
    Arc::new(DockerBackend)
}

#[derive(Debug)]
struct DockerBackend;

impl Backend for DockerBackend {
    fn name(&self) -> EngineName {
        NAME
    }

    fn find(&self, host: &Host) -> Option<Engine> {
        let program = host.find_program("docker")?;
        // Then it is the other engine's business.
        if is_alias_of(&program, "podman") {
            return None;
        }
        let endpoint = Endpoint::find(&host.environment, &host.home);
        let client = Client::new(
            // As the user would type it.
            Utf8PathBuf::from(NAME.as_str()),
            host.environment.clone(),
            key(host, &program, &endpoint),
        );
        let dialect = Docker::new(&endpoint, &host.machine);
        Some(Engine::new(NAME, client.key.clone(), move |connection| {
            let (dialect, client) = (dialect.clone(), client.clone());
            Arc::new(CliRuntime::new(dialect, client, connection))
        }))
    }

    fn remedies(&self, trouble: Trouble) -> Vec<String> {
        let remedies: &[&str] = match trouble {
            Trouble::NotInstalled => &["install Docker: https://docs.docker.com/engine/install/"],
            Trouble::TooOld => &["install a newer one: https://docs.docker.com/engine/install/"],
            Trouble::Unreachable => &[
                "start it: `sudo systemctl start docker`, or Docker Desktop",
                "`docker context ls` and DOCKER_HOST tell which engine is meant",
            ],
            Trouble::Hangs => &[
                "`docker version` in another terminal tells whether it hangs for good; then start it again: `sudo systemctl restart docker`",
                "`docker context ls` and DOCKER_HOST tell which engine is meant",
            ],
            Trouble::Denied => &[
                "become a member of its group and log in again: `sudo usermod -aG docker $USER`",
                "or use rootless Docker: https://docs.docker.com/engine/security/rootless/",
            ],
            Trouble::LoginNeeded => &["if the registry wants to know who you are: `docker login`"],
            _ => &[],
        };
        remedies.iter().map(|&remedy| remedy.to_owned()).collect()
    }
}

/// The key of Docker behind `program` at `endpoint`. A daemon that was started again has another file
/// of its process ID beside its socket, also where systemd holds the socket for it.
fn key(host: &Host, program: &Utf8Path, endpoint: &Endpoint) -> EngineKey {
    let socket = endpoint.socket();
    let file = |path: Option<Utf8PathBuf>| {
        path.map(|path| EngineKey::of_file(&path))
            .unwrap_or_default()
    };
    EngineKey::new(&[
        NAME.as_str(),
        &EngineKey::of_file(program),
        &endpoint.context,
        endpoint.host.as_deref().unwrap_or_default(),
        &file(socket.clone()),
        &file(socket.map(|socket| socket.with_file_name("docker.pid"))),
        &host.user.uid.to_string(),
    ])
}
