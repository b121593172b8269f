//! Whether what is published builds with the oldest Rust that the manifests name. clippy knows what of
//! the standard library is newer, but nothing of the language, and nothing of dependencies.

use std::process::{Command, Stdio};

use crate::{
    metadata::{self, Package},
    step::{self, Outcome, say, workspace},
};

/// Checks the packages with that version. Where rustup does not have it, that is left out, and said.
pub(crate) fn check() -> Outcome {
    let packages = metadata::own()?;
    let version = oldest(&packages)?;
    if !has_toolchain(version) {
        say(&format!(
            "whether all builds with Rust {version} is not checked; `rustup toolchain install {version} --profile minimal` makes that possible"
        ));
        return Ok(());
    }
    let mut command = Command::new("rustup");
    command
        .args(["run", version, "cargo", "check", "--locked"])
        .current_dir(workspace())
        // Beside what the other version has made, or each would make the other's anew.
        .env(
            "CARGO_TARGET_DIR",
            metadata::target_directory()?.join("oldest-rust"),
        );
    for package in published(&packages) {
        command.args(["--package", &package.name]);
    }
    step::run(&mut command)
}

fn published(packages: &[Package]) -> impl Iterator<Item = &Package> {
    packages.iter().filter(|package| package.is_published())
}

/// The version that all published packages name.
fn oldest(packages: &[Package]) -> Outcome<&str> {
    let mut versions: Vec<&str> = published(packages)
        .filter_map(|package| package.rust_version.as_deref())
        .collect();
    versions.dedup();
    match versions[..] {
        [version] => Ok(version),
        _ => Err(format!(
            "the published packages have not one rust-version: {versions:?}"
        )),
    }
}

fn has_toolchain(version: &str) -> bool {
    Command::new("rustup")
        .args(["run", version, "rustc", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_for_all_that_is_published() {
        let package = |version: &str, publish: Option<Vec<String>>| Package {
            rust_version: Some(version.to_owned()),
            publish,
            ..Package::default()
        };
        let same = [package("1.89", None), package("1.89", None)];
        assert_eq!(oldest(&same), Ok("1.89"));
        // What stays here may need a newer one.
        let own = [package("1.89", None), package("1.95", Some(vec![]))];
        assert_eq!(oldest(&own), Ok("1.89"));
        let mixed = [package("1.89", None), package("1.90", None)];
        assert!(oldest(&mixed).is_err());
        assert!(oldest(&[]).is_err());
    }
}
