//! Gives a login to the host's `auth.json`, changing nothing else in it.
//!
//! A refresh usually makes the old refresh token useless, so a host that kept it would have to log
//! in again. Still nothing is given by itself: who is logged in is what a session says, and a session
//! can say that another account is the user's.

use std::{
    collections::BTreeMap,
    fs, io,
    io::Write,
    ops::Range,
    os::unix::fs::{MetadataExt, fchown},
};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, value::RawValue};

use super::{
    entries::{CredentialFile, Entries, MalformedEntries, is_plausible, kind, may_be_same_login},
    in_place_file::read_limited,
    store::AuthWarning,
};
use crate::disk::write_atomically;

/// How often to begin again when the host's file changes meanwhile.
const ATTEMPTS: u32 = 3;

/// The fields that a refresh changes. No others are taken from a session: `enterpriseUrl`, for one,
/// says which server the host sends its token to.
const TOKEN_FIELDS: [&str; 3] = ["access", "refresh", "expires"];

/// The providers whose logins `store` holds in a later form than the host's `text`.
pub(super) fn refreshed(
    text: &[u8],
    store: &Entries,
    now: jiff::Timestamp,
) -> Result<Vec<String>, MalformedEntries> {
    let host = Entries::parse(text)?;
    let later = host.0.iter().filter(|(provider, theirs)| {
        let ours = store.0.get(*provider);
        ours.is_some_and(|ours| is_refreshed(ours, theirs, now))
    });
    Ok(later.map(|(provider, _)| provider.clone()).collect())
}

/// Writes one login to the host's file: only its tokens if the host has it as one that can be
/// refreshed, else the whole entry.
pub(super) fn write_back(
    host_file: &Utf8Path,
    provider: &str,
    entry: &Value,
) -> Result<(), AuthWarning> {
    let failed = |source| AuthWarning::HostNotWritten {
        path: host_file.to_owned(),
        source,
    };
    let malformed = |source| AuthWarning::HostMalformed {
        path: host_file.to_owned(),
        source,
    };
    for _ in 0..ATTEMPTS {
        // The link stays and the file that it leads to is replaced.
        let real = match host_file.canonicalize_utf8() {
            Ok(real) => real,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return create(host_file, provider, entry).map_err(failed);
            }
            Err(error) => return Err(failed(error)),
        };
        let before = read_limited(&real).map_err(failed)?;
        let text = std::str::from_utf8(&before)
            .map_err(|_| malformed(MalformedEntries { line: 1, column: 1 }))?;
        let after = splice(text, provider, entry).map_err(|error| malformed((&error).into()))?;
        if after == text
            || replace_unless_changed(&real, &before, after.as_bytes()).map_err(failed)?
        {
            return Ok(());
        }
    }
    Err(AuthWarning::HostKeepsChanging {
        path: host_file.to_owned(),
    })
}

/// Puts a login into the text of a host file; every byte of other entries stays.
fn splice(text: &str, provider: &str, entry: &Value) -> Result<String, serde_json::Error> {
    let host: BTreeMap<String, &RawValue> = serde_json::from_str(text)?;
    let place = |raw: &str| {
        let start = raw.as_ptr() as usize - text.as_ptr() as usize;
        start..start + raw.len()
    };
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    match host.get(provider) {
        Some(raw) => {
            let theirs: Value = serde_json::from_str(raw.get())?;
            if kind(&theirs) == Some("oauth") && kind(entry) == Some("oauth") {
                let fields: BTreeMap<String, &RawValue> = serde_json::from_str(raw.get())?;
                for name in TOKEN_FIELDS {
                    if let (Some(old), Some(new)) = (fields.get(name), entry.get(name)) {
                        edits.push((place(old.get()), new.to_string()));
                    }
                }
            } else {
                edits.push((place(raw.get()), entry.to_string()));
            }
        }
        None => {
            // A text that is an object ends in a brace.
            let end = text.rfind('}').unwrap_or(text.len());
            let comma = if host.is_empty() { "" } else { "," };
            let name = Value::from(provider);
            edits.push((end..end, format!("{comma}{name}: {entry}\n")));
        }
    }
    let mut after = text.to_owned();
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    for (range, new) in edits {
        after.replace_range(range, &new);
    }
    Ok(after)
}

/// Makes the host's file.
fn create(path: &Utf8Path, provider: &str, entry: &Value) -> io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    let text = format!("{:#}\n", serde_json::json!({ provider: entry }));
    write_atomically(path, text.as_bytes(), 0o600)
}

/// Whether `ours` holds whole, later tokens for the same kind of login as `theirs`.
fn is_refreshed(ours: &Value, theirs: &Value, now: jiff::Timestamp) -> bool {
    let expires = |entry| CredentialFile::Auth.expires(entry);
    let (Some(new), Some(old)) = (expires(ours), expires(theirs)) else {
        return false;
    };
    let is_text = |entry: &Value, name: &str| entry.get(name).is_some_and(Value::is_string);
    new > old
        && may_be_same_login(ours, theirs)
        && is_plausible(new, now)
        && ["access", "refresh"]
            .into_iter()
            .all(|name| is_text(ours, name) && is_text(theirs, name))
}

/// Replaces `path` by a rename, keeping mode and owner, unless its content is no longer `before`.
fn replace_unless_changed(path: &Utf8Path, before: &[u8], after: &[u8]) -> io::Result<bool> {
    let parent: Utf8PathBuf = path.parent().unwrap_or(Utf8Path::new("/")).to_owned();
    let metadata = fs::metadata(path)?;
    let mut file = tempfile::Builder::new()
        .prefix(".auth-")
        .suffix(".tmp")
        .tempfile_in(parent)?;
    file.write_all(after)?;
    let ours = file.as_file().metadata()?;
    if (ours.uid(), ours.gid()) != (metadata.uid(), metadata.gid()) {
        fchown(file.as_file(), Some(metadata.uid()), Some(metadata.gid()))?;
    }
    file.as_file().set_permissions(metadata.permissions())?;
    file.as_file().sync_all()?;
    if read_limited(path)? != before {
        return Ok(false);
    }
    file.persist(path).map_err(|error| error.error)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    use super::*;

    fn entries(text: &str) -> Entries {
        Entries::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn only_tokens_change_and_every_other_byte_stays() {
        let host = "{ \"b\" : {\"type\":\"oauth\", \"expires\":1,\"refresh\":\"r1\",\n\t\"access\":\"a1\", \"enterpriseUrl\":\"good\", \"new\":1e0},\n \"a\":{\"type\":\"api\",\"key\":\"k\"} }\n\n";
        let entry = serde_json::json!(
            {"type":"oauth","expires":2,"refresh":"r\"2","access":"a2","enterpriseUrl":"evil"}
        );
        let after = splice(host, "b", &entry).unwrap();
        let expected = host
            .replace("\"expires\":1", "\"expires\":2")
            .replace("\"r1\"", "\"r\\\"2\"")
            .replace("\"a1\"", "\"a2\"");
        assert_eq!(after, expected);
    }

    #[test]
    fn a_login_that_the_host_lacks_is_added() {
        let entry = serde_json::json!({"type":"api","key":"k"});
        for (host, expected) in [
            ("{}", "{\"p\": {\"key\":\"k\",\"type\":\"api\"}\n}"),
            (
                "{\"a\": {}}\n",
                "{\"a\": {},\"p\": {\"key\":\"k\",\"type\":\"api\"}\n}\n",
            ),
            (
                "{\"p\": {\"type\":\"api\",\"key\":\"old\"}}",
                "{\"p\": {\"key\":\"k\",\"type\":\"api\"}}",
            ),
        ] {
            let after = splice(host, "p", &entry).unwrap();
            assert_eq!(after, expected);
            assert!(Entries::parse(after.as_bytes()).is_ok());
        }
        assert!(splice("[]", "p", &entry).is_err());
    }

    #[test]
    fn broken_and_implausible_tokens_are_no_refresh() {
        let host =
            br#"{"p": {"type":"oauth","expires":1,"refresh":"r","access":"a","accountId":"me"}}"#;
        let found = |ours: &str| {
            let store = entries(&format!(r#"{{"p": {ours}}}"#));
            refreshed(host, &store, jiff::Timestamp::UNIX_EPOCH).unwrap()
        };
        let sound = r#"{"type":"oauth","expires":9,"refresh":"r2","access":"a2"}"#;
        assert_eq!(found(sound), ["p"]);
        for ours in [
            r#"{"type":"oauth","expires":1,"refresh":"r2","access":"a2"}"#,
            r#"{"type":"oauth","expires":"9","refresh":"r2","access":"a2"}"#,
            r#"{"type":"oauth","expires":1e300,"refresh":"r2","access":"a2"}"#,
            r#"{"type":"oauth","expires":9,"refresh":{"x":1},"access":"a2"}"#,
            r#"{"type":"oauth","expires":9,"access":"a2"}"#,
            r#"{"type":"oauth","expires":9,"refresh":"r2","access":"a2","accountId":"other"}"#,
            r#"{"type":"api","expires":9,"refresh":"r2","access":"a2"}"#,
            "[1]",
        ] {
            assert_eq!(found(ours).len(), 0, "{ours}");
        }
    }

    #[test]
    fn a_host_without_the_file_gets_one_and_any_other_trouble_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let dir = Utf8Path::from_path(dir.path()).unwrap();
        let entry = serde_json::json!({"type":"api","key":"k"});
        let write = |path: &str| write_back(&dir.join(path), "p", &entry);
        for absent in ["auth.json", "no/such/directory/auth.json"] {
            write(absent).unwrap();
            let path = dir.join(absent);
            assert!(Entries::parse(&fs::read(&path).unwrap()).is_ok());
            assert_eq!(fs::metadata(path).unwrap().mode() & 0o7777, 0o600);
        }
        fs::write(dir.join("file"), "").unwrap();
        symlink("loop", dir.join("loop")).unwrap();
        for unusable in ["file/auth.json", "loop"] {
            let error = write(unusable).unwrap_err();
            assert!(
                matches!(error, AuthWarning::HostNotWritten { .. }),
                "{error:?}"
            );
        }
        assert!(dir.join("loop").is_symlink());
    }

    #[test]
    fn a_login_of_another_kind_takes_the_place_of_the_hosts() {
        let oauth = r#"{"access":"a","expires":9,"refresh":"r","type":"oauth"}"#;
        let api = r#"{"key":"k","type":"api"}"#;
        for (host, ours) in [(api, oauth), (oauth, api), (r#""text""#, api)] {
            let entry = serde_json::from_str(ours).unwrap();
            let after = splice(&format!("{{\"p\": {host}}}"), "p", &entry).unwrap();
            assert_eq!(after, format!("{{\"p\": {ours}}}"));
        }
    }

    #[test]
    fn what_is_no_text_is_malformed_and_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(dir.path()).unwrap().join("auth.json");
        fs::write(&path, b"{\"p\": \"\xff\"}").unwrap();
        let error = write_back(&path, "p", &serde_json::json!({}));
        assert!(
            matches!(error, Err(AuthWarning::HostMalformed { .. })),
            "{error:?}"
        );
        assert_eq!(fs::read(&path).unwrap(), b"{\"p\": \"\xff\"}");
    }

    #[test]
    fn mode_and_owner_stay() {
        let dir = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(dir.path()).unwrap().join("auth.json");
        fs::write(&path, "before").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        // Only root can give a file away; everybody else's are their own.
        let own = fs::metadata(&path).unwrap();
        let owner = if own.uid() == 0 { 4321 } else { own.uid() };
        chown(&path, Some(owner), None).unwrap();
        assert!(replace_unless_changed(&path, b"before", b"after").unwrap());
        let metadata = fs::metadata(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"after");
        assert_eq!(
            (metadata.uid(), metadata.gid(), metadata.mode() & 0o7777),
            (owner, own.gid(), 0o640)
        );
    }

    #[test]
    fn a_file_that_changed_meanwhile_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(dir.path()).unwrap().join("auth.json");
        fs::write(&path, "newer").unwrap();
        assert!(!replace_unless_changed(&path, b"older", b"ours").unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"newer");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
