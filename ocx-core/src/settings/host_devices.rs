//! Devices of the host that no session gets, whoever asks: with them it would have the machine.

use std::{fs, os::unix::fs::FileTypeExt as _};

use camino::Utf8Path;

/// Below `/dev`: the kernel's memory and log, disks as anything but disks, terminals of other programs,
/// and what is no device.
const REFUSED: [&str; 19] = [
    "block",
    "bsg",
    "btrfs-control",
    "console",
    "core",
    "cpu",
    "disk",
    "hugepages",
    "kmem",
    "kmsg",
    "loop-control",
    "mapper",
    "mem",
    "mqueue",
    "port",
    "ptmx",
    "pts",
    "raw",
    "shm",
];

/// Names that begin like these and go on with a number are further ways to disks.
const NUMBERED: [&str; 3] = ["loop", "nvme", "sg"];

/// A directory in which more lies is none of devices.
const MOST_ENTRIES: usize = 2000;

/// Why no session gets the device, or the devices in the directory; `None` if one may be given it. The
/// text is a clause. What is not there is a matter of the engine.
pub(super) fn refused(path: &Utf8Path) -> Option<&'static str> {
    const WHOLE_MACHINE: &str = "with that one a session would have the whole machine";
    let canonical = path.canonicalize_utf8();
    let leads_to = canonical.as_deref().unwrap_or(path);
    if !leads_to.starts_with("/dev") {
        return Some("that one leads out of `/dev`");
    }
    if [path, leads_to].into_iter().any(is_refused_by_name) {
        return Some(WHOLE_MACHINE);
    }
    let kind = fs::metadata(leads_to).ok()?.file_type();
    if kind.is_block_device() {
        Some("that one is a disk")
    } else if kind.is_dir() {
        holds_disks(leads_to).then_some("disks are in that directory, or too much to tell")
    } else {
        (!kind.is_char_device()).then_some("that one is no device")
    }
}

fn is_refused_by_name(path: &Utf8Path) -> bool {
    let Some(name) = path
        .strip_prefix("/dev")
        .ok()
        .and_then(|path| path.components().next())
    else {
        return true;
    };
    let name = name.as_str();
    let is_numbered = |prefix: &&str| {
        name.strip_prefix(*prefix)
            .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
    };
    REFUSED.contains(&name) || NUMBERED.iter().any(is_numbered)
}

/// Links are not followed: engines take no notice of those in a directory.
fn holds_disks(directory: &Utf8Path) -> bool {
    let mut waiting = vec![directory.to_owned()];
    let mut looked_at = 0;
    while let Some(directory) = waiting.pop() {
        let Ok(entries) = fs::read_dir(&directory) else {
            return true;
        };
        for entry in entries.flatten() {
            looked_at += 1;
            let (Ok(kind), Some(name)) = (
                entry.file_type(),
                entry.file_name().to_str().map(str::to_owned),
            ) else {
                return true;
            };
            if kind.is_block_device() || looked_at > MOST_ENTRIES {
                return true;
            }
            if kind.is_dir() {
                waiting.push(directory.join(name));
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_that_give_the_machine_away_are_refused() {
        for path in [
            "/dev",
            "/dev/mem",
            "/dev/kmsg",
            "/dev/port",
            "/dev/kmem",
            "/dev/sg0",
            "/dev/nvme0n1",
            "/dev/loop7",
            "/dev/loop-control",
            "/dev/mapper/control",
            "/dev/cpu/0/msr",
            "/dev/disk/by-id",
            "/dev/pts/0",
            "/dev/shm",
        ] {
            assert!(refused(path.into()).is_some(), "{path}");
        }
    }

    #[test]
    fn others_are_not_and_neither_is_what_is_not_there() {
        for path in [
            "/dev/null",
            "/dev/zero",
            "/dev/none-of-this-name",
            "/dev/sgx_enclave",
            "/dev/loopback",
        ] {
            assert_eq!(refused(path.into()), None, "{path}");
        }
    }

    #[test]
    fn links_count_for_what_they_lead_to() {
        // To `/proc/self/fd`.
        assert_eq!(
            refused("/dev/fd".into()),
            Some("that one leads out of `/dev`")
        );
    }
}
