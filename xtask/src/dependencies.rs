//! What the workspace may depend on: licences, sources, and a few crates that it may not.
//!
//! The same as `cargo deny check bans licenses sources`, without the many minutes that it takes to
//! compile. Known vulnerabilities are not checked: their database is on GitHub, which not every
//! machine that runs this can reach.

use serde::Deserialize;

use crate::step::{Outcome, cargo, read, say};

/// Licences that go along with MIT and Apache-2.0.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Crates that must not come in, and why.
const BANNED: &[(&str, &str)] = &[
    (
        "openssl-sys",
        "TLS is rustls, which needs no system library",
    ),
    ("native-tls", "TLS is rustls, which needs no system library"),
    ("aws-lc-sys", "rustls uses ring, which needs no CMake"),
    ("bollard", "engines are driven through their command lines"),
];

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    source: Option<String>,
    license: Option<String>,
}

/// Checks all dependencies, of tests and tasks too.
pub(crate) fn check() -> Outcome {
    let text = read(&mut cargo(&[
        "metadata",
        "--format-version=1",
        "--locked",
        "--all-features",
    ]))?;
    let metadata: Metadata =
        serde_json::from_str(&text).map_err(|error| format!("`cargo metadata`: {error}"))?;
    let mut problems: Vec<String> = metadata.packages.iter().flat_map(problems_of).collect();
    problems.sort();
    if !problems.is_empty() {
        return Err(format!("dependencies:\n    {}", problems.join("\n    ")));
    }
    say(&format!(
        "{} packages: licences, sources and bans are in order",
        metadata.packages.len()
    ));
    Ok(())
}

fn problems_of(package: &Package) -> Vec<String> {
    let name = format!("{} {}", package.name, package.version);
    let mut problems = Vec::new();
    if let Some(source) = &package.source
        && source != CRATES_IO
    {
        problems.push(format!("{name} is from {source}, not from crates.io"));
    }
    match &package.license {
        None => problems.push(format!("{name} names no licence")),
        Some(licence) if !is_allowed(licence) => {
            problems.push(format!("{name} is under {licence}, which is not allowed"));
        }
        Some(_) => {}
    }
    for (banned, reason) in BANNED {
        if package.name == *banned {
            problems.push(format!("{name} must not be used: {reason}"));
        }
    }
    problems
}

/// Whether an SPDX expression can be met by allowed licences alone.
fn is_allowed(expression: &str) -> bool {
    // Older crates write a slash for OR.
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let allowed = any(&mut words);
    allowed && words.peek().is_none()
}

type Words<'a, 'b> = &'a mut std::iter::Peekable<std::str::SplitWhitespace<'b>>;

fn any(words: Words<'_, '_>) -> bool {
    let mut allowed = all(words);
    while words.next_if_eq(&"OR").is_some() {
        allowed |= all(words);
    }
    allowed
}

fn all(words: Words<'_, '_>) -> bool {
    let mut allowed = one(words);
    while words.next_if_eq(&"AND").is_some() {
        allowed &= one(words);
    }
    allowed
}

fn one(words: Words<'_, '_>) -> bool {
    match words.next() {
        Some("(") => any(words) && words.next() == Some(")"),
        Some(licence) => match words.next_if_eq(&"WITH") {
            Some(_) => {
                let exception = words.next().unwrap_or_default();
                LICENCES.contains(&format!("{licence} WITH {exception}").as_str())
            }
            None => LICENCES.contains(&licence),
        },
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_met_or_not() {
        for allowed in [
            "MIT",
            "MIT/Apache-2.0",
            "GPL-3.0 OR MIT",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0",
        ] {
            assert!(is_allowed(allowed), "{allowed}");
        }
        for refused in [
            "",
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "(MIT OR GPL-2.0) AND GPL-3.0",
            "MIT WITH something",
            "MIT MIT",
        ] {
            assert!(!is_allowed(refused), "{refused}");
        }
    }

    #[test]
    fn sources_and_bans_are_seen() {
        let package = Package {
            name: "bollard".to_owned(),
            version: "1.0.0".to_owned(),
            source: Some("git+https://example.org/x".to_owned()),
            license: None,
        };
        assert_eq!(problems_of(&package).len(), 3);
    }
}
