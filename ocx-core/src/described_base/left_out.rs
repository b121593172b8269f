//! What of a file is not carried over.

use std::borrow::Cow;

/// Longer texts of a project's are not shown whole.
const LONGEST_NAME: usize = 80;

/// More is not listed: nobody would read it.
const MOST: usize = 40;

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
pub(crate) struct LeftOutList(Vec<LeftOut>);

impl LeftOutList {
    pub(crate) fn add(&mut self, name: &str, why: impl Into<Cow<'static, str>>) {
        if self.0.len() < MOST {
            self.0.push(LeftOut {
                name: short(name),
                why: why.into(),
            });
        }
    }

    pub(crate) fn done(self) -> Vec<LeftOut> {
        self.0
    }
}

/// A text of the project's in a bounded length.
pub(crate) fn short(text: &str) -> String {
    match text.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
