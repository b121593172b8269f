//! Finding Podman on a host.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use ocx_core::{
    engine::{CliRuntime, Client, is_alias_of},
    engines::{Backend, Engine, Trouble},
    host::Host,
    runtime::{EngineKey, EngineName},
};

use crate::{Configuration, Installation, Podman};

/// Podman's name.
pub const NAME: EngineName = EngineName::from_static("podman");

/// The name of a program that may be Podman.
const DOCKER: EngineName = EngineName::from_static("docker");

/// What finds Podman.
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
/// let backends = [ocx_podman::backend()];
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
/// match ocx_podman::backend().find(&host) {
///     Some(engine) => println!("{} is installed", engine.name()),
///     None => println!("there is no Podman"),
/// }
/// # Ok::<(), ocx_core::host::HostError>(())
/// ```
#[must_use]
pub fn backend() -> Arc<dyn Backend> {
    Arc::new(PodmanBackend)
}

#[derive(Debug)]
struct PodmanBackend;

impl Backend for PodmanBackend {
    fn name(&self) -> EngineName {
        NAME
    }

    fn find(&self, host: &Host) -> Option<Engine> {
        let docker = host
            .find_program(DOCKER.as_str())
            .filter(|program| is_alias_of(program, NAME.as_str()));
        let (program, command) = match (host.find_program(NAME.as_str()), &docker) {
            (Some(program), _) => (program, NAME),
            (None, Some(docker)) => (docker.clone(), DOCKER),
            (None, None) => return None,
        };
        let configuration = Configuration::find(&host.environment, &host.home);
        let search_path = host.variable("PATH").unwrap_or_default();
        let installation =
            Installation::find(&host.machine, search_path).with_configuration(configuration);
        let client = Client::new(
            // As the user would type it.
            Utf8PathBuf::from(command.as_str()),
            host.environment.clone(),
            key(host, &program, &installation),
        );
        let dialect = Podman::new(installation);
        let engine = Engine::new(NAME, client.key.clone(), move |connection| {
            let (dialect, client) = (dialect.clone(), client.clone());
            Arc::new(CliRuntime::new(dialect, client, connection))
        });
        Some(match docker {
            Some(_) => engine.also_called(DOCKER),
            None => engine,
        })
    }

    fn remedies(&self, trouble: Trouble) -> Vec<String> {
        let remedies: &[&str] = match trouble {
            Trouble::NotInstalled => &["install Podman: https://podman.io/docs/installation"],
            Trouble::TooOld => &["install a newer one: https://podman.io/docs/installation"],
            Trouble::Hangs => {
                &["another podman may hold its storage: `pgrep -a podman` lists those that run"]
            }
            Trouble::LoginNeeded => {
                &["if the registry wants to know who you are: `podman login docker.io`"]
            }
            Trouble::Unconfined => {
                &["or let ocx alone use another one: `CONTAINERS_CONF=FILE ocx …`"]
            }
            _ => &[],
        };
        remedies.iter().map(|&remedy| remedy.to_owned()).collect()
    }
}

/// The key of Podman behind `program`. What decides about its answers counts, too: where its service
/// is, whether it has an init process, which subordinate IDs there are, and what its configuration
/// says.
fn key(host: &Host, program: &Utf8Path, installation: &Installation) -> EngineKey {
    let variable = |name| host.variable(name).unwrap_or_default();
    let init = installation.init_program.as_deref();
    let storage = ["/usr/share", "/etc"]
        .map(|directory| format!("{directory}/containers/storage.conf").into());
    let own_storage = host.dirs.config.with_file_name("containers/storage.conf");
    let configuration: String = storage
        .iter()
        .chain([&own_storage, &variable("CONTAINERS_STORAGE_CONF").into()])
        .chain(installation.configuration.files())
        .map(|file| EngineKey::of_file(file))
        .collect();
    EngineKey::new(&[
        NAME.as_str(),
        &EngineKey::of_file(program),
        variable("CONTAINER_HOST"),
        variable("CONTAINER_CONNECTION"),
        init.map_or("", Utf8Path::as_str),
        &EngineKey::of_file(Utf8Path::new("/etc/subuid")),
        &EngineKey::of_file(Utf8Path::new("/etc/subgid")),
        &configuration,
        &host.user.uid.to_string(),
    ])
}
