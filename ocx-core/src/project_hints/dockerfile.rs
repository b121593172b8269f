//! A Dockerfile at the top of a project.

use camino::Utf8Path;

use super::{Hints, Proposal, setup_of::setup};
use crate::described_base::{Build, DescribedBase, LeftOutList, ProjectFiles};

/// Where builders look.
const NAMES: [&str; 2] = ["Dockerfile", "Containerfile"];

pub(super) fn read(files: &ProjectFiles, hints: &mut Hints) {
    for name in NAMES {
        let path = Utf8Path::new(name);
        match files.text(path) {
            Ok(None) => {}
            Err(why) => hints.cannot_use(path, why),
            Ok(Some(_)) => {
                let build = Build {
                    dockerfile: path.to_owned(),
                    context: "".into(),
                    args: [].into(),
                    target: None,
                };
                let mut left_out = LeftOutList::default();
                match build.usable(files, &mut left_out) {
                    Ok(build) => {
                        let setup = setup(files, DescribedBase::Build(build), &mut left_out);
                        hints.add(Proposal::new(path.to_owned(), setup));
                    }
                    Err(why) => hints.cannot_use(path, why),
                }
            }
        }
    }
}

impl Hints {
    /// Adds a proposal, unless a better one has the same base.
    pub(super) fn add(&mut self, proposal: Proposal) {
        let is_known = |known: &Proposal| {
            known.setup.base == proposal.setup.base && known.setup.context == proposal.setup.context
        };
        if !self.proposals.iter().any(is_known) {
            self.proposals.push(proposal);
        }
    }
}
