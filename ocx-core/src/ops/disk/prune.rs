//! Removing what nobody needs.
//!
//! Each removal is one command of an engine, or one rename and what follows from it, and all that is known
//! about a thing goes after the thing: whenever ocx is killed, the next run goes on.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io,
    time::SystemTime,
};

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    Connected, Disk, DiskItem, DiskKind, Keep, Needed, WithUserData,
    facts::{Facts, ImageFact, Made},
    images::find_by_id,
    item::Target,
    survey::judge,
};
use crate::{
    detached::DetachedStore,
    disk::{Trash, is_gone},
    image::{ImageHandle, ImageId},
    ops::build::{lock_images_of, locked_engines},
    ops::session::parts::home_marker,
    project::ProjectId,
    provenance::ImageRecords,
    runtime::{EngineName, RuntimeError},
    session_log::SessionLogs,
    state::{ProjectStore, is_held},
    trust::{self, TrustError},
};

/// What came of a removal.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Pruned {
    /// What is gone.
    pub removed: Vec<DiskItem>,
    /// What is not, and why.
    pub failed: Vec<(DiskItem, PruneError)>,
}

impl Pruned {
    fn note(&mut self, item: &DiskItem, removed: Result<(), PruneError>) {
        match removed {
            Ok(()) => self.removed.push(item.clone()),
            Err(error) => self.failed.push((item.clone(), error)),
        }
    }
}

/// Why something is removed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Because {
    /// Nobody needs it.
    Unneeded,
    /// Somebody named it.
    Named,
}

/// Why something could not be removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PruneError {
    /// The engine did not do it: something it holds needs it, as a rule.
    #[error(transparent)]
    Engine(#[from] RuntimeError),
    /// The engine does not answer any more.
    #[error("{engine} does not answer any more")]
    Silent {
        /// The engine.
        engine: EngineName,
    },
    /// Files could not be removed.
    #[error("cannot remove {path}")]
    File {
        /// The file or directory.
        path: Utf8PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// What is known about the trust in the project could not be removed.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// Somebody has begun to use it.
    #[error("it is in use again")]
    InUse,
    /// A home of the project is still there.
    #[error("a home of the project is still there")]
    HomeStays,
    /// It was named, and cannot be removed.
    #[error(transparent)]
    Needed(Needed),
    /// It was named, and is the base of an image that is still there.
    #[error("{image} was built on it, and has to go first")]
    Below {
        /// The name of that image.
        image: String,
    },
}

/// Another ocx builds images for longer than is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("another ocx builds an image at the moment")]
pub struct BuildRuns;

impl Disk {
    /// Removes what of `agreed` nobody needs, judged anew: what is in use again stays without a word.
    /// What fails does not keep the rest from going.
    ///
    /// # Errors
    ///
    /// If another ocx builds; nothing is removed then.
    pub async fn prune(
        &self,
        agreed: &[DiskItem],
        keep: &Keep,
        volumes: WithUserData,
    ) -> Result<Pruned, BuildRuns> {
        let _alone = self.lock_all_images().await?;
        let items = self.judged_anew(keep).await;
        let connected = self.connected();
        let mut pruned = Pruned::default();
        let meant =
            |item: &&DiskItem| item.goes(volumes) && agreed.iter().any(|other| other.is_same(item));
        for item in items.iter().filter(meant) {
            let homes_left = items.iter().any(|home| match (&home.target, &item.target) {
                (Target::Volume(_, _, home_of), Target::Store(_, root)) => {
                    home_of == root && !pruned.removed.iter().any(|gone| gone.is_same(home))
                }
                _ => false,
            });
            let removed = match homes_left {
                true => Err(PruneError::HomeStays),
                false => self.remove_item(item, Because::Unneeded, &connected).await,
            };
            pruned.note(item, removed);
        }
        Ok(pruned)
    }

    /// Removes these things, also if a project would use them next: it builds or fetches them again, and a
    /// home begins anew. What a session uses, what something else is made of, and what somebody else gave a
    /// name stays, and is among those that failed.
    ///
    /// # Errors
    ///
    /// If another ocx builds; nothing is removed then.
    pub async fn remove(&self, named: &[DiskItem]) -> Result<Pruned, BuildRuns> {
        let _alone = self.lock_all_images().await?;
        let connected = self.connected();
        let mut pruned = Pruned::default();
        let (mut facts, mut items) = self.looked_at_anew(&Keep::default()).await;
        for item in named {
            let is_meant = |other: &&DiskItem| other.is_same(item);
            // A base is free once what was built on it is gone.
            if item.kind == DiskKind::Base && !pruned.removed.is_empty() {
                (facts, items) = self.looked_at_anew(&Keep::default()).await;
            }
            let found = items.iter().find(is_meant).map(DiskItem::obstacle);
            let removed = match (found, built_on(item, &facts)) {
                // It has gone by itself.
                (None, _) => Ok(()),
                (Some(Some(obstacle)), _) => Err(PruneError::Needed(obstacle.clone())),
                // The engine would refuse, in words of its own.
                (Some(None), Some(image)) => Err(PruneError::Below { image }),
                (Some(None), None) => self.remove_item(item, Because::Named, &connected).await,
            };
            pruned.note(item, removed);
        }
        Ok(pruned)
    }

    async fn judged_anew(&self, keep: &Keep) -> Vec<DiskItem> {
        self.looked_at_anew(keep).await.1
    }

    /// What there is now. Records of images that are not there any more go.
    async fn looked_at_anew(&self, keep: &Keep) -> (Facts, Vec<DiskItem>) {
        let (facts, _) = self.gather().await;
        for (engine, image) in &facts.lost {
            self.records(*engine).forget(image);
        }
        let items = judge(&facts, keep, SystemTime::now());
        (facts, items)
    }

    async fn remove_item(
        &self,
        item: &DiskItem,
        because: Because,
        connected: &[Connected],
    ) -> Result<(), PruneError> {
        let on = |engine: EngineName| {
            let found = connected.iter().find(|one| one.name == engine);
            found.ok_or(PruneError::Silent { engine })
        };
        match &item.target {
            Target::Image(engine, id) => self.remove_image(on(*engine)?, id).await,
            Target::Volume(engine, name, root) => {
                if because == Because::Unneeded && !is_gone(root) {
                    return Err(PruneError::InUse);
                }
                let on = on(*engine)?;
                let store =
                    ProjectStore::place(&self.host.dirs.state, ProjectId::of(root).as_str());
                // The next session would not make it with its labels, which the engine then makes without.
                if let Err(source) = fs::remove_file(home_marker(&store, &on.runtime.key(), name))
                    && source.kind() != io::ErrorKind::NotFound
                {
                    return Err(PruneError::File {
                        path: store,
                        source,
                    });
                }
                Ok(on.runtime.remove_volume(name).await?)
            }
            Target::Cached(path) => throw(&self.host.dirs.cache, path),
            Target::Store(store, root) => {
                if !is_gone(root) || is_held(store) {
                    return Err(PruneError::InUse);
                }
                // What agents made of its files is not known any more, so nobody has agreed to them.
                match trust::forget(&self.host, root) {
                    Ok(()) | Err(TrustError::NoRecord { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
                let state = &self.host.dirs.state;
                // What was asked of its sessions, and what they printed. The store is found by the next
                // run, should this one be killed here.
                SessionLogs::new(state).forget_project(root);
                DetachedStore::new(state).forget_project(root);
                let discarded = ProjectStore::discard(state, store, root);
                discarded.map_err(|source| PruneError::File {
                    path: store.clone(),
                    source,
                })
            }
            Target::Trash(own) => {
                let trash = Trash::new(own);
                trash.empty().map_err(|source| PruneError::File {
                    path: trash.directory().to_owned(),
                    source,
                })
            }
            Target::Nothing(_) => Err(PruneError::InUse),
        }
    }

    /// By its ID: its name may be another image's at any moment.
    async fn remove_image(&self, on: &Connected, id: &ImageId) -> Result<(), PruneError> {
        let records = self.records(on.name);
        let found = find_by_id(&*on.runtime, std::slice::from_ref(id)).await?;
        let all = records.all();
        let record = all.iter().find(|(record, _)| record.image == *id);
        if let (Some(image), Some((record, _))) = (found.first(), record)
            && !super::images::is_removable(image, record)
        {
            return Err(PruneError::InUse);
        }
        on.runtime
            .remove_image(&ImageHandle::Id(id.clone()))
            .await?;
        records.forget(id);
        Ok(())
    }

    fn records(&self, engine: EngineName) -> ImageRecords {
        ImageRecords::new(&self.host.dirs.state, &engine)
    }

    /// Keeps builds away: they look at images that go, and take programs out of the cache.
    async fn lock_all_images(&self) -> Result<Vec<File>, BuildRuns> {
        let cache = &self.host.dirs.cache;
        let mut names: BTreeSet<String> = locked_engines(cache).into_iter().collect();
        names.extend(self.engines.iter().map(|one| one.name().to_string()));
        let mut locks = Vec::new();
        for name in names {
            locks.push(lock_images_of(cache, &name).await.ok_or(BuildRuns)?);
        }
        Ok(locks)
    }
}

/// The name of an image of ocx's that has this one as its base.
fn built_on(item: &DiskItem, facts: &Facts) -> Option<String> {
    let Target::Image(engine, id) = &item.target else {
        return None;
    };
    let is_on_it = |image: &&ImageFact| {
        image.engine == *engine
            && matches!(&image.made_of, Made::Layer { base_id, .. } if base_id == id)
    };
    let found = facts.images.iter().find(is_on_it)?;
    Some(found.name.to_string())
}

fn throw(own: &Utf8Path, path: &Utf8Path) -> Result<(), PruneError> {
    Trash::new(own)
        .throw(path)
        .map_err(|source| PruneError::File {
            path: path.to_owned(),
            source,
        })
}
