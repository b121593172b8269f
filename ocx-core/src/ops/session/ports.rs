//! Ports of running sessions.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use super::{parts::doorways, program::Program, target::Target};
use crate::{
    layout,
    ops::{FindSessionError, Ocx, SessionError},
    port_forward::{
        Enter, EnterError, ForwardedPort, HostListener, LIST, ListeningPort, OpenPort, Sockets,
        open_ports, read_listening, serve,
    },
    runtime::{ContainerId, RuntimeError},
    settings::KeysPlace,
    spec::{EnvValue, ExecSpec, UserMapping},
    state::ProjectStore,
};

/// How often it is looked whether a session still runs whose port is open.
const LOOK: Duration = Duration::from_millis(500);

/// Runs scripts of ocx's in a session's container.
pub(super) struct InContainer {
    ocx: Ocx,
    container: ContainerId,
    user: UserMapping,
}

impl InContainer {
    pub(super) async fn new(ocx: &Ocx, container: ContainerId) -> Result<Self, SessionError> {
        let engine = ocx.engine_facts().await?.info().clone();
        let user = ocx.user_in(&engine)?;
        Ok(Self {
            ocx: ocx.clone(),
            container,
            user,
        })
    }

    async fn exec(&self, command: Vec<String>) -> Result<(Vec<u8>, Vec<u8>), RuntimeError> {
        let mut spec = ExecSpec::new(self.container.clone(), command, self.user);
        let as_runtime = layout::AS_RUNTIME.parse().expect("a name");
        let yes = EnvValue::Plain("1".to_owned());
        spec.environment.insert(as_runtime, yes);
        let outcome = self.ocx.runtime.exec(&spec).await?;
        Ok((outcome.stdout, outcome.stderr))
    }
}

#[async_trait]
impl Enter for InContainer {
    async fn run(&self, command: Vec<String>) -> Result<String, EnterError> {
        let (_, said) = self.exec(command).await?;
        Ok(String::from_utf8_lossy(&said).into_owned())
    }
}

/// The ports of a running session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionPorts {
    /// The session's ID.
    pub session: String,
    /// What its programs listen on, sorted. What ocx itself listens on there is left out.
    pub listening: Vec<ListeningPort>,
    /// Its ports that are on the host.
    pub open: Vec<ForwardedPort>,
}

/// The ports of a running session: of the newest, or of the one whose ID begins with `session`.
///
/// # Errors
///
/// If there is no such session, or the engine fails.
///
/// # Examples
///
/// ```no_run
/// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
/// for port in ocx_core::ops::session_ports(&ocx, None).await?.listening {
///     println!("{}", port.port);
/// }
/// # Ok(())
/// # }
/// ```
pub async fn session_ports(ocx: &Ocx, session: Option<&str>) -> Result<SessionPorts, SessionError> {
    let target = target(ocx, session).await?;
    let inside = InContainer::new(ocx, target.container.clone()).await?;
    let mut command = crate::bridge::runtime("-e");
    command.push(LIST.to_owned());
    let (said, _) = inside.exec(command).await?;
    let asks_providers = ocx.settings.keys_place() == KeysPlace::Outside;
    let own: Vec<u16> = doorways(&ocx.settings, asks_providers)
        .iter()
        .map(|doorway| doorway.port)
        .collect();
    let mut listening = read_listening(&String::from_utf8_lossy(&said));
    listening.retain(|one| !own.contains(&one.port));
    let directory = store(ocx)?.ports_dir();
    Ok(SessionPorts {
        open: open_ports(&directory, &target.id),
        session: target.id,
        listening,
    })
}

/// A port of a running session that is open on the host for as long as this is served. Dropping it closes
/// it.
pub struct OpenedPort {
    session: String,
    listener: HostListener,
    sockets: Arc<Sockets>,
    _note: Option<OpenPort>,
}

impl std::fmt::Debug for OpenedPort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("OpenedPort");
        shown.field("session", &self.session);
        shown.field("port", &self.listener.port);
        shown.finish_non_exhaustive()
    }
}

/// Opens a port of a running session on the host: of the newest, or of the one whose ID begins with
/// `session`. If the host's port is taken, another is opened. Whether anything listens in the session makes
/// no difference.
///
/// # Errors
///
/// If there is no such session, it cannot be reached, or the host's address cannot be listened on.
///
/// # Examples
///
/// ```no_run
/// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
/// let port = ocx_core::ops::open_port(&ocx, None, "5173".parse()?).await?;
/// println!("http://{}", port.port().on_host());
/// port.serve().await;
/// # Ok(())
/// # }
/// ```
pub async fn open_port(
    ocx: &Ocx,
    session: Option<&str>,
    wanted: ForwardedPort,
) -> Result<OpenedPort, SessionError> {
    let target = target(ocx, session).await?;
    let inside = InContainer::new(ocx, target.container.clone()).await?;
    let directory = store(ocx)?.ports_dir();
    let sockets = Arc::new(Sockets::new(directory.clone(), Arc::new(inside)));
    let failed = |source| SessionError::Ports {
        session: target.id.clone(),
        source,
    };
    sockets.begin().await.map_err(failed)?;
    let listener = HostListener::bind(wanted)?;
    Ok(OpenedPort {
        // Without it the port is only not listed.
        _note: OpenPort::note(&directory, &target.id, listener.port).ok(),
        session: target.id,
        listener,
        sockets,
    })
}

impl OpenedPort {
    /// The session's ID.
    #[must_use]
    pub fn session(&self) -> &str {
        &self.session
    }

    /// Where it is.
    #[must_use]
    pub fn port(&self) -> ForwardedPort {
        self.listener.port
    }

    /// Serves what connects, until the session has ended.
    pub async fn serve(self) {
        let over = async {
            while self.sockets.begin().await.is_ok() {
                tokio::time::sleep(LOOK).await;
            }
        };
        tokio::select! {
            _ = serve(self.listener, &self.sockets) => {}
            () = over => {}
        }
    }
}

async fn target(ocx: &Ocx, session: Option<&str>) -> Result<Target, SessionError> {
    let program = Program::command(["opencode"]);
    match session {
        Some(id) => ocx.session_called(id, &program).await,
        None => {
            let newest = ocx.newest_session(&program).await?;
            Ok(newest.ok_or(FindSessionError::NoneRuns)?)
        }
    }
}

fn store(ocx: &Ocx) -> Result<ProjectStore, SessionError> {
    let (state, project) = (&ocx.host.dirs.state, &ocx.project);
    Ok(ProjectStore::open(
        state,
        project.id.as_str(),
        &project.root,
    )?)
}
