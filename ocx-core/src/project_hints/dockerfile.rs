//! A Dockerfile at the top of a project.

use camino::Utf8Path;

use super::{Hints, Proposal, build::Build, files::ProjectFiles, proposal::LeftOutList};

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
                match build.setup(files, &mut LeftOutList::default()) {
                    Ok(setup) => hints.add(Proposal::new(path.to_owned(), setup)),
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
