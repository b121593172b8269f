//! Who needs what: a pure function of the facts.

mod files;
mod images;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeSet,
    time::{Duration, SystemTime},
};

use camino::{Utf8Path, Utf8PathBuf};

use self::images::version_of;
use super::{
    facts::{Facts, ImageFact, Made, Presence, Use},
    item::{DiskItem, DiskVerdict, Needed, Unneeded},
};
use crate::{
    image::{ImageId, OpencodeVersion},
    runtime::EngineName,
};

/// What is kept beyond what is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// How many versions of opencode, the newest ones: of downloads, and of the images on each base that
    /// is in use.
    pub versions: usize,
    /// Whatever is younger.
    pub younger_than: Duration,
}

impl Default for Keep {
    fn default() -> Self {
        Self {
            versions: 2,
            younger_than: Duration::ZERO,
        }
    }
}

/// The items of what there is, with what is to be said of each. Images come before their bases, and
/// homes before the stores of their projects.
pub(in crate::ops::disk) fn judge(facts: &Facts, keep: &Keep, now: SystemTime) -> Vec<DiskItem> {
    let survey = Survey { facts, keep, now };
    let (images, bases): (Vec<&ImageFact>, Vec<&ImageFact>) = facts
        .images
        .iter()
        .partition(|image| matches!(image.made_of, Made::Layer { .. }));
    let mut items: Vec<DiskItem> = images
        .iter()
        .map(|image| survey.item_of_image(image, survey.of_layer(image, &images)))
        .collect();
    let below: BTreeSet<(EngineName, &ImageId)> = images
        .iter()
        .zip(&items)
        .filter(|(_, item)| matches!(item.verdict, DiskVerdict::Needed(_)))
        .filter_map(|(image, _)| match &image.made_of {
            Made::Layer { base_id, .. } => Some((image.engine, base_id)),
            Made::Base => None,
        })
        .collect();
    let versions: BTreeSet<&OpencodeVersion> = images
        .iter()
        .zip(&items)
        .filter(|(_, item)| matches!(item.verdict, DiskVerdict::Needed(_)))
        .filter_map(|(image, _)| version_of(image))
        .collect();
    items.extend(
        bases
            .iter()
            .map(|base| survey.item_of_image(base, survey.of_base(base, &below))),
    );
    items.extend(survey.homes());
    items.extend(survey.programs(&versions));
    items.extend(survey.files());
    items.extend(facts.projects.iter().filter_map(|one| survey.store(one)));
    items
}

struct Survey<'a> {
    facts: &'a Facts,
    keep: &'a Keep,
    now: SystemTime,
}

impl Survey<'_> {
    /// What projects that are there use on an engine.
    fn uses(&self, engine: EngineName) -> impl Iterator<Item = (&Utf8Path, &Use)> {
        self.all_uses().filter(move |(_, one)| one.engine == engine)
    }

    fn all_uses(&self) -> impl Iterator<Item = (&Utf8Path, &Use)> {
        self.facts.projects.iter().flat_map(|project| {
            let uses = match &project.presence {
                Presence::There(uses) => uses.as_slice(),
                Presence::Doubtful | Presence::Gone => &[],
            };
            uses.iter().map(|one| (project.root.as_path(), one))
        })
    }

    /// A project of which nobody knows what it uses.
    fn doubtful(&self) -> Option<Utf8PathBuf> {
        let mut projects = self.facts.projects.iter();
        let found = projects.find(|project| project.presence == Presence::Doubtful);
        found.map(|project| project.root.clone())
    }

    fn unneeded(&self, because: Unneeded, since: SystemTime) -> DiskVerdict {
        if self.is_young(since) {
            DiskVerdict::Needed(Needed::Young)
        } else {
            DiskVerdict::Unneeded(because)
        }
    }

    fn is_young(&self, since: SystemTime) -> bool {
        self.age(since) < self.keep.younger_than
    }

    /// What comes from the future, by a clock that was set back, is new.
    fn age(&self, since: SystemTime) -> Duration {
        self.now.duration_since(since).unwrap_or_default()
    }
}
