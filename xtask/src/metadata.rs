//! What cargo knows about packages.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde::Deserialize;

use crate::step::{Outcome, cargo, read};

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    target_directory: Utf8PathBuf,
}

/// A package, of the workspace or not.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// None for packages of the workspace.
    pub(crate) source: Option<String>,
    pub(crate) license: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) readme: Option<String>,
    pub(crate) rust_version: Option<String>,
    #[serde(default)]
    pub(crate) keywords: Vec<String>,
    #[serde(default)]
    pub(crate) categories: Vec<String>,
    /// The registries that it may go to: all if there is no list.
    pub(crate) publish: Option<Vec<String>>,
    /// The tables below `package.metadata`.
    pub(crate) metadata: Option<BTreeMap<String, serde_json::Value>>,
    #[serde(default)]
    pub(crate) dependencies: Vec<Dependency>,
    #[serde(default)]
    pub(crate) targets: Vec<Target>,
}

/// A dependency as a manifest names it.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `dev` or `build`; none for what others compile, too.
    pub(crate) kind: Option<String>,
    #[serde(default)]
    pub(crate) optional: bool,
    /// Where it lies, if it is of the workspace.
    pub(crate) path: Option<Utf8PathBuf>,
}

/// A target of a package.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Target {
    name: String,
    kind: Vec<String>,
}

impl Package {
    /// Whether it may go to crates.io.
    pub(crate) fn is_published(&self) -> bool {
        self.publish.as_ref().is_none_or(|to| !to.is_empty())
    }

    /// What other programs call its library, if it has one.
    pub(crate) fn library(&self) -> Option<&str> {
        self.targets
            .iter()
            .find(|target| target.kind.iter().any(|kind| kind == "lib"))
            .map(|target| target.name.as_str())
    }
}

/// The packages of the workspace.
pub(crate) fn own() -> Outcome<Vec<Package>> {
    Ok(ask(&["--no-deps"])?.packages)
}

/// The packages of the workspace and all that they depend on, in tests and tasks, too.
pub(crate) fn all() -> Outcome<Vec<Package>> {
    Ok(ask(&["--all-features"])?.packages)
}

/// Where cargo puts what it makes.
pub(crate) fn target_directory() -> Outcome<Utf8PathBuf> {
    Ok(ask(&["--no-deps"])?.target_directory)
}

fn ask(options: &[&str]) -> Outcome<Metadata> {
    let mut command = cargo(&["metadata", "--format-version=1", "--locked"]);
    let text = read(command.args(options))?;
    serde_json::from_str(&text).map_err(|error| format!("`cargo metadata`: {error}"))
}
