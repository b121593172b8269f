//! Command lines in texts for people.

use std::fmt;

/// A command that was sent to an engine. [`fmt::Display`] names it in brief, such as `docker build`:
/// the whole line may have thousands of characters, and stands between a reader and the cause. Whoever
/// asks for it gets [`whole`](Self::whole).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine(Box<Texts>);

// Elsewhere, or errors would be large.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Texts {
    brief: String,
    whole: String,
}

impl CommandLine {
    /// A command by its name and by its whole line, which is quoted for a shell and has no secret values.
    pub fn new(brief: impl Into<String>, whole: impl Into<String>) -> Self {
        Self(Box::new(Texts {
            brief: brief.into(),
            whole: whole.into(),
        }))
    }

    /// The whole line, quoted for a shell, without secret values.
    #[must_use]
    pub fn whole(&self) -> &str {
        &self.0.whole
    }
}

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.brief)
    }
}
