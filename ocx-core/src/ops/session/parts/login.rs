//! What a session that is a login needs of the host: the user's browser, and the port that it comes back to.

use std::{fs, sync::Arc, time::Duration};

use async_trait::async_trait;
use camino::Utf8PathBuf;
use tokio::{task::JoinSet, time::sleep};

use super::{Begun, Guard, Opening, Part, doorways};
use crate::{
    browser_login::{
        Allowance, Asked, Callback, DIRECTORY, LoginUrl, UrlRefusal, WayOut, XDG_OPEN, is_login,
        watch_command, write_scripts,
    },
    layout,
    ops::{
        Ocx, SessionError,
        session::{Program, ports::InContainer},
    },
    port_forward::{Enter, OpenPort, Sockets, open_ports, serve},
    report::Notice,
    runtime::ContainerId,
    session::plan::{Causes, Contribution, PlanCause},
    spec::{Access, Mount, Network},
    state::{login_dir, make_mounted_dir},
};

/// How long until what watches the ports is started again, as when the container does not run yet.
const AGAIN: Duration = Duration::from_millis(500);

/// Ports below are for services of the machine.
const LEAST_PORT: u16 = 1024;

/// Of an address that is refused, as much is told.
const TOLD: usize = 100;

/// Gives a login, and no other session, an `xdg-open`, and the host the ports on which the login listens.
pub(super) struct Login;

#[async_trait]
impl Part for Login {
    fn purpose(&self) -> &'static str {
        "the login's way to your browser"
    }

    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, SessionError> {
        let ocx = opening.ocx;
        if !matches!(opening.program, Program::Opencode(args) if is_login(args)) {
            return Ok(Begun::default());
        }
        let directory = login_dir(opening.store, opening.session.as_str());
        let program = directory.join(XDG_OPEN);
        // The first directory of the search path, so that it is found before one of the base's.
        let in_path = format!("{}/{XDG_OPEN}", layout::BIN);
        let mounts = vec![
            Mount::bind(&directory, DIRECTORY, Access::ReadOnly),
            Mount::bind(&program, in_path, Access::ReadOnly),
        ];
        let contribution = Contribution {
            causes: Causes::of_mounts(&mounts, &[PlanCause::Caller]),
            mounts,
            ..Contribution::default()
        };
        if ocx.is_dry_run() {
            return Ok(contribution.into());
        }
        let directory = Directory::make(directory)?;
        let container = ContainerId(opening.container.to_string());
        let inside: Arc<dyn Enter> = Arc::new(InContainer::new(ocx, container).await?);
        let of_ocx = doorways(&ocx.settings, !opening.keys.providers.is_empty());
        let ports = Ports {
            // Where it is one network, the port is the host's already.
            are_apart: *ocx.settings.network.of_container() != Network::Host,
            of_ocx: of_ocx.iter().map(|doorway| doorway.port).collect(),
            notes_in: opening.store.ports_dir(),
            session: opening.session.to_string(),
            // Not where all sessions of the project have theirs: another one must not be in the way of what
            // comes back.
            sockets: Arc::new(Sockets::mounted_at(
                DIRECTORY,
                directory.0.clone(),
                Arc::clone(&inside),
            )),
            serving: JoinSet::new(),
            notes: Vec::new(),
            told: Vec::new(),
        };
        Ok(contribution.guarded_by(Open {
            way_out: Some(WayOut::open(&directory.0).map_err(SessionError::Login)?),
            allowance: Allowance::new(),
            ports,
            inside,
            _directory: directory,
        }))
    }
}

/// The directory that the session has mounted. Dropping it removes it.
#[derive(Debug)]
struct Directory(Utf8PathBuf);

impl Directory {
    fn make(path: Utf8PathBuf) -> Result<Self, SessionError> {
        make_mounted_dir(&path)
            .and_then(|()| write_scripts(&path))
            .map_err(|source| SessionError::File {
                path: path.clone(),
                source,
            })?;
        Ok(Self(path))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The login's ports on the host.
struct Ports {
    are_apart: bool,
    of_ocx: Vec<u16>,
    notes_in: Utf8PathBuf,
    session: String,
    sockets: Arc<Sockets>,
    serving: JoinSet<()>,
    notes: Vec<OpenPort>,
    /// Those that could not be had, which is told once.
    told: Vec<u16>,
}

impl Ports {
    /// Whether the host reaches this port of the session under the same number, or has nothing to do with
    /// it.
    fn is_there(&self, port: u16) -> bool {
        let is_of_others = !self.are_apart || port < LEAST_PORT || self.of_ocx.contains(&port);
        is_of_others
            || open_ports(&self.notes_in, &self.session).iter().any(|one| {
                let anywhere = one.address.is_loopback() || one.address.is_unspecified();
                anywhere && (one.outside, one.inside) == (port, port)
            })
    }

    /// Opens it, and tells. If it cannot be had, the browser would come back to somebody else.
    fn open(&mut self, port: u16, ocx: &Ocx) -> bool {
        let callback = match Callback::bind(port) {
            Ok(callback) => callback,
            Err(error) => {
                if !self.told.contains(&port) {
                    self.told.push(port);
                    ocx.notice(&Notice::CallbackTaken {
                        address: error.address,
                        problem: error.source.to_string(),
                    });
                }
                return false;
            }
        };
        for listener in callback.listeners {
            // Without it the port is only not listed.
            let note = OpenPort::note(&self.notes_in, &self.session, listener.port);
            self.notes.extend(note);
            let sockets = Arc::clone(&self.sockets);
            self.serving.spawn(async move {
                serve(listener, &sockets).await;
            });
        }
        ocx.notice(&Notice::CallbackOpen { port });
        true
    }
}

struct Open {
    way_out: Option<WayOut>,
    allowance: Allowance,
    ports: Ports,
    inside: Arc<dyn Enter>,
    _directory: Directory,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Open");
        shown.field("way_out", &self.way_out);
        shown.field("allowance", &self.allowance);
        shown.finish_non_exhaustive()
    }
}

impl Open {
    async fn serve(&mut self, ocx: &Ocx) {
        // It is closed when this ends.
        let Some(way_out) = self.way_out.take() else {
            return;
        };
        while self.allowance.message() {
            let Ok(next) = way_out.next().await else {
                return;
            };
            let Some((asked, asker)) = next else {
                continue;
            };
            let is_done = match asked {
                Asked::Open(url) => self.show(&url, ocx),
                Asked::Listening(port) => self.let_in(port, ocx),
            };
            asker.answer(is_done).await;
        }
    }

    fn show(&mut self, text: &str, ocx: &Ocx) -> bool {
        let read = text.parse::<LoginUrl>();
        let read = read.and_then(|url| match self.allowance.url() {
            true => Ok(url),
            false => Err(UrlRefusal::TooMany),
        });
        match read {
            Ok(url) => {
                let comes_back = url.callback_port();
                if comes_back.is_some_and(|port| !self.let_in(port, ocx)) {
                    return false;
                }
                ocx.notice(&Notice::LoginUrl { url });
                true
            }
            Err(why) => {
                if self.allowance.refusal() {
                    let url = text.chars().take(TOLD).collect();
                    ocx.notice(&Notice::LoginUrlRefused { url, why });
                }
                false
            }
        }
    }

    fn let_in(&mut self, port: u16, ocx: &Ocx) -> bool {
        self.ports.is_there(port) || (self.allowance.port() && self.ports.open(port, ocx))
    }
}

/// Has the session tell on which ports it listens. Some logins only print their address, so that nothing
/// else says which port is theirs.
async fn watch(inside: &dyn Enter) {
    loop {
        let _ = inside.run(watch_command()).await;
        sleep(AGAIN).await;
    }
}

#[async_trait]
impl Guard for Open {
    async fn watch(&mut self, ocx: &Ocx) -> SessionError {
        let inside = Arc::clone(&self.inside);
        let are_apart = self.ports.are_apart;
        let watching = async {
            if are_apart {
                watch(&*inside).await;
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = self.serve(ocx) => {}
            () = watching => {}
        }
        // Nobody listens to what the session asks for any more; what is open stays open.
        std::future::pending().await
    }

    async fn end(self: Box<Self>, _ocx: &Ocx) {}
}
