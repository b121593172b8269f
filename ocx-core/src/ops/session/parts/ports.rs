//! Ports of the session on the host.

use std::{fs, io, os::unix::fs::PermissionsExt as _, sync::Arc};

use async_trait::async_trait;
use camino::Utf8Path;
use futures_util::future::select_all;

use super::{Begun, Guard, Opening, Part, server};
use crate::{
    ops::{
        Ocx, SessionError,
        session::{Program, ports::InContainer},
    },
    port_forward::{DIRECTORY, ForwardedPort, HostListener, OpenPort, Sockets, serve},
    report::Notice,
    runtime::ContainerId,
    session::plan::{Causes, Contribution, PlanCause},
    settings::Settings,
    spec::{Access, Mount, Network},
};

/// Mounts the directory by which sockets of the session are handed out, and opens the ports that the
/// settings name.
pub(super) struct Ports;

#[async_trait]
impl Part for Ports {
    fn purpose(&self) -> &'static str {
        "ports of the session on the host"
    }

    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, SessionError> {
        let ocx = opening.ocx;
        let directory = opening.store.ports_dir();
        make_dir(&directory).map_err(|source| SessionError::File {
            path: directory.clone(),
            source,
        })?;
        let mounts = vec![Mount::bind(&directory, DIRECTORY, Access::ReadOnly)];
        let contribution = Contribution {
            causes: Causes::of_mounts(&mounts, &[PlanCause::Part(self.purpose())]),
            mounts,
            ..Contribution::default()
        };
        let wanted = wanted(&ocx.settings, opening.program);
        let is_hosts = *ocx.settings.network.of_container() == Network::Host;
        if wanted.is_empty() || is_hosts || ocx.is_dry_run() {
            return Ok(contribution.into());
        }
        let container = ContainerId(opening.container.to_string());
        let inside = InContainer::new(ocx, container).await?;
        let sockets = Arc::new(Sockets::new(directory.clone(), Arc::new(inside)));
        let (mut listeners, mut notes) = (Vec::new(), Vec::new());
        for wanted in wanted {
            let listener = HostListener::bind(wanted)?;
            let port = listener.port;
            ocx.notice(&Notice::PortOpen {
                port,
                taken: (port != wanted).then_some(wanted.outside),
            });
            // Without it the port is only not listed.
            notes.extend(OpenPort::note(&directory, opening.session.as_str(), port));
            listeners.push(listener);
        }
        Ok(contribution.guarded_by(Open {
            listeners,
            sockets,
            _notes: notes,
        }))
    }
}

/// The ports that the settings open: those that they name, and that of opencode's own server. It listens on
/// the session's 127.0.0.1, where nothing that an engine publishes is found.
fn wanted(settings: &Settings, program: &Program) -> Vec<ForwardedPort> {
    let mut wanted = settings.ports.clone();
    if settings.publish_port {
        let inside = server::port(program);
        wanted.push(ForwardedPort {
            outside: settings.port.unwrap_or(inside),
            ..ForwardedPort::same(inside)
        });
    }
    wanted
}

/// The user in the container may have another number; the directory above is for nobody else.
fn make_dir(path: &Utf8Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

struct Open {
    listeners: Vec<HostListener>,
    sockets: Arc<Sockets>,
    _notes: Vec<OpenPort>,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.listeners.fmt(f)
    }
}

#[async_trait]
impl Guard for Open {
    async fn watch(&mut self, _ocx: &Ocx) -> SessionError {
        let listeners = std::mem::take(&mut self.listeners);
        let serving = listeners
            .into_iter()
            .map(|listener| Box::pin(serve(listener, &self.sockets)));
        // One that ends is missed, and no reason to end the session.
        let mut serving: Vec<_> = serving.collect();
        while !serving.is_empty() {
            (_, _, serving) = select_all(serving).await;
        }
        std::future::pending().await
    }

    async fn end(self: Box<Self>, _ocx: &Ocx) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::sandbox::Sandbox;

    fn found(settings: &[(&str, &str)], program: &[&str]) -> Vec<String> {
        let sandbox = Sandbox::new();
        let project = sandbox.project();
        let builder = Settings::builder(&sandbox.host, &project);
        let settings = settings.iter().fold(builder, |builder, (key, value)| {
            builder.with(key, value).unwrap()
        });
        let program = Program::opencode(program.iter().copied());
        let wanted = wanted(&settings.build().unwrap(), &program).into_iter();
        wanted.map(|port| port.to_string()).collect()
    }

    #[test]
    fn opencodes_own_port_is_opened_on_request() {
        let publish = ("publish_port", "true");
        for (settings, program, expected) in [
            (&[][..], &["serve"][..], &[][..]),
            (&[publish], &["serve"], &["4096"]),
            (&[publish], &["serve", "--port", "0"], &["4096"]),
            (&[publish], &["web", "--port", "5000"], &["5000"]),
            (&[publish], &["--port=5000"], &["5000"]),
            (&[publish, ("port", "80")], &["serve"], &["80:4096"]),
            (
                &[publish, ("port", "80"), ("ports", "[3000]")],
                &["serve", "--port=81"],
                &["3000", "80:81"],
            ),
        ] {
            assert_eq!(
                found(settings, program),
                expected,
                "{settings:?} {program:?}"
            );
        }
    }
}
