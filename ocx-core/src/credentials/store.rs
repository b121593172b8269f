//! The credentials that a project's sessions use: a store of the project's own, so that nothing in a
//! container can write to the host's or to another project's.
//!
//! An agent that can write to the host's `auth.json` can add a `wellknown` entry, and the host's
//! opencode then fetches a configuration from that address and starts the programs it names.

use std::{fs::File, io};

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    entries::{Entries, MalformedEntries},
    in_place_file::{Found, InPlaceFile, read_limited},
    write_back::refreshed,
};
use crate::disk::{PrivateDirError, make_private_dir, open_lock_file};

pub(crate) use super::entries::CredentialFile;

const LOCK: &str = "auth.lock";

/// `auth.json` and `mcp-auth.json` in a directory, mode 0600, one pair for all sessions of a project.
///
/// The files are mounted read-write into sessions, each by itself, and keep their inodes for ever,
/// so parallel sessions see each other's refreshed tokens. What came from the host is remembered by
/// fingerprints in files beside them, which no container sees.
#[derive(Clone, Debug)]
pub(crate) struct AuthStore {
    pub(super) directory: Utf8PathBuf,
    auth: InPlaceFile,
    mcp_auth: InPlaceFile,
}

impl AuthStore {
    /// Makes the store's files if they are missing and tightens their modes.
    ///
    /// # Errors
    ///
    /// If the directory or a file cannot be made or is something else.
    pub(crate) fn open(data_dir: &Utf8Path) -> Result<Self, AuthStoreError> {
        make_private_dir(data_dir)?;
        let open = |file: CredentialFile| {
            let path = data_dir.join(file.file_name());
            InPlaceFile::open(path.clone()).map_err(io_error(&path))
        };
        Ok(Self {
            directory: data_dir.to_owned(),
            auth: open(CredentialFile::Auth)?,
            mcp_auth: open(CredentialFile::McpAuth)?,
        })
    }

    /// The path of one of the files, to be mounted.
    #[must_use]
    pub(crate) fn path(&self, file: CredentialFile) -> &Utf8Path {
        self.file(file).path()
    }

    /// The providers whose logins a session has refreshed, so that the host's may have become useless.
    /// Nothing is written: see [`take`](Self::take).
    ///
    /// # Errors
    ///
    /// If the store cannot be locked or read. Trouble with the host's file is a warning in the report.
    pub(crate) fn refreshed(
        &self,
        host_data_dir: &Utf8Path,
        now: jiff::Timestamp,
    ) -> Result<RefreshReport, AuthStoreError> {
        let _lock = self.lock()?;
        let mut report = RefreshReport::default();
        let Found::Intact(store) = self.auth.read().map_err(io_error(self.auth.path()))? else {
            // Left for the next import; a session may still be writing.
            report.warnings.push(AuthWarning::StoreMalformed {
                path: self.auth.path().to_owned(),
            });
            return Ok(report);
        };
        let path = host_data_dir.join(CredentialFile::Auth.file_name());
        let found = match read_limited(&path) {
            Ok(text) => refreshed(&text, &store, now)
                .map_err(|source| AuthWarning::HostMalformed { path, source }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(source) => Err(AuthWarning::HostNotRead { path, source }),
        };
        match found {
            Ok(providers) => report.refreshed = providers,
            Err(warning) => report.warnings.push(warning),
        }
        Ok(report)
    }

    pub(super) fn file(&self, file: CredentialFile) -> &InPlaceFile {
        match file {
            CredentialFile::Auth => &self.auth,
            CredentialFile::McpAuth => &self.mcp_auth,
        }
    }

    pub(super) fn lock(&self) -> Result<File, AuthStoreError> {
        let path = self.directory.join(LOCK);
        let file = open_lock_file(&path).map_err(io_error(&path))?;
        file.lock().map_err(io_error(&path))?;
        Ok(file)
    }
}

/// The host's entries, or `None` if it has no such file.
pub(super) fn read_host(path: &Utf8Path) -> Result<Option<Entries>, AuthWarning> {
    let content = match read_limited(path) {
        Ok(content) => content,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            return Err(AuthWarning::HostNotRead {
                path: path.to_owned(),
                source,
            });
        }
    };
    Entries::parse(&content)
        .map(Some)
        .map_err(|source| AuthWarning::HostMalformed {
            path: path.to_owned(),
            source,
        })
}

/// What was found of refreshed logins.
#[derive(Debug, Default)]
pub(crate) struct RefreshReport {
    /// Their providers.
    pub refreshed: Vec<String>,
    /// What did not go well.
    pub warnings: Vec<AuthWarning>,
}

/// Trouble with credentials that does not keep a session from running.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthWarning {
    /// The host's file cannot be read. Nothing was imported from it.
    #[error("cannot read `{path}`")]
    HostNotRead {
        /// The host's file.
        path: Utf8PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The host's file cannot be parsed. Nothing was imported from or written to it.
    #[error("`{path}` cannot be parsed")]
    HostMalformed {
        /// The host's file.
        path: Utf8PathBuf,
        /// Where it goes wrong.
        #[source]
        source: MalformedEntries,
    },
    /// Refreshed tokens could not be given back.
    #[error("cannot write refreshed tokens to `{path}`")]
    HostNotWritten {
        /// The host's file.
        path: Utf8PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Another program changed the host's file each time that it was to be written.
    #[error("`{path}` keeps changing, so refreshed tokens were not written to it")]
    HostKeepsChanging {
        /// The host's file.
        path: Utf8PathBuf,
    },
    /// ocx's own file could not be parsed. An import uses its backup and the host's file instead.
    #[error("`{path}` cannot be parsed")]
    StoreMalformed {
        /// ocx's file.
        path: Utf8PathBuf,
    },
}

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AuthStoreError {
    /// Its directory is unusable.
    #[error("the directory of credentials is unusable")]
    Directory(#[from] PrivateDirError),
    /// One of its files cannot be locked, read or written.
    #[error("cannot use the credentials in `{path}`")]
    Io {
        /// The file.
        path: Utf8PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

pub(super) fn io_error(path: &Utf8Path) -> impl FnOnce(io::Error) -> AuthStoreError {
    move |source| AuthStoreError::Io {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    };

    use serde_json::{Value, json};

    use super::*;
    use crate::{
        credentials::{
            Reach,
            import::ImportReport,
            logins::{LoginOrigin, TakeLoginError},
        },
        opencode_config::Named,
        settings::Providers,
    };

    const NOW: jiff::Timestamp = jiff::Timestamp::UNIX_EPOCH;

    struct Fixture {
        _dir: tempfile::TempDir,
        host: Utf8PathBuf,
        data: Utf8PathBuf,
        store: AuthStore,
    }

    impl Fixture {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let root = Utf8PathBuf::from_path_buf(dir.path().to_owned()).unwrap();
            fs::create_dir(root.join("host")).unwrap();
            let data = root.join("data");
            Self {
                _dir: dir,
                host: root.join("host"),
                store: AuthStore::open(&data).unwrap(),
                data,
            }
        }

        fn host_has(&self, value: &Value) {
            fs::write(self.host.join("auth.json"), value.to_string()).unwrap();
        }

        /// What a session does: opencode writes in place.
        fn session_writes(&self, value: &Value) {
            fs::write(self.data.join("auth.json"), value.to_string()).unwrap();
        }

        fn stored(&self) -> Value {
            serde_json::from_slice(&fs::read(self.data.join("auth.json")).unwrap()).unwrap()
        }

        fn import(&self) -> ImportReport {
            self.import_for(&Providers::All)
        }

        fn import_for(&self, providers: &Providers) -> ImportReport {
            let reach = Reach::new(providers, &Named::default());
            self.store.import(&self.host, NOW, &reach).unwrap()
        }

        fn refreshed(&self) -> RefreshReport {
            self.store.refreshed(&self.host, NOW).unwrap()
        }
    }

    fn api(key: &str) -> Value {
        json!({"type": "api", "key": key})
    }

    fn oauth(token: &str, expires: u64) -> Value {
        json!({"type": "oauth", "access": token, "refresh": token, "expires": expires})
    }

    fn well_known(token: &str) -> Value {
        json!({"type": "wellknown", "key": "K", "token": token})
    }

    fn names(list: &[(CredentialFile, String)]) -> Vec<&str> {
        list.iter().map(|(_, name)| name.as_str()).collect()
    }

    #[test]
    fn new_and_changed_entries_of_the_host_win() {
        let f = Fixture::new();
        assert_eq!(f.import().warnings.len(), 0);
        let strange = json!({"type": "future", "x": [1]});
        f.host_has(&json!({"a": api("1"), "b": api("1"), "s": strange}));
        assert_eq!(names(&f.import().imported), ["a", "b", "s"]);
        assert_eq!(names(&f.import().imported), [""; 0]);
        // A login inside stays until the host's entry changes.
        f.session_writes(
            &json!({"a": api("inside"), "b": api("1"), "c": api("own"), "s": strange}),
        );
        f.import();
        assert_eq!(f.stored()["a"], api("inside"));
        f.host_has(&json!({"a": api("2"), "b": api("1"), "s": strange}));
        assert_eq!(names(&f.import().imported), ["a"]);
        assert_eq!(
            f.stored(),
            json!({"a": api("2"), "b": api("1"), "c": api("own"), "s": strange})
        );
    }

    fn only(names: &[&str]) -> Providers {
        Providers::Only(names.iter().map(|&name| name.to_owned()).collect())
    }

    #[test]
    fn what_a_session_does_not_need_it_does_not_see() {
        let f = Fixture::new();
        f.host_has(&json!({"a": api("1"), "b": oauth("1", 1), "c": well_known("1")}));
        assert_eq!(names(&f.import_for(&only(&["a"])).withheld), ["b"]);
        assert_eq!(f.stored(), json!({"a": api("1"), "c": well_known("1")}));
        let withheld = f.data.join("auth.withheld.json");
        assert_eq!(withheld.metadata().unwrap().mode() & 0o7777, 0o600);
        // It is told once, and it is there again when it is wanted.
        assert_eq!(names(&f.import_for(&only(&["a"])).withheld), [""; 0]);
        f.import();
        assert_eq!(f.stored()["b"], oauth("1", 1));
    }

    #[test]
    fn what_a_session_has_refreshed_is_not_lost_when_it_is_withheld() {
        let f = Fixture::new();
        f.host_has(&json!({"a": api("1"), "b": oauth("1", 1)}));
        f.import();
        f.session_writes(&json!({"a": api("1"), "b": oauth("2", 2)}));
        f.import_for(&only(&["a"]));
        assert_eq!(f.stored(), json!({"a": api("1")}));
        f.import_for(&only(&["b"]));
        assert_eq!(f.stored(), json!({"b": oauth("2", 2)}));
        f.import();
        assert_eq!(f.stored(), json!({"a": api("1"), "b": oauth("2", 2)}));
        // What the host removes is gone, wherever it was.
        f.import_for(&only(&[]));
        f.host_has(&json!({}));
        f.import_for(&only(&[]));
        f.import();
        assert_eq!(f.stored(), json!({}));
    }

    #[test]
    fn what_a_session_made_itself_it_keeps() {
        let f = Fixture::new();
        f.host_has(&json!({"a": api("1"), "b": oauth("1", 1)}));
        f.import_for(&only(&["a"]));
        let own = json!({"a": api("1"), "b": oauth("own", 9), "n": api("own")});
        f.session_writes(&own);
        for _ in 0..2 {
            f.import_for(&only(&["a"]));
            assert_eq!(f.stored(), own);
        }
        // What it logged out of stays so.
        f.session_writes(&json!({"n": api("own")}));
        f.import_for(&only(&["a"]));
        assert_eq!(f.stored(), json!({"n": api("own")}));
    }

    #[test]
    fn a_logout_inside_is_kept_and_one_on_the_host_followed() {
        let f = Fixture::new();
        f.host_has(&json!({"a": api("1"), "b": api("1"), "o": oauth("1", 1), "r": api("1")}));
        f.import();
        f.session_writes(&json!({"b": api("1"), "o": oauth("2", 2), "r": api("inside")}));
        f.import();
        assert_eq!(f.stored().get("a"), None);
        f.host_has(&json!({}));
        assert_eq!(names(&f.import().removed), ["b", "o"]);
        assert_eq!(f.stored(), json!({"r": api("inside")}));
        // Of another kind than the host's, it is no refreshed form of that.
        f.host_has(&json!({"p": api("1"), "q": oauth("1", 1)}));
        f.import();
        let own = json!({"p": oauth("own", 9), "q": api("own"), "r": api("inside")});
        f.session_writes(&own);
        f.host_has(&json!({}));
        assert_eq!(names(&f.import().removed), [""; 0]);
        assert_eq!(f.stored(), own);
        // A missing file is no logout.
        f.host_has(&json!({"b": api("2")}));
        f.import();
        fs::remove_file(f.host.join("auth.json")).unwrap();
        assert_eq!(f.import().removed.len(), 0);
        assert_eq!(f.stored()["b"], api("2"));
    }

    #[test]
    fn the_login_that_expires_later_wins_unless_it_is_absurd() {
        let f = Fixture::new();
        f.host_has(&json!({"o": oauth("host", 10)}));
        f.import();
        f.session_writes(&json!({"o": oauth("refreshed", 30)}));
        f.host_has(&json!({"o": oauth("host2", 20)}));
        f.import();
        assert_eq!(f.stored()["o"], oauth("refreshed", 30));
        f.host_has(&json!({"o": oauth("host3", 40)}));
        f.import();
        assert_eq!(f.stored()["o"], oauth("host3", 40));
        f.session_writes(&json!({"o": oauth("planted", u64::MAX)}));
        assert_eq!(f.refreshed().refreshed.len(), 0);
        f.host_has(&json!({"o": oauth("host4", 50)}));
        f.import();
        assert_eq!(f.stored()["o"], oauth("host4", 50));
        // Neither is later, and the host's is the new one.
        f.host_has(&json!({"o": oauth("host5", 50)}));
        f.import();
        assert_eq!(f.stored()["o"], oauth("host5", 50));
    }

    #[test]
    fn a_login_to_another_account_is_no_refresh() {
        let f = Fixture::new();
        let with = |mut entry: Value, account: &str| {
            entry["accountId"] = json!(account);
            entry
        };
        f.host_has(&json!({"o": with(oauth("1", 10), "me")}));
        f.import();
        f.session_writes(&json!({"o": with(oauth("2", 30), "me")}));
        f.host_has(&json!({"o": with(oauth("3", 20), "work")}));
        assert_eq!(f.refreshed().refreshed.len(), 0);
        f.import();
        assert_eq!(f.stored()["o"], with(oauth("3", 20), "work"));
    }

    #[test]
    fn well_known_entries_come_from_the_host_only() {
        let f = Fixture::new();
        f.host_has(&json!({"https://good": well_known("t"), "a": api("1")}));
        f.import();
        f.session_writes(&json!({
            "https://good": well_known("changed"),
            "https://evil": well_known("t"),
            "a": well_known("t"),
        }));
        let report = f.import();
        assert_eq!(
            names(&report.stripped),
            ["a", "https://evil", "https://good"]
        );
        assert_eq!(
            f.stored(),
            json!({"https://good": well_known("t"), "a": api("1")})
        );
        assert_eq!(f.refreshed().refreshed.len(), 0);
        // A session cannot do without one either.
        f.session_writes(&json!({"a": api("1")}));
        f.import();
        assert_eq!(f.stored()["https://good"], well_known("t"));
        // Also while the host's file cannot be read.
        fs::write(f.host.join("auth.json"), "{").unwrap();
        f.session_writes(
            &json!({"https://good": well_known("t"), "https://evil": well_known("t")}),
        );
        f.import();
        assert_eq!(f.stored(), json!({"https://good": well_known("t")}));
    }

    #[test]
    fn nothing_goes_to_the_host_unless_it_is_taken() {
        let f = Fixture::new();
        let real = f.host.join("real.json");
        let text = "{\"o\": {\"type\": \"oauth\", \"refresh\": \"r\", \"access\": \"a\", \"expires\": 1, \"new\": 1}, \"k\": {\"type\": \"api\", \"key\": \"1\"}}\n";
        fs::write(&real, text).unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("real.json", f.host.join("auth.json")).unwrap();
        f.import();
        f.session_writes(&json!({"o": oauth("t", 5), "k": api("2"), "n": oauth("t", 5)}));
        assert_eq!(f.refreshed().refreshed, ["o"]);
        assert_eq!(fs::read_to_string(&real).unwrap(), text);
        f.store.take(&f.host, "o").unwrap();
        let expected = text
            .replace("\"r\"", "\"t\"")
            .replace("\"a\",", "\"t\",")
            .replace("\"expires\": 1", "\"expires\": 5");
        assert_eq!(fs::read_to_string(&real).unwrap(), expected);
        assert!(
            fs::symlink_metadata(f.host.join("auth.json"))
                .unwrap()
                .is_symlink()
        );
        assert_eq!(fs::metadata(&real).unwrap().mode() & 0o7777, 0o640);
        assert_eq!(f.refreshed().refreshed.len(), 0);
        f.import();
        assert_eq!(f.stored()["k"], api("2"));
    }

    #[test]
    fn no_host_file_and_malformed_host_files() {
        let f = Fixture::new();
        f.session_writes(&json!({"o": oauth("t", 5)}));
        assert!(f.refreshed().warnings.is_empty());
        assert!(!f.host.join("auth.json").exists());
        for text in ["", "{\"o\": hunter2", "[\"hunter2\"]"] {
            fs::write(f.host.join("auth.json"), text).unwrap();
            let (import, export) = (f.import(), f.refreshed());
            assert!(matches!(
                import.warnings[..],
                [AuthWarning::HostMalformed { .. }]
            ));
            assert!(matches!(
                export.warnings[..],
                [AuthWarning::HostMalformed { .. }]
            ));
            assert!(!format!("{import:?} {export:?}").contains("hunter2"));
            assert_eq!(fs::read_to_string(f.host.join("auth.json")).unwrap(), text);
        }
        assert_eq!(f.stored(), json!({"o": oauth("t", 5)}));
        fs::remove_file(f.host.join("auth.json")).unwrap();
        fs::create_dir(f.host.join("auth.json")).unwrap();
        assert!(matches!(
            f.import().warnings[..],
            [AuthWarning::HostNotRead { .. }]
        ));
    }

    #[test]
    fn files_may_be_large_but_not_without_bound() {
        let f = Fixture::new();
        let megabyte = 1024 * 1024;
        f.host_has(&json!({"a": api(&"x".repeat(2 * megabyte))}));
        assert_eq!(names(&f.import().imported), ["a"]);
        f.host_has(&json!({"b": api(&"x".repeat(16 * megabyte))}));
        let report = f.import();
        assert!(
            matches!(report.warnings[..], [AuthWarning::HostNotRead { .. }]),
            "{:?}",
            report.warnings
        );
        assert_eq!(f.stored()["a"], api(&"x".repeat(2 * megabyte)));
    }

    #[test]
    fn the_store_keeps_its_inode_and_mode() {
        let f = Fixture::new();
        let path = f.store.path(CredentialFile::Auth);
        let inode = fs::metadata(path).unwrap().ino();
        for round in 0..3 {
            f.host_has(&json!({"a": api(&"x".repeat(300 >> round))}));
            f.import();
            assert_eq!(f.stored()["a"], api(&"x".repeat(300 >> round)));
        }
        fs::set_permissions(path, fs::Permissions::from_mode(0o666)).unwrap();
        AuthStore::open(&f.data).unwrap();
        let metadata = fs::metadata(path).unwrap();
        assert_eq!((metadata.ino(), metadata.mode() & 0o7777), (inode, 0o600));
    }

    #[test]
    fn a_torn_store_is_recovered() {
        let f = Fixture::new();
        f.host_has(&json!({"a": api("1")}));
        f.import();
        f.session_writes(&json!({"a": api("1"), "own": api("inside")}));
        f.import();
        for torn in ["", "{\"a\": {\"typ", "[]"] {
            fs::write(f.data.join("auth.json"), torn).unwrap();
            assert!(matches!(
                f.refreshed().warnings[..],
                [AuthWarning::StoreMalformed { .. }]
            ));
            let report = f.import();
            assert!(matches!(
                report.warnings[..],
                [AuthWarning::StoreMalformed { .. }]
            ));
            assert_eq!(f.stored(), json!({"a": api("1"), "own": api("inside")}));
        }
        // Without a backup, what the host has comes back.
        fs::write(f.data.join("auth.json"), "").unwrap();
        fs::remove_file(f.data.join("auth.json.bak")).unwrap();
        f.import();
        assert_eq!(f.stored(), json!({"a": api("1")}));
    }

    #[test]
    fn mcp_credentials_come_in_and_never_go_out() {
        let f = Fixture::new();
        let entry = |token: &str, expires: u64| json!({"tokens": {"accessToken": token, "expiresAt": expires}});
        let host = f.host.join("mcp-auth.json");
        fs::write(&host, json!({"m": entry("1", 1)}).to_string()).unwrap();
        f.import();
        let path = f.store.path(CredentialFile::McpAuth).to_owned();
        let stored = || -> Value { serde_json::from_slice(&fs::read(&path).unwrap()).unwrap() };
        assert_eq!(stored(), json!({"m": entry("1", 1)}));
        fs::write(&path, json!({"m": entry("3", 3)}).to_string()).unwrap();
        fs::write(&host, json!({"m": entry("2", 2)}).to_string()).unwrap();
        f.import();
        f.refreshed();
        assert_eq!(stored(), json!({"m": entry("3", 3)}));
        assert_eq!(
            fs::read_to_string(&host).unwrap(),
            json!({"m": entry("2", 2)}).to_string()
        );
    }

    #[test]
    fn an_mcp_server_has_no_well_known_entries() {
        let f = Fixture::new();
        let host = f.host.join("mcp-auth.json");
        fs::write(&host, json!({"m": well_known("t")}).to_string()).unwrap();
        f.import();
        let path = f.store.path(CredentialFile::McpAuth).to_owned();
        let stored = || -> Value { serde_json::from_slice(&fs::read(&path).unwrap()).unwrap() };
        assert_eq!(stored(), json!({"m": well_known("t")}));
        // So one that a session makes is its own, and one that it removes is gone.
        let own = json!({"own": well_known("t")});
        fs::write(&path, own.to_string()).unwrap();
        f.import();
        assert_eq!(stored(), own);
    }

    #[test]
    fn whose_a_login_is() {
        let f = Fixture::new();
        f.host_has(&json!({"a": api("1"), "b": api("1"), "gone": api("1")}));
        let mcp = json!({"m": {"tokens": {"accessToken": "1"}}}).to_string();
        fs::write(f.host.join("mcp-auth.json"), mcp).unwrap();
        f.import();
        f.session_writes(&json!({"a": api("1"), "b": api("2"), "c": api("own")}));
        let auth = |name: &str, origin| (CredentialFile::Auth, name.to_owned(), origin);
        assert_eq!(
            f.store.logins(&f.host).unwrap(),
            [
                auth("a", LoginOrigin::Host),
                auth("b", LoginOrigin::Changed),
                auth("c", LoginOrigin::Session),
                (CredentialFile::McpAuth, "m".to_owned(), LoginOrigin::Host),
            ]
        );
        // Without the host's files there is nobody else whose they could be.
        fs::remove_file(f.host.join("auth.json")).unwrap();
        let logins = f.store.logins(&f.host).unwrap();
        assert_eq!(logins[0], auth("a", LoginOrigin::Session));
    }

    #[test]
    fn only_what_an_agent_cannot_abuse_is_given_to_the_host() {
        let f = Fixture::new();
        f.session_writes(&json!({
            "a": api("own"),
            "w": well_known("t"),
            "s": {"type": "future"},
            "t": "text",
        }));
        f.host_has(&json!({}));
        let take = |provider: &str| f.store.take(&f.host, provider);
        for odd in ["w", "s", "t"] {
            let error = take(odd).unwrap_err();
            assert!(
                matches!(error, TakeLoginError::WellKnown { .. }),
                "{odd}: {error}"
            );
        }
        let error = take("x").unwrap_err();
        assert!(matches!(error, TakeLoginError::Missing { .. }), "{error}");
        let host = || fs::read_to_string(f.host.join("auth.json")).unwrap();
        assert_eq!(host(), "{}");
        take("a").unwrap();
        let host: Value = serde_json::from_str(&host()).unwrap();
        assert_eq!(host, json!({"a": api("own")}));
    }

    #[test]
    fn the_ledger_and_debug_output_hold_no_secrets() {
        let f = Fixture::new();
        f.host_has(&json!({"a": api("hunter2"), "o": oauth("hunter2", 5)}));
        let report = f.import();
        let ledger = fs::read_to_string(f.data.join("auth.imported.json")).unwrap();
        let shown = format!(
            "{ledger} {report:?} {:?} {:?}",
            f.store,
            f.store.auth.read()
        );
        assert!(!shown.contains("hunter2"));
        for name in ["auth.json", "auth.json.bak", "auth.imported.json"] {
            let metadata = fs::metadata(f.data.join(name)).unwrap();
            assert_eq!(metadata.mode() & 0o7777, 0o600, "{name}");
        }
    }

    #[test]
    fn imports_at_the_same_time_wait_for_each_other() {
        let f = Fixture::new();
        std::thread::scope(|scope| {
            let importers: Vec<_> = (0..3)
                .map(|_| scope.spawn(|| (0..20).for_each(|_| drop(f.import()))))
                .collect();
            for round in 0..20_usize {
                let next = f.host.join("next");
                let value = json!({"a": api(&"x".repeat(37 * (round % 7)))});
                fs::write(&next, value.to_string()).unwrap();
                fs::rename(next, f.host.join("auth.json")).unwrap();
                f.import();
            }
            for importer in importers {
                importer.join().unwrap();
            }
        });
        assert_eq!(f.stored()["a"], api(&"x".repeat(37 * (19 % 7))));
    }

    #[test]
    fn keys_that_stay_outside_go_out_and_come_back() {
        let f = Fixture::new();
        let login = json!({"type": "oauth", "access": "a", "refresh": "r", "expires": 5});
        let key = json!({"type": "api", "key": "hunter2"});
        let all = json!({"anthropic": key, "openai": login, "azure": key});
        f.host_has(&all);
        f.import();
        assert_eq!(f.stored(), all);
        let names = ["anthropic".to_owned(), "openai".to_owned()];
        let reach = Reach::new(&Providers::All, &Named::default());
        let outside = reach.with_keys_outside(names.into());
        let import = || f.store.import(&f.host, NOW, &outside).unwrap();
        import();
        // What can be refreshed is no key.
        let without = json!({"openai": login, "azure": key});
        assert_eq!(f.stored(), without);
        import();
        assert_eq!(f.stored(), without);
        // A session's own is the session's.
        let own = json!({"type": "api", "key": "of a session"});
        f.session_writes(&json!({"openai": login, "azure": key, "anthropic": own}));
        import();
        assert_eq!(f.stored()["anthropic"], own);
        f.session_writes(&without);
        f.import();
        assert_eq!(f.stored(), all);
    }
}
