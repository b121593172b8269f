//! A Dockerfile at the top of a project.

use camino::Utf8Path;

use super::{Hints, Proposal, setup_of::setup};
use crate::described_base::{Build, DescribedBase, LeftOutList, ProjectFiles, short};

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
    /// Adds a proposal, unless a better one has the same base: that one then tells what this file says
    /// besides, since it is about the same container.
    pub(super) fn add(&mut self, proposal: Proposal) {
        let is_known = |known: &&mut Proposal| {
            known.setup.base == proposal.setup.base && known.setup.context == proposal.setup.context
        };
        let Some(known) = self.proposals.iter_mut().find(is_known) else {
            self.proposals.push(proposal);
            return;
        };
        for mut left_out in proposal.left_out {
            if !known.left_out.contains(&left_out) {
                left_out.name = short(&format!("{} of {}", left_out.name, proposal.file));
                known.left_out.push(left_out);
            }
        }
    }
}
