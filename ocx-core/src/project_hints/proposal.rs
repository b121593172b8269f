//! What is proposed, and what is left out of it.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Hints, extension::Extension};
use crate::{
    described_base::LeftOut,
    image::ImageReference,
    scaffold::{Setup, Template, TemplateTool},
};

/// How a project could be set up, going by one of its files.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Proposal {
    /// The file, relative to the project.
    pub file: Utf8PathBuf,
    /// What would be written.
    pub setup: Setup,
    /// The files that say so, relative to the project: that one, and a Compose file that it names.
    pub read: Vec<Utf8PathBuf>,
    /// What the file says besides, and why that is not carried over.
    pub left_out: Vec<LeftOut>,
    /// The Dockerfile that could be written for more of what the file says.
    pub(super) extension: Option<Extension>,
}

impl Proposal {
    pub(super) fn new(file: Utf8PathBuf, setup: Setup) -> Self {
        Self {
            read: vec![file.clone()],
            file,
            setup,
            left_out: Vec::new(),
            extension: None,
        }
    }
}

/// A file that says nothing that could be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unread {
    /// The file, relative to the project.
    pub file: Utf8PathBuf,
    /// Why, as a clause.
    pub why: String,
}

impl Hints {
    pub(super) fn cannot_use(&mut self, file: &Utf8Path, why: impl Into<String>) {
        self.unread.push(Unread {
            file: file.to_owned(),
            why: why.into(),
        });
    }
}

/// A template that suits a project.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TemplateHint {
    /// The template.
    pub template: Template,
    /// The file by which that is known, relative to the project.
    pub because: &'static str,
    /// The image with the project's own version of the language; `None` for the template's.
    pub base: Option<ImageReference>,
    /// What it installs besides, going by the project's lock files.
    pub tools: Vec<TemplateTool>,
}
