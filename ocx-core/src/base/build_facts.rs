//! What can be seen of a Dockerfile and its build context that keeps a build from working. It makes the
//! hints about a failed build better, and decides nothing.

use std::{collections::BTreeMap, io};

use camino::Utf8Path;
use ignore::gitignore::GitignoreBuilder;

use crate::disk;

/// No file of patterns is larger, in bytes.
const LARGEST_IGNORE_FILE: u64 = 1024 * 1024;

/// What a `COPY` or `ADD` names and the build context does not give it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MissingSource {
    /// It is not in the build context.
    Absent {
        /// The source, as the Dockerfile has it.
        source: String,
    },
    /// It is there, and the build context leaves it out.
    Ignored {
        /// The source, as the Dockerfile has it.
        source: String,
        /// The name of the file whose patterns leave it out.
        by: &'static str,
    },
}

/// The frontend that a Dockerfile asks for by its first line, `# syntax=…`.
#[must_use]
pub(crate) fn frontend(dockerfile: &str) -> Option<String> {
    let comments = dockerfile.lines().map_while(|line| line.strip_prefix('#'));
    comments
        .filter_map(|comment| comment.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("syntax"))
        .map(|(_, value)| value.trim().to_owned())
}

/// A build argument that a `FROM` line needs, that has no default, and that nobody gives a value.
#[must_use]
pub(crate) fn unset_argument(dockerfile: &str, given: &BTreeMap<String, String>) -> Option<String> {
    let mut without_default: Vec<&str> = Vec::new();
    for line in dockerfile.lines() {
        let mut words = line.split_whitespace();
        match words.next() {
            Some(word) if word.eq_ignore_ascii_case("ARG") => {
                without_default.extend(words.filter(|word| !word.contains('=')));
            }
            Some(word) if word.eq_ignore_ascii_case("FROM") => {
                let text = words.collect::<Vec<_>>().join(" ");
                let needs = |name: &&&str| uses(&text, name);
                let needed = without_default.iter().filter(needs);
                let mut unset = needed.filter(|name| !given.contains_key(**name));
                if let Some(name) = unset.next() {
                    return Some((*name).to_owned());
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether a line of a Dockerfile has `$NAME` or `${NAME}`, but not `${NAME:-otherwise}`.
fn uses(line: &str, name: &str) -> bool {
    let is_of_names = |character: char| character.is_ascii_alphanumeric() || character == '_';
    line.contains(&format!("${{{name}}}"))
        || line
            .split(&format!("${name}"))
            .skip(1)
            .any(|rest| !rest.starts_with(is_of_names))
}

/// What a `COPY` or `ADD` takes from the build context and is not in there. Names with patterns or
/// variables in them are left alone.
pub(crate) fn missing_sources(instruction: &str, context: &Utf8Path) -> Vec<MissingSource> {
    let sources = sources(instruction);
    let missing = sources.into_iter().filter_map(|source| {
        let path = context.join(source.trim_start_matches('/'));
        match path.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Some(MissingSource::Absent { source })
            }
            Ok(metadata) => {
                let by = ignored_by(context, &source, metadata.is_dir())?;
                Some(MissingSource::Ignored { source, by })
            }
            Err(_) => None,
        }
    });
    missing.collect()
}

/// The sources of an instruction that takes them from the build context, by name.
fn sources(instruction: &str) -> Vec<String> {
    let Some((name, rest)) = instruction.split_once(char::is_whitespace) else {
        return Vec::new();
    };
    if !["COPY", "ADD"]
        .iter()
        .any(|it| name.eq_ignore_ascii_case(it))
    {
        return Vec::new();
    }
    let mut rest = rest.trim_start();
    while rest.starts_with("--") {
        let (flag, behind) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        if flag.starts_with("--from=") {
            return Vec::new();
        }
        rest = behind.trim_start();
    }
    let mut words: Vec<String> = serde_json::from_str(rest)
        .unwrap_or_else(|_| rest.split_whitespace().map(str::to_owned).collect());
    words.pop();
    let is_name = |word: &String| {
        !word.contains(['*', '?', '[', '$', '\\'])
            && !word.contains("://")
            && !word.starts_with("<<")
    };
    words.into_iter().filter(is_name).collect()
}

/// The file whose patterns leave a source out. They are read as those of Git are, from the top: that is
/// near enough for a hint.
fn ignored_by(context: &Utf8Path, source: &str, is_dir: bool) -> Option<&'static str> {
    let source = source.trim_start_matches("./").trim_matches('/');
    if source.is_empty() || source == "." {
        return None;
    }
    for name in [".containerignore", ".dockerignore"] {
        let Ok(text) = disk::read_text(&context.join(name), LARGEST_IGNORE_FILE) else {
            continue;
        };
        let mut patterns = GitignoreBuilder::new("/");
        for line in text.lines().map(str::trim) {
            let (not, pattern) = match line.strip_prefix('!') {
                Some(pattern) => ("!", pattern),
                None => ("", line),
            };
            if pattern.is_empty() || pattern.starts_with('#') {
                continue;
            }
            let pattern = pattern.trim_start_matches("./").trim_start_matches('/');
            // One that is none leaves nothing out.
            let _ = patterns.add_line(None, &format!("{not}/{pattern}"));
        }
        let patterns = patterns.build().ok()?;
        let path = format!("/{source}");
        return patterns
            .matched_path_or_any_parents(path, is_dir)
            .is_ignore()
            .then_some(name);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frontend_is_in_the_first_comments() {
        let of = |text: &str| frontend(text);
        let asked = "# escape=`\n# Syntax = docker/dockerfile:1.7\nFROM x\n";
        assert_eq!(of(asked).as_deref(), Some("docker/dockerfile:1.7"));
        assert_eq!(of("FROM x\n# syntax=docker/dockerfile:1\n"), None);
    }

    #[test]
    fn an_argument_that_a_base_needs() {
        let unset = |text: &str, given: &[&str]| {
            let given = given
                .iter()
                .map(|name| ((*name).to_owned(), "x".to_owned()));
            unset_argument(text, &given.collect())
        };
        for text in [
            "ARG BASE\nFROM ${BASE}\n",
            "arg BASE\nFROM --platform=a $BASE AS b\n",
        ] {
            assert_eq!(unset(text, &[]).as_deref(), Some("BASE"), "{text}");
            assert_eq!(unset(text, &["BASE"]), None);
        }
        for text in [
            "ARG BASE=x\nFROM ${BASE}\n",
            "ARG V\nFROM x\n",
            "FROM x\nARG BASE\n",
            "ARG BASE\nARG BASE_TAG=1\nFROM debian:$BASE_TAG\n",
            "ARG BASE\nFROM ${BASE:-debian}\n",
        ] {
            assert_eq!(unset(text, &[]), None, "{text}");
        }
    }

    #[test]
    fn sources_that_the_context_does_not_have() {
        let directory = tempfile::tempdir().unwrap();
        let context = Utf8Path::from_path(directory.path()).unwrap();
        std::fs::create_dir_all(context.join("out/kept")).unwrap();
        std::fs::write(context.join("there"), "").unwrap();
        std::fs::write(
            context.join(".dockerignore"),
            "# x\nout\n!out/kept\n*.log\n",
        )
        .unwrap();
        std::fs::write(context.join("a.log"), "").unwrap();
        let missing = |instruction: &str| missing_sources(instruction, context);
        let absent = |source: &str| MissingSource::Absent {
            source: source.to_owned(),
        };
        let ignored = |source: &str| MissingSource::Ignored {
            source: source.to_owned(),
            by: ".dockerignore",
        };
        assert_eq!(missing("COPY there gone /x/"), [absent("gone")]);
        assert_eq!(
            missing("ADD --chown=1:1 [\"gone\", \"/x\"]"),
            [absent("gone")]
        );
        assert_eq!(
            missing("copy a.log ./out /x/"),
            [ignored("a.log"), ignored("./out")]
        );
        for instruction in [
            "COPY out/kept there /x/",
            "COPY . /x",
            "COPY --from=one gone /x",
            "COPY gone* ${gone} /x",
            "ADD https://gone/x /x",
            "RUN cp gone /x",
            "COPY",
        ] {
            assert_eq!(missing(instruction), [], "{instruction}");
        }
    }
}
