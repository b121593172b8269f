//! The table of attacks and faults in docs/attacks.md: every row of it names a test that is there.
//!
//! A test is named by its file and its function. One that goes over a list is named once for each case of
//! it, in the third column, by what the case is called in the list.

use std::{collections::BTreeSet, fs};

use camino::{Utf8Path, Utf8PathBuf};

use crate::{
    step::{Outcome, workspace},
    tidy::Source,
};

const DOCUMENT: &str = "docs/attacks.md";

/// As many are to be in it.
const FEWEST: usize = 150;

/// The macros that make a test on engines of a function.
const ON_ENGINES: [&str; 2] = ["on_each_engine!(", "on_engines!("];

/// An attack or a fault, and its test.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    attack: String,
    file: Utf8PathBuf,
    function: String,
    /// Empty if it is the whole test.
    case: String,
}

/// What is wrong with the table.
pub(crate) fn problems(sources: &[Source]) -> Outcome<Vec<String>> {
    let path = workspace().join(DOCUMENT);
    let document = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    Ok(differences(&document, sources, FEWEST))
}

fn differences(document: &str, sources: &[Source], fewest: usize) -> Vec<String> {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    let mut count = 0;
    for line in document.lines().filter(|line| is_row(line)) {
        count += 1;
        match parse(line) {
            None => problems.push(format!("{DOCUMENT}: no test in the row: {line}")),
            Some(row) => {
                if let Some(problem) = problem(&row, sources) {
                    problems.push(format!("{DOCUMENT}: {problem}"));
                }
                let test = (row.file, row.function, row.case);
                if seen.contains(&test) {
                    let (file, function, case) = &test;
                    problems.push(format!("{DOCUMENT}: twice: {file}::{function} {case}"));
                }
                seen.insert(test);
            }
        }
    }
    if count < fewest {
        problems.push(format!("{DOCUMENT}: {count} rows, at least {fewest}"));
    }
    problems
}

/// Whether a line is a row of a table, and not its head.
fn is_row(line: &str) -> bool {
    line.starts_with("| ") && !line.starts_with("| attack or fault |")
}

/// `| attack | `file::function` | case |`; the case may be missing or empty.
fn parse(line: &str) -> Option<Row> {
    let cells: Vec<&str> = line.trim().trim_matches('|').split('|').collect();
    let [attack, test, ref case @ ..] = cells[..] else {
        return None;
    };
    let test = test.trim().strip_prefix('`')?.strip_suffix('`')?;
    let (file, function) = test.split_once("::")?;
    let case = case.first().map_or("", |case| case.trim());
    let case = case
        .strip_prefix('`')
        .and_then(|case| case.strip_suffix('`'))
        .unwrap_or(case);
    (!attack.trim().is_empty()).then(|| Row {
        attack: attack.trim().to_owned(),
        file: file.into(),
        function: function.to_owned(),
        case: case.to_owned(),
    })
}

/// Why the test of a row is none.
fn problem(row: &Row, sources: &[Source]) -> Option<String> {
    let (file, function, case) = (&row.file, &row.function, &row.case);
    let Some(source) = sources.iter().find(|source| source.path == *file) else {
        return Some(format!("there is no file {file}"));
    };
    if !is_test(&source.text, function) {
        return Some(format!("{file} has no test {function}"));
    }
    if !case.is_empty()
        && !sources
            .iter()
            .any(|one| may_hold_cases(one, file) && has(one, case))
    {
        return Some(format!("{file}::{function} has no case {case}"));
    }
    None
}

/// Whether a function is one that is run as a test.
fn is_test(text: &str, function: &str) -> bool {
    let head = format!("fn {function}(");
    let lines: Vec<&str> = text.lines().collect();
    let Some(at) = lines.iter().position(|line| {
        let line = line.trim_start();
        line.strip_prefix("async ")
            .unwrap_or(line)
            .starts_with(&head)
    }) else {
        return false;
    };
    let attributes = lines[..at].iter().rev().map(|line| line.trim());
    let has_attribute = attributes
        .take_while(|line| line.starts_with("#[") || line.starts_with("//"))
        .any(|line| line == "#[test]" || line.starts_with("#[tokio::test"));
    has_attribute || is_listed(text, function)
}

/// Whether a function is in the list of a macro that makes tests of it.
fn is_listed(text: &str, function: &str) -> bool {
    ON_ENGINES.iter().any(|name| {
        text.match_indices(name).any(|(at, _)| {
            let list = &text[at + name.len()..];
            let list = &list[..list.find(");").unwrap_or(list.len())];
            list.split(|c: char| !(c.is_alphanumeric() || c == '_'))
                .any(|word| word == function)
        })
    })
}

/// The file of a test, and where that is the head of a module, those of the module.
fn may_hold_cases(source: &Source, file: &Utf8Path) -> bool {
    let is_head = file.file_name() == Some("mod.rs");
    source.path == *file || (is_head && source.path.parent() == file.parent())
}

/// A case is called by a text, or is a variant of an enum.
fn has(source: &Source, case: &str) -> bool {
    source.text.contains(&format!("{case:?}"))
        || (case.contains("::") && source.text.contains(case))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources() -> Vec<Source> {
        let source = |path: &str, text: &str| Source {
            path: path.into(),
            text: text.to_owned(),
        };
        vec![
            source(
                "a/tests/mod.rs",
                "/// Says why.\n#[test]\nfn whole() {}\n\nfn helper() {}\n\n#[tokio::test]\n// Why.\nasync fn listed() {\n    go(\"one\");\n}\n",
            ),
            source(
                "a/tests/cases.rs",
                "const ALL: &[&str] = &[\"two \\\"x\\\"\", Odd::Pipe];\n",
            ),
            source("a/other.rs", "const ALL: &[&str] = &[\"three\"];\n"),
            source(
                "tests/e2e/x.rs",
                "on_each_engine!(\n    on_all,\n    more,\n);\n\nfn on_all(engine: &Engine) {}\n\nfn alone(engine: &Engine) {}\n",
            ),
        ]
    }

    fn found(rows: &[&str]) -> Vec<String> {
        let document = format!(
            "# Title\n\n| attack or fault | test | case |\n|---|---|---|\n{}\n",
            rows.join("\n")
        );
        differences(&document, &sources(), 0)
    }

    #[test]
    fn what_is_there_is_found() {
        let rows = [
            "| a | `a/tests/mod.rs::whole` | |",
            "| b | `a/tests/mod.rs::listed` |",
            "| c | `a/tests/mod.rs::listed` | one |",
            "| d | `a/tests/mod.rs::listed` | `two \"x\"` |",
            "| e | `a/tests/mod.rs::listed` | `Odd::Pipe` |",
            "| f | `tests/e2e/x.rs::on_all` | |",
        ];
        assert_eq!(found(&rows), Vec::<String>::new());
    }

    #[test]
    fn what_is_not_there_is_told() {
        for (row, problem) in [
            ("| a | `a/none.rs::whole` | |", "there is no file a/none.rs"),
            ("| a | `a/tests/mod.rs::nothing` | |", "has no test nothing"),
            ("| a | `a/tests/mod.rs::whol` | |", "has no test whol"),
            // It is a function, and nobody runs it.
            ("| a | `a/tests/mod.rs::helper` | |", "has no test helper"),
            ("| a | `tests/e2e/x.rs::alone` | |", "has no test alone"),
            (
                "| a | `a/tests/mod.rs::listed` | four |",
                "has no case four",
            ),
            ("| a | `a/tests/mod.rs::listed` | on |", "has no case on"),
            // Another module's.
            (
                "| a | `a/tests/mod.rs::listed` | three |",
                "has no case three",
            ),
            ("| a | `a/other.rs` | |", "no test in the row"),
            ("| a | by hand | |", "no test in the row"),
            ("| | `a/tests/mod.rs::whole` | |", "no test in the row"),
        ] {
            let found = found(&[row]);
            assert_eq!(found.len(), 1, "{row}: {found:?}");
            assert!(found[0].contains(problem), "{row}: {found:?}");
        }
    }

    #[test]
    fn no_test_counts_twice_and_there_are_many() {
        let row = "| a | `a/tests/mod.rs::listed` | one |";
        assert!(found(&[row, row])[0].contains("twice"));
        let other = "| a | `a/tests/mod.rs::listed` | |";
        assert!(found(&[row, other]).is_empty());
        let few = differences(row, &sources(), 2);
        assert_eq!(few, ["docs/attacks.md: 1 rows, at least 2"]);
    }
}
