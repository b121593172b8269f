//! The bridge of a session: to what is listed of the network, and to ports of the host.

use std::{
    collections::BTreeSet,
    fs, io,
    net::IpAddr,
    os::unix::fs::DirBuilderExt as _,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use camino::{Utf8Path, Utf8PathBuf};

use super::{Begun, Guard, Opening, Part};
use crate::{
    bridge::{
        Bridge, BridgeOptions, DIRECTORY, Doorway, Event, Policy, Request, Rules, Serves, Upstream,
        Verdict, fallback_variables, launcher, launcher_variables, on_host, proxy_variables,
        write_entry,
    },
    ops::{Ocx, SessionError},
    report::Notice,
    session::plan::{Contribution, setting},
    settings::{NetworkMode, Settings},
    spec::{Access, Mount, Network as ContainerNetwork, Piece},
    state::bridge_dir,
};

/// More hosts that were refused are not remembered.
const MOST_REFUSED: usize = 1000;

/// Opens the bridge, and has the session's program started by what hands out its listeners. Without a
/// network and without a bridge the session reaches nothing, so whatever fails leaves it closed.
pub(super) struct Network;

#[async_trait]
impl Part for Network {
    fn purpose(&self) -> &'static str {
        "the bridge to the network and the host"
    }

    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, SessionError> {
        let ocx = opening.ocx;
        let doorways = doorways(&ocx.settings);
        if doorways.is_empty() {
            return Ok(Begun::default());
        }
        let directory = bridge_dir(opening.store, opening.session.as_str());
        let contribution = contribution(&ocx.settings, &doorways, &directory);
        // What is printed there cannot be run without the bridge, which ends with this process.
        if ocx.is_dry_run() {
            return Ok(contribution.into());
        }
        let policy = Arc::new(Noted {
            rules: rules(opening),
            refused: Mutex::default(),
            unanswered: Mutex::default(),
        });
        let mut options = BridgeOptions::new(policy.clone());
        options.doorways = doorways;
        options.upstream = Upstream::of_environment(|name| ocx.host.variable(name));
        let directory = Directory::make(directory)?;
        let bridge = Bridge::open(directory.0.clone(), options)?;
        Ok(contribution.guarded_by(Open {
            bridge,
            policy,
            _directory: directory,
        }))
    }
}

/// In the host's own network the host's ports are there already.
pub(in crate::ops::session) fn doorways(settings: &Settings) -> Vec<Doorway> {
    let ports = &settings.host_ports;
    let to_host = ports.iter().copied().map(Doorway::to_host);
    match settings.network {
        NetworkMode::Engine(ContainerNetwork::Host) => Vec::new(),
        NetworkMode::Engine(_) => to_host.collect(),
        NetworkMode::Filtered => [Doorway::to_proxy(ports)]
            .into_iter()
            .chain(to_host)
            .collect(),
    }
}

fn contribution(settings: &Settings, doorways: &[Doorway], directory: &Utf8Path) -> Contribution {
    let mut contribution = Contribution {
        mounts: vec![Mount::bind(directory, DIRECTORY, Access::ReadOnly)],
        environment: launcher_variables(),
        launcher: launcher(doorways),
        ..Contribution::default()
    };
    let is_proxy = |doorway: &&Doorway| doorway.serves == Serves::Proxy;
    if let Some(proxy) = doorways.iter().find(is_proxy) {
        contribution.inherited = fallback_variables(proxy.port);
        contribution.environment.extend(proxy_variables(proxy.port));
    }
    let mut because_of = vec![setting("network")];
    if !settings.host_ports.is_empty() {
        because_of.push(setting("host_ports"));
    }
    let mounts = contribution.mounts.iter();
    let mounts = mounts.map(|mount| Piece::Mount(mount.target.clone()));
    let variables = contribution.inherited.iter();
    let variables = variables.chain(contribution.environment.iter());
    let variables = variables.map(|(name, _)| Piece::Variable(name.clone()));
    let pieces: Vec<Piece> = mounts.chain(variables).chain([Piece::Launcher]).collect();
    for piece in pieces {
        contribution.causes.set(piece, because_of.clone());
    }
    contribution
}

/// Without a proxy nobody asks them.
fn rules(opening: &Opening<'_>) -> Rules {
    let ocx = opening.ocx;
    if ocx.settings.network != NetworkMode::Filtered {
        return Rules::default();
    }
    let models = ocx.model_rules(opening.reach, opening.store);
    let (allow, deny) = (&ocx.settings.network_allow, &ocx.settings.network_deny);
    Rules::new(allow, deny, &models)
}

/// The directory that the session has mounted. Dropping it removes it.
#[derive(Debug)]
struct Directory(Utf8PathBuf);

impl Directory {
    fn make(path: Utf8PathBuf) -> Result<Self, SessionError> {
        let failed = |source| SessionError::File {
            path: path.clone(),
            source,
        };
        // The user in the container may have another number; the directory above is for nobody else.
        make_dir(&path).map_err(failed)?;
        write_entry(&path).map_err(failed)?;
        Ok(Self(path))
    }
}

fn make_dir(path: &Utf8Path) -> io::Result<()> {
    let _ = fs::remove_dir_all(path);
    fs::DirBuilder::new().mode(0o755).create(path)
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Rules that remember what they have refused, and what did not answer on the host.
#[derive(Debug)]
struct Noted {
    rules: Rules,
    refused: Mutex<BTreeSet<String>>,
    unanswered: Mutex<BTreeSet<u16>>,
}

/// What was noted, also by a task that panicked.
fn noted<T>(set: &Mutex<BTreeSet<T>>) -> MutexGuard<'_, BTreeSet<T>> {
    set.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Policy for Noted {
    async fn decide(&self, request: &Request) -> Verdict {
        self.rules.decide(request).await
    }

    fn decide_address(&self, request: &Request, address: IpAddr) -> Verdict {
        self.rules.decide_address(request, address)
    }

    fn observe(&self, event: &Event) {
        match event {
            Event::Refused { destination, .. } => {
                let mut refused = noted(&self.refused);
                if refused.len() < MOST_REFUSED {
                    refused.insert(destination.to_string());
                }
            }
            Event::Failed { destination, .. } if *destination == on_host(destination.port) => {
                noted(&self.unanswered).insert(destination.port);
            }
            _ => {}
        }
    }
}

#[derive(Debug)]
struct Open {
    bridge: Bridge,
    policy: Arc<Noted>,
    _directory: Directory,
}

#[async_trait]
impl Guard for Open {
    async fn watch(&mut self, _ocx: &Ocx) -> SessionError {
        self.bridge.over().await;
        SessionError::BridgeOver
    }

    async fn end(self: Box<Self>, ocx: &Ocx) {
        if !self.bridge.is_entered() {
            ocx.notice(&Notice::BridgeNotEntered);
        }
        let unanswered = noted(&self.policy.unanswered);
        if !unanswered.is_empty() {
            ocx.notice(&Notice::HostUnanswered {
                ports: unanswered.iter().copied().collect(),
            });
        }
        let refused = noted(&self.policy.refused);
        if !refused.is_empty() {
            ocx.notice(&Notice::Refused {
                destinations: refused.iter().cloned().collect(),
            });
        }
    }
}
