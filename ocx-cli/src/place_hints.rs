//! What the place of a project has to do with a container that does not start.

use camino::Utf8Path;
use rustix::fs::statfs;

/// <https://man7.org/linux/man-pages/man2/statfs.2.html>
const FUSE: i64 = 0x6573_5546;
const NFS: i64 = 0x6969;

/// Hints for an engine that could not start a session's container on this directory. (Its words are its own; what
/// kind of file system it is, the kernel tells.)
pub(crate) fn of(directory: &Utf8Path) -> Vec<String> {
    #[expect(
        clippy::unnecessary_cast,
        reason = "its width is not the same on all machines"
    )]
    let kind = statfs(directory.as_std_path()).map(|found| found.f_type as i64);
    kind.ok().and_then(of_kind).into_iter().collect()
}

fn of_kind(kind: i64) -> Option<String> {
    let hint = match kind {
        FUSE => {
            "this directory is on a FUSE file system, which nobody but its user may enter, an engine that runs as root least of all: mount it with the option `allow_other`, or use rootless Podman"
        }
        NFS => {
            "this directory is on NFS, whose server may let in neither this machine's root (`root_squash`) nor other user IDs: if that is what the engine says, keep the project on a local disk"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_is_named_that_lets_few_in() {
        assert!(of_kind(FUSE).is_some_and(|hint| hint.contains("allow_other")));
        assert!(of_kind(NFS).is_some_and(|hint| hint.contains("root_squash")));
        // ext4, and what is not there.
        assert_eq!(of_kind(0xEF53), None);
        assert_eq!(of("/proc".into()), Vec::<String>::new());
        assert_eq!(of("/nonexistent".into()), Vec::<String>::new());
    }
}
