//! The bridge of a session whose network is a list, or whose API keys are outside.

use std::{
    collections::BTreeSet,
    fs, io,
    net::IpAddr,
    os::unix::fs::DirBuilderExt as _,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use camino::{Utf8Path, Utf8PathBuf};

use super::{Begun, Guard, Opening, Part};
use crate::{
    bridge::{
        Bridge, BridgeOptions, DIRECTORY, Event, Policy, Request, Rules, Upstream, Verdict,
        entry_variables, fallback_variables, launcher, own_servers, proxy_variables, write_entry,
    },
    ops::{Ocx, SessionError},
    report::Notice,
    session::plan::{Contribution, PROXIES, setting},
    settings::NetworkMode,
    spec::{Access, Mount, Piece},
    state::bridge_dir,
};

/// More hosts that were refused are not remembered.
const MOST_REFUSED: usize = 1000;

/// Opens the bridge, and has the session's program started by what hands it its listener. Without a
/// network and without a bridge the session reaches nothing, so whatever fails leaves it closed.
pub(super) struct Network;

#[async_trait]
impl Part for Network {
    fn purpose(&self) -> &'static str {
        "the bridge to the network"
    }

    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, SessionError> {
        let ocx = opening.ocx;
        let is_filtered = ocx.settings.network == NetworkMode::Filtered;
        let providers = &opening.keys.providers;
        if !is_filtered && providers.is_empty() {
            return Ok(Begun::default());
        }
        let directory = bridge_dir(opening.store, opening.session.as_str());
        let mut contribution = Contribution {
            mounts: vec![Mount::bind(&directory, DIRECTORY, Access::ReadOnly)],
            environment: entry_variables(),
            launcher: launcher(),
            ..Contribution::default()
        };
        if is_filtered {
            contribution.inherited = fallback_variables();
            contribution.environment.extend(proxy_variables());
        } else if PROXIES
            .iter()
            .any(|name| ocx.variable_of_config(name).is_some())
        {
            let so_far = ocx.variable_of_config("NO_PROXY");
            let so_far = so_far.or_else(|| ocx.variable_of_config("no_proxy"));
            contribution
                .environment
                .extend(own_servers(so_far.as_deref()));
        }
        let mounts = contribution.mounts.iter();
        let mounts = mounts.map(|mount| Piece::Mount(mount.target.clone()));
        let variables = contribution.inherited.iter();
        let variables = variables.chain(contribution.environment.iter());
        let variables = variables.map(|(name, _)| Piece::Variable(name.clone()));
        let pieces: Vec<Piece> = mounts.chain(variables).chain([Piece::Launcher]).collect();
        for piece in pieces {
            let key = if is_filtered { "network" } else { "keys" };
            contribution.causes.set(piece, [setting(key)]);
        }
        // What is printed there cannot be run without the bridge, which ends with this process.
        if ocx.is_dry_run() {
            return Ok(contribution.into());
        }
        let rules: Box<dyn Policy> = if is_filtered {
            let models = ocx.model_rules(opening.reach, opening.keys, opening.store);
            Box::new(Rules::new(
                &ocx.settings.network_allow,
                &ocx.settings.network_deny,
                &models,
            ))
        } else {
            Box::new(ProvidersOnly)
        };
        let policy = Arc::new(Noted {
            rules,
            refused: Mutex::default(),
        });
        let mut options = BridgeOptions::new(policy.clone());
        options.providers.clone_from(providers);
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

/// Rules that remember what they have refused.
#[derive(Debug)]
struct Noted {
    rules: Box<dyn Policy>,
    refused: Mutex<BTreeSet<String>>,
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
        if let Event::Refused { destination, .. } = event {
            let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
            if refused.len() < MOST_REFUSED {
                refused.insert(destination.to_string());
            }
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
        let refused = self.policy.refused.lock();
        let refused = refused.unwrap_or_else(PoisonError::into_inner);
        if !refused.is_empty() {
            ocx.notice(&Notice::Refused {
                destinations: refused.iter().cloned().collect(),
            });
        }
    }
}
