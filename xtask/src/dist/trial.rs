//! A package is installed, used and removed, in a Debian of its own.

use std::{fs, process::Command};

use camino::{Utf8Path, Utf8PathBuf};
use ocx_tests::sandbox::find_program;

use super::{OCX, contents::files_of, root::Root};
use crate::step::{Outcome, read, say};

/// Where the package lies in the root.
const PACKAGE: &str = "tmp/ocx.deb";

/// Where its manual pages are.
const PAGES: &str = "usr/share/man/man1";

/// What loads the completions as `bash-completion` does, and shows what they are for.
const LOAD: &str = "source /usr/share/bash-completion/completions/ocx && complete -p ocx";

/// Tries a package out where that is possible, and else says why it is not.
pub(super) fn try_out(package: &Utf8Path, version: &str) -> Outcome {
    match Root::make() {
        Ok(root) => {
            install_and_remove(&root, package, version)?;
            say("the package installs, works, and leaves nothing when it is removed");
        }
        Err(reason) => say(&format!("the package is not tried out: {reason}")),
    }
    Ok(())
}

/// Whatever is wrong with the package is an error.
fn install_and_remove(root: &Root, package: &Utf8Path, version: &str) -> Outcome {
    let place = root.path().join(PACKAGE);
    fs::copy(package, &place).map_err(|error| format!("{place}: {error}"))?;
    let before = root.paths()?;
    root.run(&["dpkg", "--force-unsafe-io", "--install", PACKAGE])?;
    use_it(root, version)?;
    root.run(&["dpkg", "--purge", OCX])?;
    let after = root.paths()?;
    let differing: Vec<Utf8PathBuf> = before.symmetric_difference(&after).cloned().collect();
    if !differing.is_empty() {
        return Err(format!("removing the package leaves {differing:?}"));
    }
    Ok(())
}

fn use_it(root: &Root, version: &str) -> Outcome {
    let verified = root.ask(&["dpkg", "--verify", OCX])?;
    let said = String::from_utf8_lossy(&verified.stdout);
    if !verified.status.success() || !said.is_empty() {
        return Err(format!("what is installed is not what was packed: {said}"));
    }
    expect(
        "ocx --version",
        &root.run(&[OCX, "--version"])?,
        &format!("{OCX} {version}\n"),
    )?;
    let printed = root.run(&[OCX, "completions", "bash"])?;
    let installed = root.run(&["cat", "/usr/share/bash-completion/completions/ocx"])?;
    expect("the installed completions", &installed, &printed)?;
    let loaded = root.run(&["bash", "-c", LOAD])?;
    if !loaded.contains(OCX) {
        return Err(format!("bash has no completions for {OCX}: {loaded}"));
    }
    pages(root)
}

/// Lets this machine's reader show each page, since a minimal Debian has none.
fn pages(root: &Root) -> Outcome {
    let pages: Vec<Utf8PathBuf> = files_of(&root.path().join(PAGES))?
        .into_iter()
        .filter(|path| path.file_name().is_some_and(|name| name.starts_with(OCX)))
        .collect();
    if pages.is_empty() {
        return Err(format!("there are no manual pages in {PAGES}"));
    }
    let Some(reader) = find_program("man") else {
        say("the manual pages are not read: there is no man");
        return Ok(());
    };
    for page in pages {
        let mut command = Command::new(&reader);
        command
            .args(["--warnings", "--local-file", page.as_str()])
            .env("LC_ALL", "C.UTF-8")
            .env("MANPAGER", "cat");
        let text = read(&mut command)?;
        let name = page.file_name().unwrap_or_default();
        if !text.contains("SYNOPSIS") {
            return Err(format!("{name} has no synopsis: {text}"));
        }
    }
    Ok(())
}

fn expect(what: &str, found: &str, expected: &str) -> Outcome {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what}: {found:?} instead of {expected:?}"))
}

#[cfg(test)]
mod tests {
    use ocx_tests::{binaries::Binary, engine::REQUIRED};

    use super::*;
    use crate::dist::{
        contents::Contents,
        debian::{self, Compression},
        moment::Moment,
    };

    /// What the tests make of everything but the release build.
    fn package(contents: &Contents, directory: &Utf8Path) -> Utf8PathBuf {
        let binary = Binary::Ocx.built();
        let version = env!("CARGO_PKG_VERSION");
        let (moment, compression) = (Moment(1_700_000_000), Compression::None);
        debian::pack(contents, &binary, version, moment, compression, directory)
            .unwrap()
            .path
    }

    #[test]
    fn the_package_installs_works_and_leaves_nothing() {
        let root = match Root::make() {
            Ok(root) => root,
            Err(reason) => {
                assert!(std::env::var_os(REQUIRED).is_none(), "{reason}");
                eprintln!("skipped: {reason}");
                return;
            }
        };
        let scratch = tempfile::tempdir().unwrap();
        let scratch = Utf8Path::from_path(scratch.path()).unwrap();
        let contents = Contents::of(&Binary::Ocx.built()).unwrap();
        let made = package(&contents, scratch);
        let first = fs::read(&made).unwrap();
        assert!(
            first == fs::read(package(&contents, scratch)).unwrap(),
            "the same files made another package"
        );
        install_and_remove(&root, &made, env!("CARGO_PKG_VERSION")).unwrap();
        // It is told if something is wrong.
        let error = install_and_remove(&root, &made, "0.0.0").unwrap_err();
        assert!(error.starts_with("ocx --version: "), "{error}");
    }
}
