//! Versions of engines.

use std::fmt;

/// The first two numbers of an engine's version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EngineVersion {
    /// The first.
    pub major: u32,
    /// The second.
    pub minor: u32,
}

impl EngineVersion {
    /// Reads a version that a distribution may have added to, such as `26.1.5+dfsg1`; `None` if it
    /// does not begin with two numbers.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut numbers = text.trim().trim_start_matches('v').splitn(3, '.');
        let major = numbers.next()?.parse().ok()?;
        let minor = numbers.next()?;
        let digits = minor.find(|c: char| !c.is_ascii_digit());
        let minor = minor[..digits.unwrap_or(minor.len())].parse().ok()?;
        Some(Self { major, minor })
    }

    /// Whether `text` is an earlier version than this one. One that cannot be read is not: nobody is
    /// refused for a number that a distribution writes in its own way.
    #[must_use]
    pub fn is_later_than(self, text: &str) -> bool {
        Self::read(text).is_some_and(|version| version < self)
    }
}

impl fmt::Display for EngineVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_distributions_write_them() {
        for (text, major, minor) in [
            ("20.10.24+dfsg1", 20, 10),
            ("26.1.5+dfsg1", 26, 1),
            ("28.5.2+dfsg4", 28, 5),
            ("4.9.4-rhel", 4, 9),
            ("5.0.0-dev", 5, 0),
            ("5.0-rc1", 5, 0),
            ("v4.3.1", 4, 3),
            ("27.3.1-ce, build x", 27, 3),
        ] {
            let version = EngineVersion { major, minor };
            assert_eq!(EngineVersion::read(text), Some(version), "{text}");
        }
    }

    #[test]
    fn an_unreadable_one_is_not_refused() {
        let oldest = EngineVersion {
            major: 20,
            minor: 10,
        };
        for text in [
            "",
            "dev",
            "5",
            "library-import",
            "x.y",
            "master-dockerproject",
        ] {
            assert_eq!(EngineVersion::read(text), None, "{text}");
            assert!(!oldest.is_later_than(text), "{text}");
        }
        assert!(oldest.is_later_than("19.03.15"));
        assert!(!oldest.is_later_than("20.10.0"));
        assert!(!oldest.is_later_than("100.0.1"));
    }
}
