//! The tables of direct dependencies in ARCHITECTURE.md, which give each one a reason.

use std::{collections::BTreeSet, fs};

use crate::{
    metadata::{self, Package},
    step::{Outcome, workspace},
};

const DOCUMENT: &str = "ARCHITECTURE.md";

/// A table, by the heading above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Table {
    /// What whoever builds the command or links a library compiles.
    Shipped,
    /// What only tests, tasks and the feature `testing` need.
    Development,
}

impl Table {
    const ALL: [Self; 2] = [Self::Shipped, Self::Development];

    fn heading(self) -> &'static str {
        match self {
            Self::Shipped => "### Dependencies of the command and the libraries",
            Self::Development => "### Dependencies of tests and tasks only",
        }
    }
}

/// What the tables lack, and what in them is no dependency.
pub(crate) fn problems() -> Outcome<Vec<String>> {
    let path = workspace().join(DOCUMENT);
    let document = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    Ok(differences(&document, &metadata::own()?))
}

fn differences(document: &str, packages: &[Package]) -> Vec<String> {
    let mut problems = Vec::new();
    for table in Table::ALL {
        let heading = table.heading();
        let rows = rows(document, heading);
        let named: BTreeSet<&str> = rows.iter().map(|(name, _)| *name).collect();
        let used = used(packages, table);
        for name in used.difference(&named) {
            problems.push(format!("{DOCUMENT}: no row for {name} below `{heading}`"));
        }
        for name in named.difference(&used) {
            problems.push(format!(
                "{DOCUMENT}: {name} does not belong below `{heading}`"
            ));
        }
        for (name, _) in rows.iter().filter(|(_, reason)| reason.is_empty()) {
            problems.push(format!("{DOCUMENT}: no reason for {name}"));
        }
    }
    problems
}

/// The names of the direct dependencies that belong into a table.
fn used(packages: &[Package], table: Table) -> BTreeSet<&str> {
    let shipped: BTreeSet<&str> = packages
        .iter()
        .filter(|package| package.is_published())
        .flat_map(|package| &package.dependencies)
        .filter(|dependency| {
            dependency.kind.as_deref() != Some("dev")
                && !dependency.optional
                && dependency.path.is_none()
        })
        .map(|dependency| dependency.name.as_str())
        .collect();
    match table {
        Table::Shipped => shipped,
        Table::Development => packages
            .iter()
            .flat_map(|package| &package.dependencies)
            .filter(|dependency| dependency.path.is_none())
            .map(|dependency| dependency.name.as_str())
            .filter(|name| !shipped.contains(name))
            .collect(),
    }
}

/// The rows of the table below a heading: the name in backquotes, and the reason.
fn rows<'a>(document: &'a str, heading: &str) -> Vec<(&'a str, &'a str)> {
    document
        .lines()
        .skip_while(|line| *line != heading)
        .skip(1)
        .take_while(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let (name, rest) = line.strip_prefix("| `")?.split_once("` |")?;
            Some((name, rest.trim().trim_end_matches('|').trim()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Dependency;

    fn dependency(name: &str, kind: Option<&str>) -> Dependency {
        Dependency {
            name: name.to_owned(),
            kind: kind.map(str::to_owned),
            ..Dependency::default()
        }
    }

    fn packages() -> Vec<Package> {
        let own = Dependency {
            path: Some("/x/core".into()),
            ..dependency("core", None)
        };
        let optional = Dependency {
            optional: true,
            ..dependency("mock", None)
        };
        vec![
            Package {
                dependencies: vec![
                    dependency("json", None),
                    dependency("check", Some("dev")),
                    own,
                ],
                ..Package::default()
            },
            Package {
                dependencies: vec![dependency("json", None), dependency("web", None), optional],
                publish: Some(Vec::new()),
                ..Package::default()
            },
        ]
    }

    fn document(shipped: &str, development: &str) -> String {
        format!(
            "{}\n\n| crate | why |\n|---|---|\n{shipped}\n{}\n{development}\n## Next\n| `x` | y |\n",
            Table::Shipped.heading(),
            Table::Development.heading()
        )
    }

    const DEVELOPMENT: &str = "| `check` | tests |\n| `mock` | mocks |\n| `web` | a server |";

    #[test]
    fn every_dependency_has_a_row_and_a_reason() {
        let complete = document("| `json` | reads |", DEVELOPMENT);
        assert!(differences(&complete, &packages()).is_empty());
        let missing = differences(&document("", DEVELOPMENT), &packages());
        assert_eq!(missing.len(), 1, "{missing:?}");
        let no_reason = differences(&document("| `json` | |", DEVELOPMENT), &packages());
        assert_eq!(no_reason, ["ARCHITECTURE.md: no reason for json"]);
    }

    #[test]
    fn every_row_is_a_dependency_of_its_kind() {
        let gone = document("| `json` | reads |\n| `old` | gone |", DEVELOPMENT);
        assert_eq!(differences(&gone, &packages()).len(), 1);
        let moved = document("| `json` | reads |\n| `web` | a server |", DEVELOPMENT);
        assert_eq!(differences(&moved, &packages()).len(), 1);
    }
}
