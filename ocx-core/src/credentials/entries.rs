//! The entries of opencode's `auth.json` and `mcp-auth.json`.
//!
//! Both map a name to an object. `auth.json`: `{"type": "api", …}`, `{"type": "oauth", "access",
//! "refresh", "expires" (milliseconds)}` or `{"type": "wellknown", …}` per provider
//! ([source](https://github.com/anomalyco/opencode/blob/dev/packages/opencode/src/auth/index.ts)).
//! `mcp-auth.json`: `{"tokens": {"accessToken", "expiresAt" (seconds), …}, …}` per MCP server
//! ([source](https://github.com/anomalyco/opencode/blob/dev/packages/opencode/src/mcp/auth.ts)).

use std::{collections::BTreeMap, fmt};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Far above any real credentials file.
pub(super) const MAX_BYTES: usize = 16 * 1024 * 1024;

/// An expiry further ahead than this is not believed. Without a bound, a session could write a token
/// that would win over every later login on the host.
const LONGEST_LIFE_MS: f64 = 400.0 * 24.0 * 60.0 * 60.0 * 1000.0;

/// One of opencode's two files of credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CredentialFile {
    /// `auth.json`: credentials for model providers.
    Auth,
    /// `mcp-auth.json`: credentials for MCP servers.
    McpAuth,
}

impl CredentialFile {
    /// The name of the file in opencode's data directory.
    #[must_use]
    pub(crate) fn file_name(self) -> &'static str {
        match self {
            Self::Auth => "auth.json",
            Self::McpAuth => "mcp-auth.json",
        }
    }

    /// When an entry's token expires, in milliseconds since 1970, for entries that can be refreshed.
    pub(super) fn expires(self, entry: &Value) -> Option<f64> {
        match self {
            Self::Auth if kind(entry) == Some("oauth") => entry.get("expires")?.as_f64(),
            Self::Auth => None,
            Self::McpAuth => Some(entry.get("tokens")?.get("expiresAt")?.as_f64()? * 1000.0),
        }
    }
}

impl fmt::Display for CredentialFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.file_name())
    }
}

/// Whether an expiry in milliseconds is one that a real token may have.
pub(super) fn is_plausible(expires: f64, now: jiff::Timestamp) -> bool {
    expires.is_finite() && expires <= milliseconds(now) + LONGEST_LIFE_MS
}

#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds since 1970 are far below 2^53"
)]
fn milliseconds(time: jiff::Timestamp) -> f64 {
    time.as_millisecond() as f64
}

/// The `type` of an entry.
pub(super) fn kind(entry: &Value) -> Option<&str> {
    entry.get("type")?.as_str()
}

/// Whether two entries may be the same login. Fields that only one of them has tell nothing: some
/// are added by a refresh.
pub(super) fn may_be_same_login(a: &Value, b: &Value) -> bool {
    ["accountId", "enterpriseUrl", "serverUrl"]
        .into_iter()
        .all(|name| match (a.get(name), b.get(name)) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        })
}

/// Whether an entry makes opencode fetch and obey a remote configuration.
pub(super) fn is_well_known(entry: &Value) -> bool {
    kind(entry) == Some("wellknown")
}

/// A fingerprint that tells whether an entry changed.
pub(super) fn fingerprint(entry: &Value) -> String {
    hex::encode(Sha256::digest(entry.to_string()))
}

/// All entries of a file. They are secrets: only their names show in debug output.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Entries(pub(super) BTreeMap<String, Value>);

impl fmt::Debug for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A file of credentials is not a JSON object. Says where, never what: the text holds secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a JSON object (line {line}, column {column})")]
pub(crate) struct MalformedEntries {
    /// Line of the first error, from 1.
    pub line: usize,
    /// Column of the first error, from 1.
    pub column: usize,
}

impl From<&serde_json::Error> for MalformedEntries {
    fn from(error: &serde_json::Error) -> Self {
        Self {
            line: error.line(),
            column: error.column(),
        }
    }
}

impl Entries {
    pub(super) fn parse(content: &[u8]) -> Result<Self, MalformedEntries> {
        let map: Map<String, Value> =
            serde_json::from_slice(content).map_err(|error| MalformedEntries::from(&error))?;
        Ok(Self(map.into_iter().collect()))
    }

    pub(super) fn render(&self) -> Vec<u8> {
        format!("{:#}\n", serde_json::json!(self.0)).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn debug_output_shows_names_only() {
        let entries = Entries::parse(br#"{"openai": {"type": "api", "key": "hunter2"}}"#).unwrap();
        assert_eq!(format!("{entries:?}"), r#"{"openai"}"#);
    }

    #[test]
    fn errors_do_not_show_the_text() {
        let error = Entries::parse(br#"{"openai": hunter2}"#).unwrap_err();
        assert_eq!(error.to_string(), "not a JSON object (line 1, column 12)");
        assert!(Entries::parse(b"[]").is_err());
        assert!(Entries::parse(b"").is_err());
    }

    #[test]
    fn expiry_of_both_shapes() {
        let oauth = json!({"type": "oauth", "expires": 5000});
        let mcp = json!({"tokens": {"expiresAt": 5}});
        assert_eq!(CredentialFile::Auth.expires(&oauth), Some(5000.0));
        assert_eq!(CredentialFile::McpAuth.expires(&mcp), Some(5000.0));
        assert_eq!(
            CredentialFile::Auth.expires(&json!({"type": "api", "expires": 1})),
            None
        );
        assert_eq!(CredentialFile::Auth.expires(&json!("text")), None);
    }

    #[test]
    fn far_futures_are_not_believed() {
        const DAY: f64 = 86_400_000.0;
        // In milliseconds since 1970, too: 0, and a day of the year 2026.
        for (time, now) in [
            ("1970-01-01T00:00:00Z", 0.0),
            ("2026-01-01T00:00:00.250Z", 1_767_225_600_250.0),
        ] {
            let time: jiff::Timestamp = time.parse().unwrap();
            for believed in [-DAY, 0.0, now, now + DAY, now + 400.0 * DAY] {
                assert!(is_plausible(believed, time), "{believed} at {now}");
            }
            for absurd in [now + 400.0 * DAY + 1.0, now + 1000.0 * DAY, f64::INFINITY] {
                assert!(!is_plausible(absurd, time), "{absurd} at {now}");
            }
            assert!(!is_plausible(f64::NEG_INFINITY, time));
            assert!(!is_plausible(f64::NAN, time));
        }
    }

    #[test]
    fn accounts_and_servers_tell_logins_apart() {
        for field in ["accountId", "enterpriseUrl", "serverUrl"] {
            let mine = json!({ field: "mine", "access": "1" });
            for same in [json!({ field: "mine", "access": "2" }), json!({})] {
                assert!(may_be_same_login(&mine, &same), "{field}");
                assert!(may_be_same_login(&same, &mine), "{field}");
            }
            assert!(!may_be_same_login(&mine, &json!({ field: "other" })));
        }
    }

    #[test]
    fn what_makes_opencode_fetch_a_configuration() {
        assert!(is_well_known(&json!({"type": "wellknown", "key": "K"})));
        for other in [
            json!({"type": "api", "key": "wellknown"}),
            json!({"type": ["wellknown"]}),
            json!({}),
            json!("wellknown"),
        ] {
            assert!(!is_well_known(&other), "{other}");
        }
    }

    #[test]
    fn files_are_called_as_opencode_calls_them() {
        assert_eq!(CredentialFile::Auth.to_string(), "auth.json");
        assert_eq!(CredentialFile::McpAuth.to_string(), "mcp-auth.json");
    }

    #[test]
    fn a_changed_entry_has_another_fingerprint() {
        let entry = |key: &str| json!({"type": "api", "key": key});
        assert_eq!(fingerprint(&entry("1")), fingerprint(&entry("1")));
        assert_ne!(fingerprint(&entry("1")), fingerprint(&entry("2")));
        // It is kept in a file, and must not give the secret away.
        assert!(!fingerprint(&entry("hunter2")).contains("hunter2"));
    }

    #[test]
    fn what_is_written_can_be_read() {
        let entries = Entries::parse(br#"{"b": {"x": [1, null]}, "a": "text"}"#).unwrap();
        let written = entries.render();
        assert_eq!(Entries::parse(&written).unwrap(), entries);
        // For people: one field a line, and a line's end.
        assert!(written.starts_with(b"{\n  \"a\": \"text\",\n") && written.ends_with(b"}\n"));
    }

    #[test]
    fn fuzz_logins() {
        let seeds = crate::testing::corpus(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/logins"));
        crate::testing::fuzz(&seeds, |input| {
            if let Ok(entries) = Entries::parse(input) {
                assert_eq!(Entries::parse(&entries.render()).as_ref(), Ok(&entries));
            }
        });
    }
}
