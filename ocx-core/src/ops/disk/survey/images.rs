//! Who needs an image.

use std::{collections::BTreeSet, time::SystemTime};

use camino::Utf8PathBuf;

use super::{
    super::{
        facts::{ImageFact, Made, Names},
        item::{DiskItem, DiskKind, DiskVerdict, Needed, Target, Unneeded},
    },
    Survey,
};
use crate::{
    image::{ImageId, OpencodeVersion},
    runtime::EngineName,
};

impl Survey<'_> {
    pub(super) fn of_layer(&self, image: &ImageFact, all: &[&ImageFact]) -> DiskVerdict {
        if let Some(verdict) = self.whatever_it_is(image) {
            return verdict;
        }
        let Made::Layer { base, version, .. } = &image.made_of else {
            return DiskVerdict::Needed(Needed::Own);
        };
        if !self.users(image).is_empty() {
            return DiskVerdict::Needed(Needed::InUse);
        }
        if !self.uses(image.engine).any(|(_, one)| one.base == *base) {
            return self.unused(image.since);
        }
        let newer = all.iter().filter(|other| match &other.made_of {
            Made::Layer {
                base: others,
                version: newer,
                ..
            } => {
                other.engine == image.engine
                    && other.names != Names::None
                    && others == base
                    && newer > version
            }
            Made::Base => false,
        });
        let newer: BTreeSet<_> = newer.filter_map(|image| version_of(image)).collect();
        if newer.len() < self.keep.versions {
            return DiskVerdict::Needed(Needed::Newest);
        }
        self.unneeded(Unneeded::Old, image.since)
    }

    pub(super) fn of_base(
        &self,
        base: &ImageFact,
        below: &BTreeSet<(EngineName, &ImageId)>,
    ) -> DiskVerdict {
        if below.contains(&(base.engine, &base.id)) && base.names == Names::None {
            return DiskVerdict::Needed(Needed::Below);
        }
        if let Some(verdict) = self.whatever_it_is(base) {
            return verdict;
        }
        if !self.users(base).is_empty() {
            return DiskVerdict::Needed(Needed::InUse);
        }
        if below.contains(&(base.engine, &base.id)) {
            return DiskVerdict::Needed(Needed::Below);
        }
        self.unused(base.since)
    }

    /// What is said of an image whoever uses one of its name.
    fn whatever_it_is(&self, image: &ImageFact) -> Option<DiskVerdict> {
        if image.running {
            return Some(DiskVerdict::Needed(Needed::Running));
        }
        match &image.names {
            Names::Own => None,
            Names::Other(name) => Some(DiskVerdict::Needed(Needed::OtherName {
                name: name.clone(),
            })),
            Names::None => Some(self.unneeded(Unneeded::Replaced, image.since)),
        }
    }

    pub(super) fn item_of_image(&self, image: &ImageFact, verdict: DiskVerdict) -> DiskItem {
        let kind = match image.made_of {
            Made::Layer { .. } => DiskKind::Image,
            Made::Base => DiskKind::Base,
        };
        DiskItem {
            kind,
            name: image.name.to_string(),
            engine: Some(image.engine),
            size: Some(image.size),
            projects: match image.names {
                Names::None => Vec::new(),
                _ => self.users(image),
            },
            verdict,
            target: Target::Image(image.engine, image.id.clone()),
        }
    }

    fn users(&self, image: &ImageFact) -> Vec<Utf8PathBuf> {
        let uses = self.uses(image.engine).filter(|(_, one)| {
            let its_image = one.image.as_ref().map(|(name, _)| name);
            match image.made_of {
                Made::Layer { .. } => its_image == Some(&image.name),
                Made::Base => one.base == image.name,
            }
        });
        uses.map(|(root, _)| root.to_owned()).collect()
    }

    fn unused(&self, since: SystemTime) -> DiskVerdict {
        match self.doubtful() {
            Some(root) => DiskVerdict::Needed(Needed::Doubt { root }),
            None => self.unneeded(Unneeded::Unused, since),
        }
    }
}

pub(super) fn version_of(image: &ImageFact) -> Option<&OpencodeVersion> {
    match &image.made_of {
        Made::Layer { version, .. } => Some(version),
        Made::Base => None,
    }
}
