//! Who needs homes, stores of projects and what is in the cache.

use std::{collections::BTreeSet, time::Duration};

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    super::{
        facts::{Downloaded, FileFact, Presence, ProjectFact},
        item::{DiskItem, DiskKind, DiskVerdict, Needed, Target, Unneeded},
    },
    Survey,
};
use crate::image::OpencodeVersion;

/// A dry run leaves the context of a build behind for whoever pastes its commands.
const CONTEXT_LASTS: Duration = Duration::from_secs(24 * 60 * 60);

impl Survey<'_> {
    pub(super) fn homes(&self) -> impl Iterator<Item = DiskItem> {
        self.facts.volumes.iter().map(|volume| {
            let project = self.facts.projects.iter();
            let project = project.clone().find(|project| project.root == volume.root);
            let verdict = match project {
                None => DiskVerdict::Needed(Needed::Own),
                Some(project) => self.of_data(project),
            };
            DiskItem {
                kind: DiskKind::Home,
                name: volume.name.to_string(),
                engine: Some(volume.engine),
                size: volume.size,
                projects: users_of_data(&volume.root, &verdict),
                target: Target::Volume(volume.engine, volume.name.clone(), volume.root.clone()),
                verdict,
            }
        })
    }

    pub(super) fn store(&self, project: &ProjectFact) -> Option<DiskItem> {
        let store = project.store.as_ref()?;
        let verdict = match (self.of_data(project), self.facts.silent.first()) {
            (DiskVerdict::UserData(_), Some(&engine)) if project.had_home => {
                DiskVerdict::Needed(Needed::Silent { engine })
            }
            (verdict, _) => verdict,
        };
        Some(DiskItem {
            kind: DiskKind::Project,
            name: project.root.to_string(),
            engine: None,
            size: Some(store.size),
            projects: users_of_data(&project.root, &verdict),
            target: Target::Store(store.path.clone(), project.root.clone()),
            verdict,
        })
    }

    /// What is said of a project's data.
    fn of_data(&self, project: &ProjectFact) -> DiskVerdict {
        if project.held {
            return DiskVerdict::Needed(Needed::Running);
        }
        if project.presence != Presence::Gone {
            return DiskVerdict::Needed(Needed::InUse);
        }
        let since = project.store.as_ref().map(|store| store.since);
        if since.is_some_and(|since| self.is_young(since)) {
            return DiskVerdict::Needed(Needed::Young);
        }
        DiskVerdict::UserData(Unneeded::ProjectGone {
            root: project.root.clone(),
        })
    }

    pub(super) fn programs(
        &self,
        of_images: &BTreeSet<&OpencodeVersion>,
    ) -> impl Iterator<Item = DiskItem> {
        let programs = &self.facts.programs;
        let mut newest: Vec<&OpencodeVersion> = programs
            .iter()
            .filter_map(|program| match &program.what {
                Downloaded::Opencode(version) => Some(version),
                Downloaded::Tool { .. } => None,
            })
            .collect();
        newest.sort_unstable();
        let newest: BTreeSet<_> = newest.into_iter().rev().take(self.keep.versions).collect();
        programs.iter().map(move |program| {
            let file = &program.file;
            let (kind, name, projects, verdict) = match &program.what {
                Downloaded::Opencode(version) => {
                    let users = self.users_of_version(version);
                    let verdict = if !users.is_empty()
                        || of_images.contains(version)
                        || self.facts.hidden_versions.contains(version)
                    {
                        DiskVerdict::Needed(Needed::InUse)
                    } else if newest.contains(version) {
                        DiskVerdict::Needed(Needed::Newest)
                    } else if let Some(root) = self.doubtful() {
                        DiskVerdict::Needed(Needed::Doubt { root })
                    } else {
                        self.unneeded(Unneeded::Old, file.since)
                    };
                    (DiskKind::Opencode, version.to_string(), users, verdict)
                }
                Downloaded::Tool { name, is_current } => {
                    let verdict = if *is_current {
                        DiskVerdict::Needed(Needed::InUse)
                    } else {
                        self.unneeded(Unneeded::Old, file.since)
                    };
                    (DiskKind::Tool, name.clone(), Vec::new(), verdict)
                }
            };
            DiskItem {
                kind,
                name,
                engine: None,
                size: Some(file.size),
                projects,
                verdict,
                target: Target::Cached(file.path.clone()),
            }
        })
    }

    pub(super) fn files(&self) -> impl Iterator<Item = DiskItem> {
        let item = |file: &FileFact, kind, verdict, target: fn(Utf8PathBuf) -> Target| DiskItem {
            kind,
            name: file.path.to_string(),
            engine: None,
            size: Some(file.size),
            projects: Vec::new(),
            verdict,
            target: target(file.path.clone()),
        };
        let contexts = self.facts.contexts.iter().map(move |file| {
            let verdict = if self.age(file.since) < CONTEXT_LASTS {
                DiskVerdict::Needed(Needed::Young)
            } else {
                self.unneeded(Unneeded::LeftOver, file.since)
            };
            item(file, DiskKind::BuildContext, verdict, Target::Cached)
        });
        // It was agreed to that these go.
        let leftovers = self.facts.leftovers.iter().map(move |file| {
            let verdict = DiskVerdict::Unneeded(Unneeded::LeftOver);
            item(file, DiskKind::Leftover, verdict, Target::Trash)
        });
        let own = |kind| {
            move |file| {
                let verdict = DiskVerdict::Needed(Needed::Own);
                item(file, kind, verdict, Target::Nothing)
            }
        };
        let cache = self.facts.cache.iter().map(own(DiskKind::Cache));
        let state = self.facts.state.iter().map(own(DiskKind::State));
        contexts.chain(leftovers).chain(cache).chain(state)
    }

    fn users_of_version(&self, version: &OpencodeVersion) -> Vec<Utf8PathBuf> {
        let uses = self.all_uses().filter(|(_, one)| {
            let its_version = one.image.as_ref().map(|(_, version)| version);
            its_version == Some(version)
        });
        let roots: BTreeSet<&Utf8Path> = uses.map(|(root, _)| root).collect();
        roots.into_iter().map(Utf8Path::to_owned).collect()
    }
}

/// The project that has data of its own, as long as it is there.
fn users_of_data(root: &Utf8Path, verdict: &DiskVerdict) -> Vec<Utf8PathBuf> {
    match verdict {
        DiskVerdict::Needed(Needed::InUse | Needed::Running) => vec![root.to_owned()],
        _ => Vec::new(),
    }
}
