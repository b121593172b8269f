//! Podman of an ordinary user's. There is no daemon: the harness makes a storage for the run.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
};

use ocx_tests::account::Account;

use super::packages;
use crate::step::{Outcome, run};

/// What is looked for, and Debian's packages that bring it.
const PACKAGES: &[(&str, &str)] = &[
    ("podman", "podman"),
    ("newuidmap", "uidmap"),
    ("slirp4netns", "slirp4netns"),
];

/// What a machine without a service manager needs, too, or Debian keeps apart from Podman.
const PACKAGES_FOR_ROOT: &[(&str, &str)] = &[
    ("runc", "runc"),
    ("fuse-overlayfs", "fuse-overlayfs"),
    ("catatonit", "catatonit"),
    ("/usr/lib/podman/netavark", "netavark"),
    ("/usr/lib/podman/aardvark-dns", "aardvark-dns"),
];

/// Installs what is missing.
pub(super) fn prepare() -> Outcome {
    if !packages::is_root() {
        return packages::install_missing(PACKAGES)
            .map_err(|error| format!("{error}\nor choose other engines by `--engine`"));
    }
    packages::install_missing(&[PACKAGES, PACKAGES_FOR_ROOT].concat())?;
    let_users_make_namespaces()
}

/// Lets the account that root runs the tests as have other IDs, mount overlays and make networks.
pub(super) fn let_users_make_namespaces() -> Outcome {
    let account = Account::ordinary();
    for (file, flag) in [
        ("/etc/subuid", "--add-subuids"),
        ("/etc/subgid", "--add-subgids"),
    ] {
        let listed = fs::read_to_string(file).unwrap_or_default();
        let name = account.name();
        if !listed
            .lines()
            .any(|line| line.starts_with(&format!("{name}:")))
        {
            // Behind all ranges that are there.
            let start = listed
                .lines()
                .filter_map(end_of_range)
                .max()
                .unwrap_or(100_000);
            let range = format!("{start}-{}", start + 65_535);
            run(Command::new("usermod").args([flag, &range, &name]))?;
        }
    }
    for device in ["/dev/fuse", "/dev/net/tun"] {
        if Path::new(device).exists() {
            fs::set_permissions(device, Permissions::from_mode(0o666))
                .map_err(|error| format!("{device}: {error}"))?;
        }
    }
    Ok(())
}

fn end_of_range(line: &str) -> Option<u32> {
    let mut fields = line
        .split(':')
        .skip(1)
        .map(|field| field.parse::<u32>().ok());
    fields.next()??.checked_add(fields.next()??)
}
