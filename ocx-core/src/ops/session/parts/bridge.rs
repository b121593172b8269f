//! The bridge of a session: to what is listed of the network, to model providers with keys that are outside,
//! and to ports of the host.

use std::{
    collections::BTreeSet,
    fs,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use camino::{Utf8Path, Utf8PathBuf};

use super::{Begun, Guard, Opening, Part};
use crate::{
    bridge::{
        AskingRules, Bridge, BridgeOptions, DIRECTORY, Doorway, Event, GrowingRules,
        NetworkRecorder, PendingHosts, Policy, Request, Serves, Upstream, Verdict, admit,
        fallback_variables, launcher, launcher_variables, on_host, own_servers, proxy_variables,
        write_entry,
    },
    ops::{Ocx, SessionError},
    report::Notice,
    session::plan::{Contribution, PROXIES, setting},
    settings::{NetworkMode, Settings},
    spec::{Access, Environment, Mount, Network as ContainerNetwork, Piece},
    state::{admitted_hosts_file, bridge_dir, make_mounted_dir, pending_hosts_file},
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
        let providers = &opening.keys.providers;
        let doorways = doorways(&ocx.settings, !providers.is_empty());
        if doorways.is_empty() {
            return Ok(Begun::default());
        }
        let directory = bridge_dir(opening.store, opening.session.as_str());
        let contribution = contribution(ocx, &doorways, &directory);
        // What is printed there cannot be run without the bridge, which ends with this process.
        if ocx.is_dry_run() {
            return Ok(contribution.into());
        }
        let admitted = admitted_hosts_file(opening.store, opening.session.as_str());
        let log = opening.store.network_log();
        let recorder = NetworkRecorder::open(&log, opening.session.as_str());
        let pending = pending(opening);
        let policy = Arc::new(Noted {
            rules: rules(opening, &admitted, &pending)?,
            recorder: recorder.map_err(|source| SessionError::File { path: log, source })?,
            refused: Mutex::default(),
            unanswered: Mutex::default(),
        });
        let mut options = BridgeOptions::new(policy.clone());
        options.providers.clone_from(providers);
        options.doorways = doorways;
        options.upstream = Upstream::of_environment(|name| ocx.host.variable(name));
        let directory = Directory::make(directory, admitted, pending)?;
        let bridge = Bridge::open(directory.path.clone(), options)?;
        Ok(contribution.guarded_by(Open {
            bridge,
            policy,
            _directory: directory,
        }))
    }
}

/// In the host's own network the host's ports are there already. `asks_providers`: with keys that the session
/// does not have.
pub(in crate::ops::session) fn doorways(settings: &Settings, asks_providers: bool) -> Vec<Doorway> {
    let ports = &settings.host_ports;
    let is_filtered = settings.network.is_by_rules();
    let to_proxy = (is_filtered || asks_providers).then(|| Doorway::to_proxy(ports));
    let to_host = ports.iter().copied().map(Doorway::to_host);
    match settings.network {
        NetworkMode::Engine(ContainerNetwork::Host) => to_proxy.into_iter().collect(),
        NetworkMode::Engine(_) | NetworkMode::Filtered | NetworkMode::Ask => {
            to_proxy.into_iter().chain(to_host).collect()
        }
    }
}

fn contribution(ocx: &Ocx, doorways: &[Doorway], directory: &Utf8Path) -> Contribution {
    let settings = &ocx.settings;
    let mut contribution = Contribution {
        mounts: vec![Mount::bind(directory, DIRECTORY, Access::ReadOnly)],
        environment: launcher_variables(),
        launcher: launcher(doorways),
        ..Contribution::default()
    };
    let is_proxy = |doorway: &&Doorway| doorway.serves == Serves::Proxy;
    let mut because_of = Vec::new();
    if let Some(proxy) = doorways.iter().find(is_proxy) {
        if settings.network.is_by_rules() {
            because_of.push(setting("network"));
            contribution.inherited = fallback_variables(proxy.port);
            contribution.environment.extend(proxy_variables(proxy.port));
        } else {
            because_of.push(setting("keys"));
            contribution
                .environment
                .extend(beside_a_proxy_of_the_users(ocx));
        }
    }
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

/// The session's own servers, the proxy among them, are not asked through a proxy of the user's.
fn beside_a_proxy_of_the_users(ocx: &Ocx) -> Environment {
    if PROXIES
        .iter()
        .all(|name| ocx.variable_of_config(name).is_none())
    {
        return Environment::default();
    }
    let so_far = ocx.variable_of_config("NO_PROXY");
    let so_far = so_far.or_else(|| ocx.variable_of_config("no_proxy"));
    own_servers(so_far.as_deref())
}

/// Without a list there is no file to add to.
fn rules(
    opening: &Opening<'_>,
    admitted: &Utf8Path,
    pending: &Arc<PendingHosts>,
) -> Result<Box<dyn Policy>, SessionError> {
    let ocx = opening.ocx;
    if !ocx.settings.network.is_by_rules() {
        return Ok(Box::new(ProvidersOnly));
    }
    admit(admitted, &[]).map_err(|source| SessionError::File {
        path: admitted.to_owned(),
        source,
    })?;
    let models = ocx.model_rules(opening.reach, opening.keys, opening.store);
    let (allow, deny) = (&ocx.settings.network_allow, &ocx.settings.network_deny);
    let admitted = admitted.to_owned();
    let rules = GrowingRules::new(allow, deny, &models, admitted);
    Ok(match ocx.settings.network {
        NetworkMode::Ask => Box::new(AskingRules::new(rules, Arc::clone(pending))),
        _ => Box::new(rules),
    })
}

/// Where a session that asks has hosts wait; the user is told of each.
fn pending(opening: &Opening<'_>) -> Arc<PendingHosts> {
    let file = pending_hosts_file(opening.store, opening.session.as_str());
    let ocx = opening.ocx.clone();
    Arc::new(PendingHosts::new(file, move |destination| {
        ocx.notice(&Notice::HostPending {
            destination: destination.to_string(),
        });
    }))
}

/// The directory that the session has mounted. Dropping it removes it, what was admitted meanwhile, and what
/// still waits.
#[derive(Debug)]
struct Directory {
    path: Utf8PathBuf,
    admitted: Utf8PathBuf,
    pending: Arc<PendingHosts>,
}

impl Directory {
    fn make(
        path: Utf8PathBuf,
        admitted: Utf8PathBuf,
        pending: Arc<PendingHosts>,
    ) -> Result<Self, SessionError> {
        let failed = |source| SessionError::File {
            path: path.clone(),
            source,
        };
        make_mounted_dir(&path).map_err(failed)?;
        write_entry(&path).map_err(failed)?;
        Ok(Self {
            path,
            admitted,
            pending,
        })
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
        let _ = fs::remove_file(&self.admitted);
        self.pending.end();
    }
}

/// What the bridge is for where the session has a network of the engine's: asking providers with keys
/// that are not inside.
#[derive(Debug)]
struct ProvidersOnly;

#[async_trait]
impl Policy for ProvidersOnly {
    async fn decide(&self, request: &Request) -> Verdict {
        only_providers(request)
    }

    fn decide_address(&self, request: &Request, _: IpAddr) -> Verdict {
        only_providers(request)
    }
}

fn only_providers(request: &Request) -> Verdict {
    match request.provider {
        Some(_) => Verdict::Allow,
        None => Verdict::Deny,
    }
}

/// Rules that remember what they have refused, and what did not answer on the host.
#[derive(Debug)]
struct Noted {
    rules: Box<dyn Policy>,
    recorder: NetworkRecorder,
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
        self.recorder.note(event);
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
