//! The container that this process runs in: its files are elsewhere, or nowhere, for an engine outside of it.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

/// Files by which Docker, and Podman, mark their containers.
const MARKS: [&str; 2] = ["/.dockerenv", "/run/.containerenv"];

/// <https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html>
const MOUNTS: &str = "/proc/self/mountinfo";

/// The container that this process runs in, by what is mounted in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnContainer {
    mounts: Vec<Mounted>,
}

/// A mount, as the kernel tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mounted {
    /// What is mounted, from the root of its file system.
    what: Utf8PathBuf,
    /// Where it is mounted.
    target: Utf8PathBuf,
}

impl OwnContainer {
    /// The container of this process, if it runs in one of Docker's or Podman's.
    pub(super) fn of_this_process() -> Option<Self> {
        let is_in_one = MARKS.iter().any(|mark| Utf8Path::new(mark).exists());
        let mounts = is_in_one.then(|| fs::read(MOUNTS).ok()).flatten()?;
        Some(Self::with_mounts(&String::from_utf8_lossy(&mounts)))
    }

    /// A container in which `/proc/self/mountinfo` has this text.
    ///
    /// # Examples
    ///
    /// ```
    /// use ocx_core::host::OwnContainer;
    ///
    /// let container = OwnContainer::with_mounts("9 1 8:1 /home/jane/app /workspace rw - ext4 /dev/sda1 rw\n");
    /// assert!(!container.may_share("/workspace".into()));
    /// ```
    #[must_use]
    pub fn with_mounts(mountinfo: &str) -> Self {
        let mounts = mountinfo.lines().filter_map(|line| {
            let mut words = line.split(' ').skip(3);
            Some(Mounted {
                what: unescaped(words.next()?).into(),
                target: unescaped(words.next()?).into(),
            })
        });
        Self {
            mounts: mounts.collect(),
        }
    }

    /// Whether a process outside of the container may find at `path` what is there inside. It certainly does not
    /// where the path is on the container's own root, and where a directory with another name is mounted. (What
    /// is told of the mounts has no more: whether the directories above are the same, and the names of
    /// subvolumes, only the machine outside knows.)
    #[must_use]
    pub fn may_share(&self, path: &Utf8Path) -> bool {
        // The last one covers those before it.
        let covering = self
            .mounts
            .iter()
            .filter(|mount| path.starts_with(&mount.target));
        let Some(mount) = covering.max_by_key(|mount| mount.target.components().count()) else {
            return false;
        };
        if mount.target == "/" {
            return false;
        }
        mount.what == "/" || mount.what.file_name() == mount.target.file_name()
    }
}

/// Spaces and the like are written as `\040`.
fn unescaped(word: &str) -> String {
    let mut parts = word.split('\\');
    let mut text = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        match part.get(..3).map(|digits| u8::from_str_radix(digits, 8)) {
            Some(Ok(byte)) => {
                text.push(byte);
                text.extend(part[3..].bytes());
            }
            _ => {
                text.push(b'\\');
                text.extend(part.bytes());
            }
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As in a container of Docker's, with a directory at another place, one at its own, a disk of its own, a
    /// volume, and a name with a space.
    const TABLE: &str = "\
1 0 0:50 / / rw,relatime - overlay overlay rw,lowerdir=/a
2 1 0:52 / /proc rw - proc proc rw
3 1 8:1 /home/jane/app /workspace rw,relatime - ext4 /dev/sda1 rw
4 1 8:1 /home/jane/lib /home/jane/lib rw - ext4 /dev/sda1 rw
5 1 8:2 / /data rw - xfs /dev/sdb1 rw
6 1 8:1 /var/lib/docker/volumes/state/_data /root/.local rw - ext4 /dev/sda1 rw
7 1 8:1 /home/jane/my\\040work /home/jane/my\\040work rw - ext4 /dev/sda1 rw
8 1 0:60 /@home/jane/sub /home/jane/sub rw - btrfs /dev/sdc1 rw
9 4 8:1 /elsewhere /home/jane/lib/vendor rw - ext4 /dev/sda1 rw
";

    #[test]
    fn what_is_at_another_place_outside() {
        let container = OwnContainer::with_mounts(TABLE);
        for (path, shared) in [
            ("/home/jane/lib", true),
            ("/home/jane/lib/src", true),
            ("/home/jane/lib/vendor", false),
            ("/data/app", true),
            ("/home/jane/my work/app", true),
            ("/home/jane/sub", true),
            ("/workspace", false),
            ("/workspace/src", false),
            ("/workspace2", false),
            ("/root/.local/state/ocx", false),
            ("/home/jane/library", false),
        ] {
            assert_eq!(container.may_share(path.into()), shared, "{path}");
        }
    }

    #[test]
    fn lines_that_are_none_are_passed_over() {
        let container = OwnContainer::with_mounts("\n1 2\nx y z /a\\04 /b\\\\\n");
        assert!(!container.may_share("/a".into()));
    }
}
