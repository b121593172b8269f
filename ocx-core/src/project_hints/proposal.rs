//! What is proposed, and what is left out of it.

use std::borrow::Cow;

use camino::{Utf8Path, Utf8PathBuf};

use super::Hints;
use crate::{
    image::ImageReference,
    scaffold::{Setup, Template},
};

/// Longer texts of a project's are not shown whole.
const LONGEST_NAME: usize = 80;

/// More is not listed: nobody would read it.
const MOST_LEFT_OUT: usize = 40;

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
}

impl Proposal {
    pub(super) fn new(file: Utf8PathBuf, setup: Setup) -> Self {
        Self {
            read: vec![file.clone()],
            file,
            setup,
            left_out: Vec::new(),
        }
    }
}

/// Something that is not carried over.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftOut {
    /// What the file calls it. It is the project's text, and bounded.
    pub name: String,
    /// Why, as a clause.
    pub why: Cow<'static, str>,
}

/// A list of what is left out, of a bounded length.
#[derive(Debug, Default)]
pub(super) struct LeftOutList(Vec<LeftOut>);

impl LeftOutList {
    pub(super) fn add(&mut self, name: &str, why: impl Into<Cow<'static, str>>) {
        if self.0.len() < MOST_LEFT_OUT {
            self.0.push(LeftOut {
                name: short(name),
                why: why.into(),
            });
        }
    }

    pub(super) fn done(self) -> Vec<LeftOut> {
        self.0
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
}

/// A text of the project's in a bounded length.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
