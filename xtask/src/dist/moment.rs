//! The one date that everything of a release carries, so that the same commit gives the same files.

use std::process::Command;

use crate::step::{Outcome, read, workspace};

/// The variable of <https://reproducible-builds.org/specs/source-date-epoch/>.
pub(super) const VARIABLE: &str = "SOURCE_DATE_EPOCH";

/// Seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment(pub(super) u32);

impl Moment {
    /// What the variable says, else when the last commit was made.
    pub(super) fn of_release() -> Outcome<Self> {
        if let Ok(text) = std::env::var(VARIABLE) {
            return Self::parse(&text).ok_or_else(|| format!("{VARIABLE} is no number of seconds"));
        }
        let mut git = Command::new("git");
        git.args(["log", "--max-count=1", "--format=%ct"])
            .current_dir(workspace());
        let text = read(&mut git).map_err(|error| {
            format!("when this was released is not known, set {VARIABLE}: {error}")
        })?;
        Self::parse(&text).ok_or_else(|| format!("`git log` told no number of seconds: {text}"))
    }

    fn parse(text: &str) -> Option<Self> {
        text.trim().parse().ok().map(Self)
    }

    /// As in `2026-01-31T12:00:00Z`.
    pub(super) fn timestamp(self) -> String {
        jiff::Timestamp::UNIX_EPOCH
            .saturating_add(jiff::SignedDuration::from_secs(self.0.into()))
            .map_or_else(|error| error.to_string(), |timestamp| timestamp.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_read_and_shown() {
        assert_eq!(Moment::parse("1700000000\n"), Some(Moment(1_700_000_000)));
        assert_eq!(Moment::parse("yesterday"), None);
        assert_eq!(Moment(1_700_000_000).timestamp(), "2023-11-14T22:13:20Z");
    }
}
