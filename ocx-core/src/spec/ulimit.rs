//! Limits that the kernel sets to each process.

use std::{fmt, str::FromStr};

/// The kernel's word for "no limit".
const UNLIMITED: u64 = u64::MAX;

/// The names that Docker and Podman know
/// (<https://docs.docker.com/reference/cli/docker/container/run/#ulimit>).
const NAMES: [&str; 15] = [
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];

/// What is limited, such as `nofile`, the number of open files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UlimitName(&'static str);

impl UlimitName {
    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// All names, for messages.
    pub(crate) fn all() -> impl Iterator<Item = &'static str> {
        NAMES.into_iter()
    }
}

impl fmt::Display for UlimitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl FromStr for UlimitName {
    type Err = UlimitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = NAMES.into_iter().find(|name| *name == text);
        name.map(Self).ok_or_else(|| UlimitError {
            found: text.to_owned(),
        })
    }
}

/// A limit of each process: a soft one, which the process may raise up to the hard one. The largest
/// number is no limit.
///
/// Read from `65536`, `1024:2048` (the soft one first), `unlimited` or `-1`.
///
/// # Examples
///
/// ```
/// use ocx_core::spec::Ulimit;
///
/// let limit: Ulimit = "1024:2048".parse()?;
/// assert_eq!((limit.soft, limit.hard), (1024, 2048));
/// assert!("2048:1024".parse::<Ulimit>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ulimit {
    /// What holds at first.
    pub soft: u64,
    /// What the process may raise it to; never less.
    pub hard: u64,
}

impl Ulimit {
    /// Both as engines want them, the soft one first.
    #[must_use]
    pub(crate) fn argument(self) -> String {
        let number = |limit| match limit {
            UNLIMITED => "-1".to_owned(),
            limit => limit.to_string(),
        };
        format!("{}:{}", number(self.soft), number(self.hard))
    }
}

impl fmt::Display for Ulimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |limit| match limit {
            UNLIMITED => "unlimited".to_owned(),
            limit => limit.to_string(),
        };
        f.write_str(&word(self.soft))?;
        if self.soft != self.hard {
            write!(f, ":{}", word(self.hard))?;
        }
        Ok(())
    }
}

impl FromStr for Ulimit {
    type Err = UlimitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (soft, hard) = text.split_once(':').unwrap_or((text, text));
        match (limit(soft), limit(hard)) {
            (Some(soft), Some(hard)) if soft <= hard => Ok(Self { soft, hard }),
            _ => Err(UlimitError {
                found: text.to_owned(),
            }),
        }
    }
}

/// Engines read a signed number.
fn limit(text: &str) -> Option<u64> {
    if matches!(text, "unlimited" | "-1") {
        return Some(UNLIMITED);
    }
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let number: i64 = text.parse().ok().filter(|_| is_plain)?;
    u64::try_from(number).ok()
}

/// A text is neither the name of a limit nor a limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is no limit of processes")]
pub struct UlimitError {
    /// What was found.
    pub found: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_and_written() {
        for (text, shown, argument) in [
            ("65536", "65536", "65536:65536"),
            ("0", "0", "0:0"),
            ("1024:2048", "1024:2048", "1024:2048"),
            ("7:7", "7", "7:7"),
            ("unlimited", "unlimited", "-1:-1"),
            ("-1", "unlimited", "-1:-1"),
            ("1:unlimited", "1:unlimited", "1:-1"),
            ("0:-1", "0:unlimited", "0:-1"),
        ] {
            let limit: Ulimit = text.parse().unwrap();
            assert_eq!(limit.to_string(), shown);
            assert_eq!(limit.argument(), argument);
            assert_eq!(shown.parse(), Ok(limit));
        }
        for text in [
            "",
            ":",
            "1:",
            ":1",
            "2:1",
            "unlimited:1",
            "1:2:3",
            "-2",
            "+1",
            " 1",
            "1k",
            "9223372036854775808",
        ] {
            assert!(text.parse::<Ulimit>().is_err(), "{text}");
        }
    }

    #[test]
    fn names_are_those_of_the_engines() {
        for name in UlimitName::all() {
            assert_eq!(name.parse::<UlimitName>().unwrap().as_str(), name);
        }
        for name in ["", "host", "NOFILE", "as", "nofile=1"] {
            assert!(name.parse::<UlimitName>().is_err(), "{name}");
        }
    }
}
