//! Features of a `devcontainer.json`, by the packages of Debian and Ubuntu that bring the like.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{
    described_base::{LeftOutList, devcontainer::plain_value, short},
    printable,
};

pub(super) const KEY: &str = "features";

/// More are not looked at.
const MOST: usize = 40;

/// What a feature comes to.
#[derive(Clone, Copy)]
enum Known {
    /// Packages that bring the like.
    Packages(&'static [&'static str]),
    /// The packages that its option `packages` names.
    ItsPackages,
    /// Nothing that a session could use, with why.
    Needless(&'static str),
}

/// Where features are published, and what they are called there.
/// (The lists: <https://containers.dev/features>.)
const KNOWN: [(&str, &[&str], Known); 18] = [
    (
        OFFICIAL,
        &["common-utils"],
        Known::Packages(&[
            "ca-certificates",
            "curl",
            "git",
            "jq",
            "less",
            "openssh-client",
            "procps",
            "unzip",
            "zip",
        ]),
    ),
    (OFFICIAL, &["git"], Known::Packages(&["git"])),
    (OFFICIAL, &["git-lfs"], Known::Packages(&["git-lfs"])),
    (OFFICIAL, &["github-cli"], Known::Packages(&["gh"])),
    (OFFICIAL, &["node"], Known::Packages(&["nodejs", "npm"])),
    (
        OFFICIAL,
        &["python"],
        Known::Packages(&["python3", "python3-pip", "python3-venv"]),
    ),
    (OFFICIAL, &["ruby"], Known::Packages(&["ruby-full"])),
    (OFFICIAL, &["go"], Known::Packages(&["golang-go"])),
    (
        OFFICIAL,
        &["java"],
        Known::Packages(&["default-jdk-headless"]),
    ),
    (
        OFFICIAL,
        &["php"],
        Known::Packages(&["composer", "php-cli"]),
    ),
    (
        OFFICIAL,
        &["rust"],
        Known::Packages(&["cargo", "rust-clippy", "rustc", "rustfmt"]),
    ),
    (
        OFFICIAL,
        &[
            "docker-in-docker",
            "docker-outside-of-docker",
            "docker-from-docker",
        ],
        Known::Needless("a session has no container engine"),
    ),
    (
        OFFICIAL,
        &["sshd", "desktop-lite"],
        Known::Needless("nobody logs in to a session"),
    ),
    (RAILS, &["activestorage"], Known::Packages(&["libvips"])),
    (RAILS, &["sqlite3"], Known::Packages(&["sqlite3"])),
    (
        RAILS,
        &["postgres-client"],
        Known::Packages(&["libpq-dev", "postgresql-client"]),
    ),
    (
        RAILS,
        &["mysql-client"],
        Known::Packages(&["default-libmysqlclient-dev", "default-mysql-client"]),
    ),
    (ROCKER, &["apt-packages"], Known::ItsPackages),
];

const OFFICIAL: &str = "ghcr.io/devcontainers/features/";
const RAILS: &str = "ghcr.io/rails/devcontainer/features/";
const ROCKER: &str = "ghcr.io/rocker-org/devcontainer-features/";

/// The features of a `devcontainer.json`.
pub(super) struct Features<'a>(Vec<Feature<'a>>);

struct Feature<'a> {
    id: &'a str,
    options: &'a Value,
}

impl<'a> Features<'a> {
    pub(super) fn of(root: &'a Map<String, Value>) -> Self {
        let Some(Value::Object(features)) = root.get(KEY) else {
            return Self(Vec::new());
        };
        let wanted = features
            .iter()
            .filter(|(_, options)| !matches!(options, Value::Null | Value::Bool(false)));
        let listed = wanted.take(MOST);
        Self(
            listed
                .map(|(id, options)| Feature { id, options })
                .collect(),
        )
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds one instruction for all that are known, and a comment for each other one, which is listed, too.
    pub(super) fn write(&self, text: &mut String, left_out: &mut LeftOutList) {
        let mut packages = BTreeSet::new();
        let (mut known, mut others) = (String::new(), String::new());
        for feature in &self.0 {
            let shown = printable::field(&short(feature.id)).into_owned();
            match feature.packages() {
                Ok(its) => {
                    packages.extend(its);
                    let version = match feature.version() {
                        Some(version) => format!(" (asks for version {version})"),
                        None => String::new(),
                    };
                    known.push_str(&format!("# - {shown}{version}\n"));
                }
                Err(why) => {
                    others.push_str(&format!("# - {shown}: {why}\n"));
                    left_out.add(&format!("{KEY}: {}", feature.id), why);
                }
            }
        }
        if !packages.is_empty() {
            let packages: Vec<String> = packages.into_iter().collect();
            text.push_str(&format!(
                "\n# For these features, packages of Debian and Ubuntu, in the versions that those have:\n\
                 {known}\
                 RUN apt-get update && apt-get install --yes --no-install-recommends {} && rm -rf /var/lib/apt/lists/*\n",
                packages.join(" ")
            ));
        }
        if !others.is_empty() {
            text.push_str(&format!("\n# Not for these features:\n{others}"));
        }
    }
}

impl Feature<'_> {
    /// The packages that bring what it brings.
    fn packages(&self) -> Result<Vec<String>, &'static str> {
        let unknown = "what it installs is not known; its lines go here";
        if self.id.starts_with(['.', '/']) {
            return Err("it is the project's own; what its install.sh does goes here");
        }
        let name = self.id.split_once('@').map_or(self.id, |(name, _)| name);
        let name = match name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => name,
            _ => name,
        };
        let is_it = |(place, names, _): &&(&str, &[&str], Known)| {
            let name = name.strip_prefix(place);
            name.is_some_and(|name| names.contains(&name))
        };
        match KNOWN.iter().find(is_it).map(|&(.., known)| known) {
            Some(Known::Packages(packages)) => {
                Ok(packages.iter().map(ToString::to_string).collect())
            }
            Some(Known::Needless(why)) => Err(why),
            Some(Known::ItsPackages) => {
                let listed = self.options.get("packages").and_then(Value::as_str);
                let listed = listed.ok_or(unknown)?.split([',', ' ']);
                let listed: Vec<&str> = listed.filter(|name| !name.is_empty()).collect();
                match !listed.is_empty() && listed.iter().all(|name| is_package(name)) {
                    true => Ok(listed.into_iter().map(str::to_owned).collect()),
                    false => Err(unknown),
                }
            }
            None => Err(unknown),
        }
    }

    /// A version that it is asked for and that packages may not have.
    fn version(&self) -> Option<String> {
        let version = match self.options {
            Value::Object(options) => plain_value(options.get("version")?)?,
            Value::String(version) => version.clone(),
            _ => return None,
        };
        let is_any = matches!(
            version.as_str(),
            "" | "latest" | "lts" | "os-provided" | "system" | "stable" | "none" | "true"
        );
        (!is_any).then(|| printable::field(&short(&version)).into_owned())
    }
}

/// The names that Debian allows, with a version.
fn is_package(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.=:~".contains(&byte);
    text.starts_with(|first: char| first.is_ascii_alphanumeric()) && text.bytes().all(is_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> (String, Vec<String>) {
        let root: Map<String, Value> = serde_json::from_str(json).unwrap();
        let (mut text, mut left_out) = (String::new(), LeftOutList::default());
        Features::of(&root).write(&mut text, &mut left_out);
        let left_out = left_out.done().into_iter();
        let left_out = left_out.map(|left_out| format!("{}: {}", left_out.name, left_out.why));
        (text, left_out.collect())
    }

    #[test]
    fn known_and_unknown_ones() {
        let (text, left_out) = of(r#"{"features": {
            "ghcr.io/devcontainers/features/node:1": { "version": "20" },
            "ghcr.io/devcontainers/features/git@sha256:abc": "latest",
            "ghcr.io/devcontainers/features/github-cli": true,
            "ghcr.io/devcontainers/features/go:1": false,
            "ghcr.io/devcontainers/features/docker-in-docker:2": {},
            "ghcr.io/rails/devcontainer/features/postgres-client": {},
            "ghcr.io/rocker-org/devcontainer-features/apt-packages:1": { "packages": "vim, tmux,jq=1.7-1" },
            "ghcr.io/acme/features/node:1": {},
            "./local": {}
        }}"#);
        insta::assert_snapshot!(text);
        insta::assert_snapshot!(left_out.join("\n"), @r"
        features: ./local: it is the project's own; what its install.sh does goes here
        features: ghcr.io/acme/features/node:1: what it installs is not known; its lines go here
        features: ghcr.io/devcontainers/features/docker-in-docker:2: a session has no container engine
        ");
    }

    #[test]
    fn nothing_gets_out_of_its_line() {
        for packages in [
            "x; evil",
            "x\nRUN evil",
            "$(evil)",
            "--yes",
            "-o=Evil",
            "x&&evil",
            "",
        ] {
            let options = serde_json::json!({ "packages": packages });
            let feature = Feature {
                id: "ghcr.io/rocker-org/devcontainer-features/apt-packages:1",
                options: &options,
            };
            assert!(feature.packages().is_err(), "{packages}");
        }
        let (text, _) = of(r#"{"features": {
            "ghcr.io/devcontainers/features/node:1\nRUN evil": { "version": "20\nRUN evil" },
            "ghcr.io/devcontainers/features/node:1": { "version": "20\nRUN evil" }
        }}"#);
        let instructions = text.lines().filter(|line| line.starts_with("RUN "));
        assert_eq!(instructions.count(), 1, "{text}");
        assert!(!text.contains("\nRUN evil"), "{text}");
    }

    #[test]
    fn none_is_none() {
        for json in ["{}", r#"{"features": []}"#, r#"{"features": {"x": false}}"#] {
            let root: Map<String, Value> = serde_json::from_str(json).unwrap();
            assert!(Features::of(&root).is_empty(), "{json}");
        }
    }
}
