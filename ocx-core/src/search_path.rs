//! What of a base's search path the user of a session can run.
//!
//! Only the kernel knows, so it is looked at in a container: at the end of a build, in the one in which
//! opencode is tried out. What is printed there could be the base's own words, so all of it is bounded.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

/// See there.
pub(crate) const SCRIPT: &str = include_str!("search_path.js");

/// Where that container has the script.
pub(crate) const SCRIPT_PATH: &str = "/ocx/etc/search-path.js";

/// More is not taken from a container.
const LARGEST: usize = 4 << 20;
const MOST_PLACES: usize = 64;
const MOST_NAMES: usize = 3;
const LONGEST: usize = 300;

/// What of a search path the user of a session can run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SearchPath {
    /// What they cannot.
    pub(crate) out_of_reach: Vec<OutOfReach>,
    /// The names of all programs that they can, so that what is missing can be told without a container.
    pub(crate) programs: BTreeSet<String>,
    /// Whether there are no others.
    pub(crate) complete: bool,
}

/// Programs in a base's search path that the user of a session cannot run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum OutOfReach {
    /// Directories of the search path lie in one that the user may not enter, or are it.
    Directories {
        /// Those of the search path.
        directories: Vec<String>,
        /// The first one on the way that is closed.
        closed: String,
    },
    /// A directory of the search path has links into one that the user may not enter.
    Links {
        /// The one of the search path.
        directory: String,
        /// The first one on the way that is closed.
        closed: String,
        /// Which programs.
        programs: SomePrograms,
    },
    /// A directory of the search path has programs that are for others only.
    Programs {
        /// The one of the search path.
        directory: String,
        /// Which programs.
        programs: SomePrograms,
    },
}

/// Some programs by their names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SomePrograms {
    /// How many there are.
    pub count: usize,
    /// The first few.
    pub names: Vec<String>,
}

impl fmt::Display for SomePrograms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.names.join(", ");
        match self.count.saturating_sub(self.names.len()) {
            0 => f.write_str(&names),
            more => write!(f, "{names} and {more} more"),
        }
    }
}

impl fmt::Display for OutOfReach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directories {
                directories,
                closed,
            } if *directories == [closed.as_str()] => write!(
                f,
                "PATH has {closed}, which the session's user may not enter: what is there cannot run"
            ),
            Self::Directories {
                directories,
                closed,
            } => write!(
                f,
                "PATH has {}, and the session's user may not enter {closed}: what is there cannot run",
                directories.join(", ")
            ),
            Self::Links {
                directory,
                closed,
                programs,
            } => write!(
                f,
                "{directory} has links into {closed}, which the session's user may not enter, so these cannot run: {programs}"
            ),
            Self::Programs {
                directory,
                programs,
            } => write!(
                f,
                "{directory} has programs that the session's user may not run: {programs}"
            ),
        }
    }
}

/// What the script prints.
#[derive(Deserialize)]
struct Answer {
    closed: Vec<ClosedPlace>,
    refused: Vec<Refused>,
    programs: BTreeSet<String>,
    complete: bool,
}

#[derive(Deserialize)]
struct ClosedPlace {
    directory: String,
    at: String,
}

#[derive(Deserialize)]
struct Refused {
    directory: String,
    at: Option<String>,
    count: usize,
    names: Vec<String>,
}

impl SearchPath {
    /// Takes what the script said from what was printed before it; `None` for the former if it said
    /// nothing that can be read.
    pub(crate) fn split(stdout: &[u8]) -> (&[u8], Option<Self>) {
        let text = stdout.trim_ascii_end();
        let start = text.iter().rposition(|&byte| byte == b'\n');
        let start = start.map_or(0, |newline| newline + 1);
        match Self::read(&text[start..]) {
            Some(answer) => (&stdout[..start], Some(answer)),
            None => (stdout, None),
        }
    }

    fn read(line: &[u8]) -> Option<Self> {
        if line.len() > LARGEST {
            return None;
        }
        let answer: Answer = serde_json::from_slice(line).ok()?;
        let mut out_of_reach: Vec<OutOfReach> = Vec::new();
        for place in answer.closed.into_iter().take(MOST_PLACES) {
            let (directory, at) = (bounded(place.directory), bounded(place.at));
            let same = out_of_reach.iter_mut().find_map(|known| match known {
                OutOfReach::Directories {
                    directories,
                    closed,
                } if *closed == at => Some(directories),
                _ => None,
            });
            match same {
                Some(directories) => directories.push(directory),
                None => out_of_reach.push(OutOfReach::Directories {
                    directories: vec![directory],
                    closed: at,
                }),
            }
        }
        let refused = answer.refused.into_iter().take(MOST_PLACES);
        out_of_reach.extend(refused.map(|refused| {
            let directory = bounded(refused.directory);
            let names = refused.names.into_iter().take(MOST_NAMES).map(bounded);
            let programs = SomePrograms {
                count: refused.count,
                names: names.collect(),
            };
            match refused.at.map(bounded) {
                Some(closed) => OutOfReach::Links {
                    directory,
                    closed,
                    programs,
                },
                None => OutOfReach::Programs {
                    directory,
                    programs,
                },
            }
        }));
        Some(Self {
            out_of_reach,
            programs: answer.programs,
            complete: answer.complete,
        })
    }
}

fn bounded(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: &str = r#"{"closed":[],"refused":[],"programs":["git"],"complete":true}"#;

    fn read(line: &str) -> SearchPath {
        SearchPath::read(line.as_bytes()).expect(line)
    }

    #[test]
    fn what_was_printed_before_it_stays() {
        for before in ["", "1.18.33\n", "a\nb\n"] {
            let printed = format!("{before}{NOTHING}\n");
            let (rest, answer) = SearchPath::split(printed.as_bytes());
            assert_eq!(rest, before.as_bytes());
            assert!(answer.unwrap().programs.contains("git"));
        }
        for nothing in ["", "1.18.33\n", "{}\n", "1.18.33", "{\"closed\": 3}"] {
            let split = SearchPath::split(nothing.as_bytes());
            assert_eq!(split, (nothing.as_bytes(), None));
        }
        let large = format!("{}{NOTHING}", " ".repeat(LARGEST));
        assert_eq!(SearchPath::read(large.as_bytes()), None);
    }

    #[test]
    fn each_kind_in_words() {
        let found = read(
            r#"{"closed":[{"directory":"/root/bin","at":"/root"},{"directory":"/x","at":"/x"},
                {"directory":"/root/.cargo/bin","at":"/root"}],
                "refused":[{"directory":"/usr/local/bin","at":"/root","count":2,"names":["uv","uvx"]},
                {"directory":"/opt/bin","at":null,"count":7,"names":["a","b","c","d"]}],
                "programs":[],"complete":false}"#,
        );
        let lines: Vec<String> = found.out_of_reach.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        PATH has /root/bin, /root/.cargo/bin, and the session's user may not enter /root: what is there cannot run
        PATH has /x, which the session's user may not enter: what is there cannot run
        /usr/local/bin has links into /root, which the session's user may not enter, so these cannot run: uv, uvx
        /opt/bin has programs that the session's user may not run: a, b, c and 4 more
        ");
        assert!(!found.complete);
        assert_eq!(read(NOTHING).out_of_reach, []);
    }

    #[test]
    fn texts_are_bounded() {
        let long = "ä".repeat(10_000);
        let many =
            vec![
                format!(r#"{{"directory":"{long}","at":null,"count":1,"names":["{long}"]}}"#);
                100
            ];
        let line = format!(
            r#"{{"closed":[],"refused":[{}],"programs":[],"complete":true}}"#,
            many.join(",")
        );
        let found = read(&line);
        assert_eq!(found.out_of_reach.len(), MOST_PLACES);
        assert!(found.out_of_reach[0].to_string().len() < 3 * 2 * LONGEST);
    }
}
