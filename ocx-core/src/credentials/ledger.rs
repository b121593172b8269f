//! Remembers what came from the host, in a file that no container sees.

use std::{collections::BTreeMap, io};

use camino::Utf8Path;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    entries::{CredentialFile, kind},
    in_place_file::read_limited,
};
use crate::disk::write_atomically;

/// What was imported, by fingerprint: no secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ledger(pub(super) BTreeMap<String, Imported>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Imported {
    pub(super) fingerprint: String,
    /// Whether a session may have refreshed it since.
    pub(super) refreshable: bool,
}

impl Ledger {
    /// A missing or damaged ledger is an empty one: every host entry then counts as new.
    pub(super) fn read(path: &Utf8Path) -> Self {
        read_limited(path)
            .ok()
            .and_then(|content| serde_json::from_slice(&content).ok())
            .unwrap_or_default()
    }

    pub(super) fn write(&self, path: &Utf8Path) -> io::Result<()> {
        let text = format!("{:#}\n", serde_json::json!(self));
        write_atomically(path, text.as_bytes(), 0o600)
    }

    pub(super) fn fingerprint(&self, provider: &str) -> Option<&String> {
        self.0.get(provider).map(|imported| &imported.fingerprint)
    }

    pub(super) fn remember(&mut self, provider: &str, entry: &Value, fingerprint: String) {
        let refreshable =
            kind(entry) == Some("oauth") || CredentialFile::McpAuth.expires(entry).is_some();
        let imported = Imported {
            fingerprint,
            refreshable,
        };
        self.0.insert(provider.to_owned(), imported);
    }
}
