//! Whether a base may be built from what lies in the project.

use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};

use crate::ops::{BuildError, Ocx};
use crate::{
    base::{BasePlan, FoundDockerfile},
    report::Notice,
    settings::ContentHash,
    trust::{Change, Extent, Inventory, Purpose, Sources, Trust, Verdict},
};

/// Whose word it is that a base is built from what lies in the project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Consent {
    /// What the user has said before, as it is recorded. So it is for sessions.
    #[default]
    OnRecord,
    /// The user asks for the build in so many words, which is recorded. What an agent has changed they
    /// may not know of.
    Given,
    /// The user has seen just this, and agrees this once.
    Once(ContentHash),
    /// The user has seen all that the project brings, and agrees this once.
    All {
        /// What a base would be built from.
        build: ContentHash,
        /// The project's configuration of opencode.
        opencode: ContentHash,
    },
}

/// A base was to be built, and nobody has agreed to that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildNotTrusted {
    /// The Dockerfile.
    pub dockerfile: Utf8PathBuf,
    /// What agents have changed; empty if nobody has said anything about the project yet.
    pub changes: Vec<Change>,
    /// What the build would be made from.
    pub inventory: Inventory,
    /// What would have to be agreed to.
    pub content: ContentHash,
}

/// So many paths are named in an error.
const MOST_NAMED: usize = 5;

impl fmt::Display for BuildNotTrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.changes.is_empty() {
            return write!(
                f,
                "nobody has agreed yet to a build from the project's Dockerfile {}",
                quoted(&self.dockerfile)
            );
        }
        let mut names: Vec<String> = self
            .changes
            .iter()
            .take(MOST_NAMED)
            .map(|change| quoted(&change.path))
            .collect();
        if self.changes.len() > MOST_NAMED {
            names.push(format!("{} more", self.changes.len() - MOST_NAMED));
        }
        write!(
            f,
            "the base would be built from what changed while a session ran: {}",
            names.join(", ")
        )
    }
}

/// Escaped, since an agent may have chosen the name.
fn quoted(path: &Utf8Path) -> String {
    format!("`{}`", path.as_str().escape_debug())
}

impl std::error::Error for BuildNotTrusted {}

impl Ocx {
    /// Makes sure that somebody has agreed to build this base from what is there now, and returns that;
    /// `None` if there is nothing to agree to.
    pub(in crate::ops) fn check_consent(
        &self,
        base: &BasePlan,
    ) -> Result<Option<Inventory>, BuildError> {
        let Some((dockerfile, sources)) = self.agents_sources(base) else {
            return Ok(None);
        };
        let mut trust = Trust::open(&self.host, &self.project)?;
        let now = trust.take(&sources);
        let content = now.hash(&self.project.root, &[Purpose::Build]);
        if let Consent::Once(seen) | Consent::All { build: seen, .. } = &self.consent
            && *seen == content
        {
            return Ok(Some(now));
        }
        let changes = match trust.verdict(&now, &[Purpose::Build]) {
            Verdict::Known | Verdict::UsersOwn => return Ok(Some(now)),
            Verdict::Untrusted if self.consent == Consent::Given => {
                if !self.is_dry_run() {
                    trust.accept(&now, &[Purpose::Build], None, Extent::ThisContent)?;
                }
                return Ok(Some(now));
            }
            Verdict::Untrusted => Vec::new(),
            Verdict::AgentMade(changes) => changes,
        };
        let error = BuildNotTrusted {
            dockerfile: dockerfile.path.clone(),
            changes,
            inventory: now,
            content,
        };
        if self.is_dry_run() {
            self.notice(&Notice::WouldAskFirst {
                about: error.to_string(),
            });
            return Ok(None);
        }
        Err(BuildError::NotTrusted(Box::new(error)))
    }

    /// Makes sure that no session has written to what a base was just built from. Builders read it while
    /// they work, Podman to the very end, and what they were given nobody can tell: so what was written
    /// counts even where it is again what it was.
    pub(in crate::ops) fn check_nothing_was_slipped_in(
        &self,
        base: &BasePlan,
        agreed: Option<&Inventory>,
    ) -> Result<(), BuildError> {
        let (Some((dockerfile, sources)), Some(before)) = (self.agents_sources(base), agreed)
        else {
            return Ok(());
        };
        if self.is_dry_run() {
            return Ok(());
        }
        let trust = Trust::open(&self.host, &self.project)?;
        let now = trust.take(&sources);
        let changes = trust.written_meanwhile(before, &now);
        if changes.is_empty() {
            return Ok(());
        }
        Err(BuildError::NotTrusted(Box::new(BuildNotTrusted {
            dockerfile: dockerfile.path.clone(),
            changes,
            content: now.hash(&self.project.root, &[Purpose::Build]),
            inventory: now,
        })))
    }

    /// What the base is built from, if that is anything that a session can write to.
    fn agents_sources<'a>(&self, base: &'a BasePlan) -> Option<(&'a FoundDockerfile, Sources)> {
        let dockerfile = base.dockerfile()?;
        let sources = Sources::of_build(&self.project, &self.settings, dockerfile);
        (!sources.is_empty()).then_some((dockerfile, sources))
    }
}
