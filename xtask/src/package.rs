//! `cargo xtask package`, and what is asked of the manifests of packages that others get.

use crate::{
    metadata::{self, Package},
    step::{self, Outcome, cargo, read},
};

/// What every package brings along.
const FILES: &[&str] = &["README.md", "LICENSE-APACHE", "LICENSE-MIT"];

/// The most keywords that crates.io takes, and categories.
const MOST_WORDS: usize = 5;

/// Makes the packages, builds each from what is in it, and publishes nothing.
pub(crate) fn run() -> Outcome {
    step::run(&mut cargo(&[
        "publish",
        "--workspace",
        "--dry-run",
        "--locked",
        // What is not committed yet is tried as well; publishing itself asks for a clean tree.
        "--allow-dirty",
    ]))
}

/// What is missing in packages that others get.
pub(crate) fn problems() -> Outcome<Vec<String>> {
    let mut problems = Vec::new();
    for package in metadata::own()? {
        if !package.is_published() {
            continue;
        }
        problems.extend(manifest_problems(&package));
        let files = read(&mut cargo(&[
            "package",
            "--list",
            "--allow-dirty",
            "--locked",
            "--package",
            &package.name,
        ]))?;
        problems.extend(missing_files(&package.name, &files));
    }
    Ok(problems)
}

fn manifest_problems(package: &Package) -> Vec<String> {
    let has_docs_table = package
        .metadata
        .as_ref()
        .is_some_and(|tables| tables.contains_key("docs"));
    let words = |words: &[String]| (1..=MOST_WORDS).contains(&words.len());
    [
        ("description", package.description.is_some()),
        ("license", package.license.is_some()),
        ("readme", package.readme.is_some()),
        ("rust-version", package.rust_version.is_some()),
        ("one to five keywords", words(&package.keywords)),
        ("one to five categories", words(&package.categories)),
        ("[package.metadata.docs.rs]", has_docs_table),
    ]
    .into_iter()
    .filter(|(_, there)| !there)
    .map(|(what, _)| format!("package {}: its manifest lacks {what}", package.name))
    .collect()
}

fn missing_files(package: &str, files: &str) -> Vec<String> {
    FILES
        .iter()
        .filter(|file| !files.lines().any(|line| line == **file))
        .map(|file| format!("package {package}: {file} is not in it"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_manifest_lacks_is_told() {
        let mut package = Package {
            name: "x".to_owned(),
            description: Some("x".to_owned()),
            license: Some("MIT".to_owned()),
            readme: Some("README.md".to_owned()),
            rust_version: Some("1.88".to_owned()),
            keywords: vec!["x".to_owned()],
            categories: vec!["x".to_owned()],
            metadata: Some([("docs".to_owned(), serde_json::Value::Null)].into()),
            ..Package::default()
        };
        assert!(manifest_problems(&package).is_empty());
        package.keywords = vec!["x".to_owned(); MOST_WORDS + 1];
        assert_eq!(
            manifest_problems(&package),
            ["package x: its manifest lacks one to five keywords"]
        );
        assert_eq!(manifest_problems(&Package::default()).len(), 7);
    }

    #[test]
    fn licences_and_readme_are_in_the_package() {
        let files = "Cargo.toml\nLICENSE-MIT\nREADME.md\nsrc/LICENSE-APACHE\n";
        assert_eq!(
            missing_files("x", files),
            ["package x: LICENSE-APACHE is not in it"]
        );
    }
}
