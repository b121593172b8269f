//! The host's entries that sessions of a project do not get, in a file that no container sees.
//!
//! They are kept, since a session may have refreshed one: then the host's own is worth nothing any
//! more, and this is the only one that is.

use std::io;

use camino::Utf8Path;

use super::{
    entries::{CredentialFile, Entries, fingerprint},
    in_place_file::read_limited,
    ledger::Ledger,
    reach::Reach,
};
use crate::disk::write_atomically;

/// A missing or damaged file has none: they come from the host again.
pub(super) fn read(path: &Utf8Path) -> Entries {
    read_limited(path)
        .ok()
        .and_then(|content| Entries::parse(&content).ok())
        .unwrap_or_default()
}

pub(super) fn write(path: &Utf8Path, entries: &Entries) -> io::Result<()> {
    write_atomically(path, &entries.render(), 0o600)
}

/// What sessions get and what they do not, of all entries that there are. What a session has made
/// itself stays its own, whatever the provider.
pub(super) fn split(
    all: Entries,
    file: CredentialFile,
    ledger: &Ledger,
    reach: &Reach,
) -> (Entries, Entries) {
    let (mut within, mut withheld) = (Entries::default(), Entries::default());
    for (name, entry) in all.0 {
        let is_the_hosts = ledger.0.get(&name).is_some_and(|imported| {
            imported.fingerprint == fingerprint(&entry)
                || (imported.refreshable && file.expires(&entry).is_some())
        });
        if is_the_hosts && !reach.has_entry(file, &name, &entry) {
            withheld.0.insert(name, entry);
        } else {
            within.0.insert(name, entry);
        }
    }
    (within, withheld)
}
