//! The release build of ocx, which asks for as little of its host's libc as this machine allows.
//!
//! A static glibc is no choice. It still loads the host's NSS modules, which are made for another
//! glibc: measured with 2.36, linked with `+crt-static`, `getpwuid` ended with SIGSEGV on Debian 12
//! itself where `passwd` in `nsswitch.conf` names `systemd`, and `getaddrinfo` with SIGFPE on
//! Debian 13 where `hosts` names `myhostname`, as desktops have it.

use std::{fmt, process::Command};

use camino::{Utf8Path, Utf8PathBuf};
use ocx_tests::sandbox::find_program;

use super::OCX;
use crate::{
    metadata,
    step::{self, Outcome, cargo, read, workspace},
};

/// The compiler with which what is in C gets into a binary with musl.
const MUSL_COMPILER: &str = "musl-gcc";

/// Cargo's variable for flags that may have blanks in them, which stand between them here.
const FLAGS: &str = "CARGO_ENCODED_RUSTFLAGS";
const BETWEEN_FLAGS: &str = "\x1f";

/// How the binary gets its libc.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Libc {
    /// It brings musl along, and runs on any Linux.
    Musl,
    /// It uses the host's glibc, which must not be much older than this machine's.
    Glibc,
}

impl Libc {
    /// The best that can be made with what this machine has.
    fn choose(has_target: bool, has_compiler: bool) -> Self {
        if has_target && has_compiler {
            Self::Musl
        } else {
            Self::Glibc
        }
    }

    fn target(self, machine: &str) -> String {
        match self {
            Self::Musl => format!("{machine}-unknown-linux-musl"),
            Self::Glibc => format!("{machine}-unknown-linux-gnu"),
        }
    }
}

impl fmt::Display for Libc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Musl => "a static binary with musl",
            Self::Glibc => {
                "a binary for the host's glibc (a static one needs `rustup target add` of the musl \
                 target and Debian's musl-tools)"
            }
        })
    }
}

/// What was built.
pub(super) struct Binary {
    pub(super) path: Utf8PathBuf,
    /// As Rust calls it, `x86_64-unknown-linux-gnu`.
    pub(super) target: String,
    pub(super) libc: Libc,
}

impl Binary {
    /// Builds ocx for this machine's processor.
    pub(super) fn build() -> Outcome<Self> {
        let machine = std::env::consts::ARCH;
        let sysroot = read(Command::new("rustc").args(["--print", "sysroot"]))?;
        let musl = Libc::Musl.target(machine);
        let has_target = Utf8Path::new(sysroot.trim())
            .join("lib/rustlib")
            .join(&musl)
            .join("lib")
            .is_dir();
        let libc = Libc::choose(has_target, find_program(MUSL_COMPILER).is_some());
        let target = libc.target(machine);
        let home = std::env::var("CARGO_HOME")
            .or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cargo")))
            .map_err(|_| "neither CARGO_HOME nor HOME is set".to_owned())?;
        let mut command = cargo(&["build", "--release", "--locked"]);
        command
            .args(["--package", OCX, "--bin", OCX, "--target", &target])
            .env(
                FLAGS,
                flags(workspace().as_str(), &home).join(BETWEEN_FLAGS),
            );
        step::run(&mut command)?;
        let path = metadata::target_directory()?
            .join(&target)
            .join("release")
            .join(OCX);
        Ok(Self { path, target, libc })
    }
}

/// Panics name source files: without the paths of whoever built it.
fn flags(workspace: &str, cargo_home: &str) -> Vec<String> {
    [(workspace, "/ocx"), (cargo_home, "/cargo")]
        .map(|(from, to)| format!("--remap-path-prefix={from}={to}"))
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn musl_needs_its_target_and_its_compiler() {
        assert_eq!(Libc::choose(true, true), Libc::Musl);
        assert_eq!(Libc::choose(true, false), Libc::Glibc);
        assert_eq!(Libc::choose(false, true), Libc::Glibc);
        assert_eq!(Libc::Musl.target("aarch64"), "aarch64-unknown-linux-musl");
    }

    #[test]
    fn no_path_of_the_builder_is_in_it() {
        assert_eq!(
            flags("/home/me/my ocx", "/home/me/.cargo"),
            [
                "--remap-path-prefix=/home/me/my ocx=/ocx",
                "--remap-path-prefix=/home/me/.cargo=/cargo"
            ]
        );
    }
}
