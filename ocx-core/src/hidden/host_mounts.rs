//! Mounts of the host below what a session sees.
//!
//! Engines take them along, and one of them may show a hidden file or directory once more
//! (`mount --bind secrets public`). The kernel's table tells which part of which file system each mount
//! shows, proc(5).

use camino::{Utf8Path, Utf8PathBuf};

use super::{Views, mount_table::MountTable, search::Items};

/// Adds the places where mounts of the host show something hidden once more.
pub(super) fn add(items: &mut Items, views: &Views) {
    let Ok(table) = MountTable::of_this_process() else {
        return;
    };
    let sources: Vec<&Utf8Path> = views.sources().collect();
    let more: Vec<Utf8PathBuf> = items
        .keys()
        .flat_map(|path| shown_again(path, &table, &sources))
        .collect();
    for path in more {
        if let Ok(metadata) = path.symlink_metadata() {
            items.insert(path, metadata);
        }
    }
}

/// The other paths of `path`, or of what is in it, below `sources`.
fn shown_again(path: &Utf8Path, table: &MountTable, sources: &[&Utf8Path]) -> Vec<Utf8PathBuf> {
    let Some(own) = table.holding(path) else {
        return Vec::new();
    };
    let Ok(rest) = path.strip_prefix(&own.at) else {
        return Vec::new();
    };
    let in_file_system = joined(&own.root, rest);
    table
        .mounts()
        .filter(|mount| mount.device == own.device)
        .filter(|mount| {
            let is_below = |source: &&Utf8Path| mount.at.starts_with(source) && mount.at != *source;
            sources.iter().any(is_below)
        })
        .filter_map(|mount| {
            if let Ok(rest) = in_file_system.strip_prefix(&mount.root) {
                return Some(joined(&mount.at, rest));
            }
            // It shows a part of what is hidden.
            let is_part = mount.root.starts_with(&in_file_system);
            is_part.then(|| mount.at.clone())
        })
        .filter(|again| again != path && !again.starts_with(path))
        .collect()
}

fn joined(path: &Utf8Path, rest: &Utf8Path) -> Utf8PathBuf {
    if rest == "" {
        path.to_owned()
    } else {
        path.join(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_once_more() {
        let table = MountTable::read(
            b"1 0 8:1 / / rw - ext4 /dev/sda1 rw\n\
            2 1 8:2 /home /home rw - ext4 /dev/sda2 rw\n\
            3 2 8:2 /home/w/secrets /home/w/public rw - ext4 /dev/sda2 rw\n\
            4 2 8:2 /home/w/secrets/deep /home/w/deep rw - ext4 /dev/sda2 rw\n\
            5 2 8:2 /home/w /home/w/all\\040again rw - ext4 /dev/sda2 rw\n\
            6 2 8:1 /home/w/secrets /home/w/of-another-disk rw - ext4 /dev/sda1 rw\n\
            7 1 8:2 /home/w/secrets /mnt/not-seen rw - ext4 /dev/sda2 rw\n",
        );
        let again = |path: &str| -> Vec<String> {
            let found = shown_again(path.into(), &table, &["/home/w".into()]).into_iter();
            found.map(Utf8PathBuf::into_string).collect()
        };
        assert_eq!(
            again("/home/w/secrets"),
            [
                "/home/w/public",
                "/home/w/deep",
                "/home/w/all again/secrets"
            ]
        );
        assert_eq!(
            again("/home/w/secrets/key"),
            ["/home/w/public/key", "/home/w/all again/secrets/key"]
        );
        assert_eq!(again("/home/w/.env"), ["/home/w/all again/.env"]);
        assert_eq!(
            again("/mnt/not-seen"),
            [
                "/home/w/public",
                "/home/w/deep",
                "/home/w/all again/secrets"
            ]
        );
    }
}
