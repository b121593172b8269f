//! What ocx takes of the disks, who needs it, and removing what nobody needs.
//!
//! What is ocx's is told by ocx's own records: those of images, and the stores of projects, whose homes
//! have names made from their roots. What an image or a volume says of itself only takes away from that.

mod facts;
mod gather;
mod images;
mod item;
mod names;
mod prune;
mod survey;

use std::{sync::Arc, time::SystemTime};

pub use item::{DiskItem, DiskKind, DiskVerdict, Needed, Unneeded, WithUserData};
pub use prune::{BuildRuns, PruneError, Pruned};
pub use survey::Keep;

use crate::{
    host::Host,
    project::Project,
    report::{Reporter, Silent},
    runtime::{Connection, ContainerRuntime, Engine, EngineName, RuntimeError},
};

/// The disks, with the engines that have something on them.
///
/// # Examples
///
/// ```no_run
/// # async fn example(host: ocx_core::Host, engines: Vec<ocx_core::engines::Engine>) {
/// use ocx_core::ops::{Disk, Keep, WithUserData};
///
/// let disk = Disk::new(host, engines);
/// let usage = disk.usage(&Keep::default()).await;
/// for item in usage.items.iter().filter(|item| item.goes(WithUserData::No)) {
///     println!("{} {}", item.kind, item.name);
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Disk {
    host: Host,
    engines: Vec<Engine>,
    /// Engines that are there and are not asked.
    left_alone: Vec<EngineName>,
    project: Option<Project>,
    reporter: Arc<dyn Reporter>,
}

/// What ocx takes of the disks.
#[derive(Debug)]
#[non_exhaustive]
pub struct DiskUsage {
    /// All there is, in the order in which it can be removed.
    pub items: Vec<DiskItem>,
    /// Engines that do not answer, so that nothing of theirs is among the items.
    pub silent: Vec<(EngineName, RuntimeError)>,
}

/// An engine with a way to it.
struct Connected {
    name: EngineName,
    runtime: Arc<dyn ContainerRuntime>,
}

impl Disk {
    /// The disks of this host. Of engines with one name the first counts. Nothing is read or run.
    #[must_use]
    pub fn new(host: Host, engines: Vec<Engine>) -> Self {
        let mut different: Vec<Engine> = Vec::new();
        for engine in engines {
            if !different.iter().any(|other| other.name() == engine.name()) {
                different.push(engine);
            }
        }
        Self {
            host,
            engines: different,
            left_alone: Vec::new(),
            project: None,
            reporter: Arc::new(Silent),
        }
    }

    /// The same, and these engines are there as well and are not asked. What is needed to find what they
    /// have stays.
    #[must_use]
    pub fn leaving_alone(self, engines: Vec<EngineName>) -> Self {
        Self {
            left_alone: engines,
            ..self
        }
    }

    /// The same, and this project is known, also if nothing was built for it yet.
    #[must_use]
    pub fn knowing(self, project: Project) -> Self {
        Self {
            project: Some(project),
            ..self
        }
    }

    /// The same, and what is asked of engines is told to `reporter`.
    #[must_use]
    pub fn reporting_to(self, reporter: Arc<dyn Reporter>) -> Self {
        Self { reporter, ..self }
    }

    /// What there is, and who needs it. Changes nothing.
    pub async fn usage(&self, keep: &Keep) -> DiskUsage {
        let (facts, silent) = self.gather().await;
        DiskUsage {
            items: survey::judge(&facts, keep, SystemTime::now()),
            silent,
        }
    }

    fn connected(&self) -> Vec<Connected> {
        let connection = Connection {
            reporter: Arc::clone(&self.reporter),
            records: Some(self.host.dirs.cache.join("made")),
            ..Connection::default()
        };
        let connect = |engine: &Engine| engine.connect(connection.clone());
        let engines = self.engines.iter();
        engines
            .map(|engine| Connected {
                name: engine.name(),
                runtime: connect(engine),
            })
            .collect()
    }
}
