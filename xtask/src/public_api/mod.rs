//! `cargo xtask public-api`: what other programs can use of each package, a line for each item,
//! kept in `docs/public-api` so that a change of it is seen in review.
//!
//! The feature `testing` is left out; its mock alone has hundreds of items.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;

use crate::{
    metadata::{self, Package},
    step::{Outcome, cargo, read, say, workspace},
};

/// The version of rustdoc's JSON that the crate public-api reads: that of Rust 1.95.
const FORMAT: u32 = 57;

/// Options of the task.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write the lists, instead of comparing them with those that are there
    #[arg(long)]
    write: bool,
}

pub(crate) fn run(args: &Args) -> Outcome {
    if args.write { write() } else { check() }
}

/// Compares the lists with the code. With a toolchain whose JSON cannot be read that is left out, and
/// said.
pub(crate) fn check() -> Outcome {
    let mut problems = Vec::new();
    for package in packages()? {
        let found = match listed(&package)? {
            Listed::Items(found) => found,
            Listed::OtherFormat(format) => {
                let reason = format!(
                    "rustdoc writes JSON of version {format}, and version {FORMAT} is read: that \
                     of Rust 1.95"
                );
                say(&format!("the public API is not checked: {reason}"));
                return Ok(());
            }
        };
        let path = list_of(&package.name);
        let kept = fs::read_to_string(workspace().join(&path)).unwrap_or_default();
        problems.extend(differences(&path, &kept, &found));
    }
    if problems.is_empty() {
        say("the public API is as listed");
        return Ok(());
    }
    Err(format!(
        "the public API has changed; `cargo xtask public-api --write` writes it down:\n    {}",
        problems.join("\n    ")
    ))
}

fn write() -> Outcome {
    for package in packages()? {
        let found = match listed(&package)? {
            Listed::Items(found) => found,
            Listed::OtherFormat(format) => {
                return Err(format!(
                    "rustdoc writes JSON of version {format}; use `cargo +1.95 xtask public-api`, \
                     or raise the version of public-api in xtask/Cargo.toml"
                ));
            }
        };
        let path = list_of(&package.name);
        let file = workspace().join(&path);
        fs::create_dir_all(file.parent().unwrap_or(&file))
            .and_then(|()| fs::write(&file, found))
            .map_err(|error| format!("{path}: {error}"))?;
        say(&format!("wrote {path}"));
    }
    Ok(())
}

fn packages() -> Outcome<Vec<Package>> {
    let mut packages = metadata::own()?;
    packages.retain(|package| package.is_published() && package.library().is_some());
    Ok(packages)
}

/// The file that a package's list is kept in, relative to the workspace.
fn list_of(package: &str) -> Utf8PathBuf {
    Utf8Path::new("docs/public-api").join(format!("{package}.txt"))
}

enum Listed {
    Items(String),
    /// The toolchain's JSON is of this version.
    OtherFormat(u32),
}

fn listed(package: &Package) -> Outcome<Listed> {
    let name = &package.name;
    read(
        cargo(&[
            "rustdoc",
            "--quiet",
            "--locked",
            "--lib",
            "--package",
            name,
            "--",
            "-Zunstable-options",
            "--output-format=json",
            "--cap-lints=allow",
        ])
        .env(
            "RUSTDOC",
            workspace().join("xtask/src/public_api/rustdoc_with_json.sh"),
        ),
    )?;
    let library = package.library().unwrap_or(name);
    let path = metadata::target_directory()?.join(format!("doc/{library}.json"));
    let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let format = format_of(&text).map_err(|error| format!("{path}: {error}"))?;
    if format != FORMAT {
        return Ok(Listed::OtherFormat(format));
    }
    let api = public_api::Builder::from_rustdoc_json(&path)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .map_err(|error| format!("{path}: {error}"))?;
    Ok(Listed::Items(api.to_string()))
}

fn format_of(text: &str) -> serde_json::Result<u32> {
    #[derive(Deserialize)]
    struct Head {
        format_version: u32,
    }
    Ok(serde_json::from_str::<Head>(text)?.format_version)
}

/// The lines that only one of two lists has.
fn differences(path: &Utf8Path, kept: &str, found: &str) -> Vec<String> {
    let only = |some: &str, other: &str, sign: char| -> Vec<String> {
        let other: std::collections::HashSet<&str> = other.lines().collect();
        some.lines()
            .filter(|line| !other.contains(line))
            .map(|line| format!("{path}: {sign} {line}"))
            .collect()
    };
    let mut differences = only(kept, found, '-');
    differences.extend(only(found, kept, '+'));
    differences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_line_by_line() {
        let path = Utf8Path::new("x.txt");
        assert!(differences(path, "pub fn a\n", "pub fn a\n").is_empty());
        assert_eq!(
            differences(path, "pub fn a\npub fn b\n", "pub fn a\npub fn c\n"),
            ["x.txt: - pub fn b", "x.txt: + pub fn c"]
        );
    }

    #[test]
    fn the_version_of_the_json_is_read_first() {
        let text = r#"{"root":0,"index":{"0":{"id":0}},"format_version":61}"#;
        assert_eq!(format_of(text).unwrap(), 61);
        assert!(format_of("{}").is_err());
    }
}
