//! `cargo xtask tidy`

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use crate::{
    attack_table, circles, dependency_table, layers, package, pages,
    step::{Outcome, cargo, read, say, workspace},
    words,
};

/// Lines without tests from which on a file is worth splitting, and beyond which it must be.
const LONG: usize = 300;
const TOO_LONG: usize = 400;

/// Tables of data, which are read entry by entry.
const TABLES: &[&str] = &["key_table.rs"];

/// Names of files that collect what belongs nowhere.
const DUMPING_GROUNDS: &[&str] = &[
    "util.rs",
    "utils.rs",
    "shared.rs",
    "common.rs",
    "helpers.rs",
];

/// A source file of the workspace.
pub(crate) struct Source {
    /// Relative to the workspace.
    pub(crate) path: Utf8PathBuf,
    pub(crate) text: String,
}

impl Source {
    /// The text before the unit tests.
    pub(crate) fn without_tests(&self) -> &str {
        if self.path.file_name() == Some("tests.rs") {
            return "";
        }
        self.text
            .split_once("#[cfg(test)]\nmod tests {")
            .map_or(self.text.as_str(), |(code, _)| code)
    }

    /// The lines of code with their numbers, without comments and unit tests.
    pub(crate) fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..)
            .zip(self.without_tests().lines())
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

/// Checks file sizes, wording, layers, the reasons for dependencies, the table of attacks, manifests, and links.
pub(crate) fn run() -> Outcome {
    let sources = sources()?;
    let mut problems = Vec::new();
    for source in &sources {
        problems.extend(size_problem(source));
        problems.extend(words::problems(source));
        problems.extend(layers::source_problems(source));
    }
    problems.extend(circles::problems(&sources));
    problems.extend(attack_table::problems(&sources)?);
    let tree = |package: &str| {
        read(&mut cargo(&[
            "tree",
            "--package",
            package,
            "--edges=normal",
            "--prefix=none",
            "--format={p}",
            "--locked",
        ]))
    };
    for package in layers::LIBRARIES {
        problems.extend(layers::tree_problems(package, &tree(package)?));
    }
    problems.extend(dependency_table::problems()?);
    problems.extend(package::problems()?);
    problems.extend(pages::problems()?);
    if !problems.is_empty() {
        return Err(format!("not tidy:\n    {}", problems.join("\n    ")));
    }
    say(&format!(
        "{} files: sizes, words, layers, dependencies, attacks, packages and links are in order",
        sources.len()
    ));
    Ok(())
}

fn size_problem(source: &Source) -> Option<String> {
    let path = &source.path;
    if path
        .file_name()
        .is_some_and(|name| DUMPING_GROUNDS.contains(&name))
    {
        return Some(format!(
            "{path}: name the file after the one thing that is in it"
        ));
    }
    // Lists of test cases have no upper end.
    let test_cases = path.starts_with("tests/cli") || path.starts_with("tests/e2e");
    if test_cases || path.file_name().is_some_and(|name| TABLES.contains(&name)) {
        return None;
    }
    let lines = source.without_tests().lines().count();
    if lines > TOO_LONG {
        return Some(format!(
            "{path}: {lines} lines without tests, at most {TOO_LONG}"
        ));
    }
    if lines > LONG {
        say(&format!("{path} is long: {lines} lines without tests"));
    }
    None
}

/// All Rust sources that Git knows or would add.
fn sources() -> Outcome<Vec<Source>> {
    let mut command = std::process::Command::new("git");
    command
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "*.rs",
        ])
        .current_dir(workspace());
    let listed = read(&mut command)?;
    let root = workspace();
    listed
        .lines()
        .filter(|path| root.join(path).exists())
        .map(|path| read_source(&root, path))
        .collect()
}

fn read_source(root: &Utf8Path, path: &str) -> Outcome<Source> {
    let text = fs::read_to_string(root.join(path)).map_err(|error| format!("{path}: {error}"))?;
    Ok(Source {
        path: path.into(),
        text,
    })
}
