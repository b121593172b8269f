//! What opencode logs in to model providers with, told apart by whether it is a key.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;

use super::{
    entries::{CredentialFile, kind},
    store::read_host,
};

/// The logins for model providers in a directory of opencode's.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct ProviderLogins {
    /// API keys, by provider.
    pub(crate) keys: BTreeMap<String, String>,
    /// Providers with a login that can be refreshed.
    pub(crate) refreshable: BTreeSet<String>,
}

impl ProviderLogins {
    /// Reads `auth.json` in this directory. One that is missing, or that cannot be read, has none: the
    /// import of logins tells what is wrong.
    pub(crate) fn of(directory: &Utf8Path) -> Self {
        let path = directory.join(CredentialFile::Auth.file_name());
        let mut logins = Self::default();
        for (name, entry) in read_host(&path).ok().flatten().unwrap_or_default().0 {
            match (kind(&entry), entry.get("key").and_then(|key| key.as_str())) {
                (Some("api"), Some(key)) => {
                    logins.keys.insert(name, key.to_owned());
                }
                (Some("oauth"), _) => {
                    logins.refreshable.insert(name);
                }
                _ => {}
            }
        }
        logins
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_from_other_logins() {
        let directory = tempfile::tempdir().unwrap();
        let at = Utf8Path::from_path(directory.path()).unwrap();
        assert!(ProviderLogins::of(at) == ProviderLogins::default());
        let text = r#"{"a": {"type": "api", "key": "k"}, "b": {"type": "oauth", "key": "x"},
            "c": {"type": "wellknown", "key": "x"}, "d": {"type": "api"}, "e": 3}"#;
        std::fs::write(at.join("auth.json"), text).unwrap();
        let logins = ProviderLogins::of(at);
        assert_eq!(logins.keys, [("a".to_owned(), "k".to_owned())].into());
        assert_eq!(logins.refreshable, ["b".to_owned()].into());
        std::fs::write(at.join("auth.json"), "{").unwrap();
        assert!(ProviderLogins::of(at) == ProviderLogins::default());
    }
}
