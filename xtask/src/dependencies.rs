//! What the workspace may depend on: the licences, sources and banned crates of `deny.toml`.
//!
//! The same as `cargo deny check bans licenses sources`, without the many minutes that it takes to
//! compile. Known vulnerabilities are not checked: their database is on GitHub, which not every
//! machine that runs this can reach.

use std::fs;

use serde::Deserialize;

use crate::{
    metadata::{self, Package},
    step::{Outcome, say, workspace},
};

/// The part of `deny.toml` that is checked here.
#[derive(Deserialize)]
struct Rules {
    licenses: Licences,
    bans: Bans,
}

#[derive(Deserialize)]
struct Licences {
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

impl Rules {
    fn read() -> Outcome<Self> {
        let path = workspace().join("deny.toml");
        let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        toml::from_str(&text).map_err(|error| format!("{path}: {error}"))
    }
}

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Checks all dependencies, of tests and tasks too.
pub(crate) fn check() -> Outcome {
    let packages = metadata::all()?;
    let rules = Rules::read()?;
    let mut problems: Vec<String> = packages
        .iter()
        .flat_map(|package| problems_of(package, &rules))
        .collect();
    problems.sort();
    if !problems.is_empty() {
        return Err(format!("dependencies:\n    {}", problems.join("\n    ")));
    }
    say(&format!(
        "{} packages: licences, sources and bans are in order",
        packages.len()
    ));
    Ok(())
}

fn problems_of(package: &Package, rules: &Rules) -> Vec<String> {
    let name = format!("{} {}", package.name, package.version);
    let mut problems = Vec::new();
    if let Some(source) = &package.source
        && source != CRATES_IO
    {
        problems.push(format!("{name} is from {source}, not from crates.io"));
    }
    match &package.license {
        None => problems.push(format!("{name} names no licence")),
        Some(licence) if !is_allowed(licence, &rules.licenses.allow) => {
            problems.push(format!("{name} is under {licence}, which is not allowed"));
        }
        Some(_) => {}
    }
    for ban in &rules.bans.deny {
        if package.name == ban.name {
            problems.push(format!("{name} must not be used: {}", ban.reason));
        }
    }
    problems
}

/// Whether an SPDX expression can be met by allowed licences alone.
fn is_allowed(expression: &str, licences: &[String]) -> bool {
    // Older crates write a slash for OR.
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let allowed = any(&mut words, licences);
    allowed && words.peek().is_none()
}

type Words<'a, 'b> = &'a mut std::iter::Peekable<std::str::SplitWhitespace<'b>>;

fn any(words: Words<'_, '_>, licences: &[String]) -> bool {
    let mut allowed = all(words, licences);
    while words.next_if_eq(&"OR").is_some() {
        allowed |= all(words, licences);
    }
    allowed
}

fn all(words: Words<'_, '_>, licences: &[String]) -> bool {
    let mut allowed = one(words, licences);
    while words.next_if_eq(&"AND").is_some() {
        allowed &= one(words, licences);
    }
    allowed
}

fn one(words: Words<'_, '_>, licences: &[String]) -> bool {
    match words.next() {
        Some("(") => any(words, licences) && words.next() == Some(")"),
        Some(licence) => match words.next_if_eq(&"WITH") {
            Some(_) => {
                let exception = words.next().unwrap_or_default();
                licences.contains(&format!("{licence} WITH {exception}"))
            }
            None => licences.iter().any(|allowed| allowed == licence),
        },
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_met_or_not() {
        let licences = Rules::read().unwrap().licenses.allow;
        for allowed in [
            "MIT",
            "MIT/Apache-2.0",
            "GPL-3.0 OR MIT",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0",
        ] {
            assert!(is_allowed(allowed, &licences), "{allowed}");
        }
        for refused in [
            "",
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "(MIT OR GPL-2.0) AND GPL-3.0",
            "MIT WITH something",
            "MIT MIT",
        ] {
            assert!(!is_allowed(refused, &licences), "{refused}");
        }
    }

    #[test]
    fn sources_and_bans_are_seen() {
        let package = Package {
            name: "bollard".to_owned(),
            version: "1.0.0".to_owned(),
            source: Some("git+https://example.org/x".to_owned()),
            ..Package::default()
        };
        assert_eq!(problems_of(&package, &Rules::read().unwrap()).len(), 3);
    }
}
