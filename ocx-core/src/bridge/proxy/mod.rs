//! What serves a session: its proxy, and the ports of the host.

mod copy;
mod forward;
mod keyed;
mod lingering;
mod plain;
mod redact;
mod responses;
mod serve;
mod traffic;
mod tunnel;

#[cfg(test)]
mod tests;

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use camino::Utf8PathBuf;
use futures_util::future::try_join_all;
use tokio::sync::{Semaphore, oneshot};

use self::serve::Shared;
use super::{
    Doorway, Policy, Provider, Resolver, SystemResolver, Upstream,
    dial::{Dialer, Tls},
    door::{self, Door, DoorError},
    doorway,
};

/// What a bridge is made of.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BridgeOptions {
    /// What the session finds on its loopback interface; 128 at most.
    pub doorways: Vec<Doorway>,
    /// Who decides, and is told of each connection.
    pub policy: Arc<dyn Policy>,
    /// The proxies that the bridge itself has to use.
    pub upstream: Upstream,
    /// Who looks up names.
    pub resolver: Arc<dyn Resolver>,
    /// Providers that a session asks through the bridge's own address, with keys that it does not have.
    pub providers: Vec<Provider>,
    /// How much a session may ask for.
    pub limits: Limits,
    tls: Tls,
}

impl BridgeOptions {
    /// A bridge with this policy, straight to the network, and with no other doorway than to the proxy.
    #[must_use]
    pub fn new(policy: Arc<dyn Policy>) -> Self {
        Self {
            doorways: vec![Doorway::to_proxy(&[])],
            policy,
            upstream: Upstream::default(),
            resolver: Arc::new(SystemResolver),
            providers: Vec::new(),
            limits: Limits::default(),
            tls: Tls::default(),
        }
    }
}

/// How much a session may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Connections at once; more wait until others have ended. Each takes two descriptors.
    pub connections: usize,
    /// How long it may take to connect to the outside.
    pub connect: Duration,
    /// How long the head of a request may take, from the first byte or the end of the request before.
    pub head: Duration,
    /// Size of a request's head in bytes; 8192 at least.
    pub head_bytes: usize,
    /// How long nothing may come from either side of a connection.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            connect: Duration::from_secs(30),
            head: Duration::from_secs(30),
            head_bytes: 64 * 1024,
            idle: Duration::from_secs(3600),
        }
    }
}

/// What serves a session. Dropping it ends it with all its connections. It has a thread of its own, so that it
/// serves whatever its owner does meanwhile.
#[derive(Debug)]
pub struct Bridge {
    _stop: oneshot::Sender<()>,
    over: oneshot::Receiver<()>,
    entered: Arc<AtomicBool>,
}

impl Bridge {
    /// Makes the bridge's door in `directory`, which a session has to have mounted.
    ///
    /// # Errors
    ///
    /// If it cannot be made, if there are too many doorways, or no thread for it.
    pub fn open(directory: Utf8PathBuf, options: BridgeOptions) -> Result<Self, DoorError> {
        if options.doorways.len() > doorway::MOST {
            return Err(DoorError {
                path: directory,
                source: io::ErrorKind::InvalidInput.into(),
            });
        }
        let door = Door::make(&directory, door::NAME)?;
        let (stop, stopped) = oneshot::channel();
        let (running, over) = oneshot::channel();
        let entered = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&entered);
        let run = move || {
            // Dropped at the end, however that comes: what nobody serves is refused by the kernel.
            let _running: oneshot::Sender<()> = running;
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            if let Ok(runtime) = runtime {
                runtime.block_on(async {
                    tokio::select! {
                        _ = stopped => {}
                        _ = run(door, options, &flag) => {}
                    }
                });
                // A look-up that hangs would hold up the end.
                runtime.shutdown_background();
            }
        };
        let spawned = thread::Builder::new()
            .name("ocx-bridge".to_owned())
            .spawn(run);
        spawned.map_err(|source| DoorError {
            path: directory,
            source,
        })?;
        Ok(Self {
            _stop: stop,
            over,
            entered,
        })
    }

    /// Whether a session has come through the door, so that it is served.
    #[must_use]
    pub fn is_entered(&self) -> bool {
        self.entered.load(Ordering::Acquire)
    }

    /// Waits until it does not run any more. Without having been dropped it ends only by a
    /// failure, and the session then reaches nothing.
    pub async fn over(&mut self) {
        // What comes is that the other end is gone; who has seen that does not wait again.
        if !self.over.is_terminated() {
            let _ = (&mut self.over).await;
        }
    }
}

async fn run(door: Door, options: BridgeOptions, entered: &AtomicBool) -> io::Result<()> {
    let entry = door.receive(options.doorways.len()).await?;
    entered.store(true, Ordering::Release);
    let listeners = entry.admit().await?;
    let BridgeOptions {
        doorways,
        policy,
        upstream,
        resolver,
        providers,
        limits,
        tls,
    } = options;
    let dialer = Dialer {
        resolver,
        upstream,
        tls,
        patience: limits.connect,
    };
    let shared = Shared {
        policy,
        dialer,
        providers,
        limits,
    };
    let shared = Arc::new(shared);
    let places = Arc::new(Semaphore::new(limits.connections));
    let all = doorways.iter().zip(&listeners);
    let all = all
        .map(|(doorway, listener)| serve::accept_all(listener, doorway.serves, &shared, &places));
    try_join_all(all).await?;
    Ok(())
}
