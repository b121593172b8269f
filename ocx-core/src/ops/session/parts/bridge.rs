//! The bridge of a session whose network is a list.

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
        Bridge, BridgeOptions, DIRECTORY, Event, GrowingRules, NetworkRecorder, Policy, Request,
        Upstream, Verdict, fallback_variables, launcher, proxy_variables, write_entry,
    },
    ops::{Ocx, SessionError},
    report::Notice,
    session::plan::{Contribution, setting},
    settings::NetworkMode,
    spec::{Access, Mount, Piece},
    state::{admitted_hosts_file, bridge_dir},
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
        if ocx.settings.network != NetworkMode::Filtered {
            return Ok(Begun::default());
        }
        let directory = bridge_dir(opening.store, opening.session.as_str());
        let mut contribution = Contribution {
            mounts: vec![Mount::bind(&directory, DIRECTORY, Access::ReadOnly)],
            inherited: fallback_variables(),
            environment: proxy_variables(),
            launcher: launcher(),
            ..Contribution::default()
        };
        let mounts = contribution.mounts.iter();
        let mounts = mounts.map(|mount| Piece::Mount(mount.target.clone()));
        let variables = contribution.inherited.iter();
        let variables = variables.chain(contribution.environment.iter());
        let variables = variables.map(|(name, _)| Piece::Variable(name.clone()));
        let pieces: Vec<Piece> = mounts.chain(variables).chain([Piece::Launcher]).collect();
        for piece in pieces {
            contribution.causes.set(piece, [setting("network")]);
        }
        // What is printed there cannot be run without the bridge, which ends with this process.
        if ocx.is_dry_run() {
            return Ok(contribution.into());
        }
        let models = ocx.model_rules(opening.reach, opening.store);
        let admitted = admitted_hosts_file(opening.store, opening.session.as_str());
        let log = opening.store.network_log();
        let recorder = NetworkRecorder::open(&log, opening.session.as_str());
        let policy = Arc::new(Noted {
            rules: GrowingRules::new(
                &ocx.settings.network_allow,
                &ocx.settings.network_deny,
                &models,
                admitted.clone(),
            ),
            recorder: recorder.map_err(|source| SessionError::File { path: log, source })?,
            refused: Mutex::default(),
        });
        let mut options = BridgeOptions::new(policy.clone());
        options.upstream = Upstream::of_environment(|name| ocx.host.variable(name));
        let directory = Directory::make(directory, admitted)?;
        let bridge = Bridge::open(directory.path.clone(), options)?;
        Ok(contribution.guarded_by(Open {
            bridge,
            policy,
            _directory: directory,
        }))
    }
}

/// The directory that the session has mounted. Dropping it removes it, and what was admitted meanwhile.
#[derive(Debug)]
struct Directory {
    path: Utf8PathBuf,
    admitted: Utf8PathBuf,
}

impl Directory {
    fn make(path: Utf8PathBuf, admitted: Utf8PathBuf) -> Result<Self, SessionError> {
        let failed = |source| SessionError::File {
            path: path.clone(),
            source,
        };
        // The user in the container may have another number; the directory above is for nobody else.
        make_dir(&path).map_err(failed)?;
        write_entry(&path).map_err(failed)?;
        Ok(Self { path, admitted })
    }
}

fn make_dir(path: &Utf8Path) -> io::Result<()> {
    let _ = fs::remove_dir_all(path);
    fs::DirBuilder::new().mode(0o755).create(path)
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
        let _ = fs::remove_file(&self.admitted);
    }
}

/// Rules that remember what they have refused.
#[derive(Debug)]
struct Noted {
    rules: GrowingRules,
    recorder: NetworkRecorder,
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
        self.recorder.note(event);
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
