//! A bounded walk through a directory that the agent writes to.

use std::{fs, os::unix::ffi::OsStrExt as _};

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use super::{Fingerprint, Stamp, fingerprint, ignore_file::IgnoreFile};

/// So many files and directories have a fingerprint of their own; the others are told together.
const MOST_ENTRIES: usize = 20_000;
/// So many are looked at. With more, nobody can say that nothing has changed.
const MOST_LOOKED_AT: usize = 200_000;
/// A larger ignore file is none.
const LONGEST_IGNORE_FILE: u64 = 1024 * 1024;

/// Calls `found` for what lies in `directory`, in a fixed order, less what `ignore` leaves
/// out. Links are not followed. What is not told one by one comes back as one fingerprint.
pub(super) fn walk(
    directory: &Utf8Path,
    ignore: IgnoreFile,
    found: &mut dyn FnMut(&Utf8Path, &fs::Metadata),
) -> Option<Fingerprint> {
    let mut walk = Walk {
        top: directory,
        ignore,
        looked_at: 0,
        crowd: None,
        endless: false,
        found,
    };
    walk.enter(directory);
    walk.crowd.map(|crowd| Fingerprint::Crowd {
        sha256: hex::encode(crowd.finalize()),
        endless: walk.endless,
    })
}

/// What these ignore files surely leave out. Builders differ in which of several they follow.
pub(super) fn ignored(files: &[Utf8PathBuf]) -> IgnoreFile {
    let present: Vec<&Utf8PathBuf> = files
        .iter()
        .filter(|file| file.symlink_metadata().is_ok())
        .collect();
    match present[..] {
        [file] if file.file_name() == Some(".dockerignore") => {
            fingerprint::text(file, LONGEST_IGNORE_FILE)
                .map(|text| IgnoreFile::parse(&text))
                .unwrap_or_default()
        }
        _ => IgnoreFile::default(),
    }
}

struct Walk<'a> {
    top: &'a Utf8Path,
    ignore: IgnoreFile,
    looked_at: usize,
    crowd: Option<Sha256>,
    endless: bool,
    found: &'a mut dyn FnMut(&Utf8Path, &fs::Metadata),
}

impl Walk<'_> {
    fn enter(&mut self, top: &Utf8Path) {
        // Not by recursion: the agent decides how deep directories are.
        let mut waiting = vec![top.to_owned()];
        while let Some(directory) = waiting.pop() {
            let Ok(entries) = fs::read_dir(&directory) else {
                continue;
            };
            let mut entries: Vec<_> = entries.flatten().take(MOST_LOOKED_AT).collect();
            entries.sort_by_key(fs::DirEntry::file_name);
            for entry in entries {
                if self.looked_at >= MOST_LOOKED_AT {
                    self.endless = true;
                    self.crowd.get_or_insert_with(Sha256::new);
                    return;
                }
                let name = entry.file_name();
                let path = name.to_str().map(|name| directory.join(name));
                let relative = path
                    .as_deref()
                    .and_then(|path| path.strip_prefix(self.top).ok());
                if relative.is_some_and(|path| self.ignore.leaves_out(path)) {
                    continue;
                }
                let Ok(metadata) = entry.metadata() else {
                    continue;
                };
                self.looked_at += 1;
                match &path {
                    Some(path) if self.looked_at <= MOST_ENTRIES => (self.found)(path, &metadata),
                    _ => self.join_the_crowd(&directory, name.as_bytes(), &metadata),
                }
                if metadata.is_dir() {
                    // A directory whose name is no text is looked into by nobody, so it is told apart
                    // by its own times only.
                    waiting.extend(path);
                }
            }
        }
    }

    fn join_the_crowd(&mut self, directory: &Utf8Path, name: &[u8], metadata: &fs::Metadata) {
        // Directories get other times by what is done in them, and what is in them counts itself.
        let stamp = (!metadata.is_dir()).then(|| Stamp::of(metadata));
        let line = format!("{directory}\0{}\0{stamp:?}\n", hex::encode(name));
        self.crowd.get_or_insert_with(Sha256::new).update(line);
        if metadata.is_dir() && std::str::from_utf8(name).is_err() {
            self.endless = true;
        }
    }
}
