//! Installing Debian's packages.

use std::process::{Command, Stdio};

use ocx_tests::{account::Account, sandbox::find_program};

use crate::step::{Outcome, run, say};

/// Installs the packages whose program is missing; pairs of a program, or a path, and its package.
pub(super) fn install_missing(wanted: &[(&str, &str)]) -> Outcome {
    let missing: Vec<&str> = wanted
        .iter()
        .filter(|(program, _)| find_program(program).is_none())
        .map(|(_, package)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let line = format!(
        "apt-get install --yes --no-install-recommends {}",
        missing.join(" ")
    );
    if find_program("apt-get").is_none() {
        return Err(format!(
            "these packages of Debian's, or what your system calls them, are needed: {}",
            missing.join(", ")
        ));
    }
    let prefix: &[&str] = if is_root() {
        &[]
    } else if may_sudo() {
        &["sudo", "--non-interactive"]
    } else {
        return Err(format!("a package is missing; run\n    sudo {line}"));
    };
    say(&format!("installing {}", missing.join(", ")));
    let apt = |args: &[&str]| {
        let words: Vec<&str> = prefix
            .iter()
            .chain(&["apt-get", "--quiet=2"])
            .copied()
            .collect();
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .args(args)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(Stdio::null());
        run(&mut command)
    };
    apt(&["update"])?;
    let mut args = vec!["install", "--yes", "--no-install-recommends"];
    args.extend(missing);
    apt(&args)
}

/// Whether this process is root's.
pub(super) fn is_root() -> bool {
    Account::root().is_some()
}

fn may_sudo() -> bool {
    Command::new("sudo")
        .args(["--non-interactive", "true"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
