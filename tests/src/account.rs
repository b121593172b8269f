//! The users that ocx is run as.

use std::{
    fs,
    os::unix::fs::{MetadataExt, chown},
    process::Command,
    sync::OnceLock,
    time::Duration,
};

use camino::{Utf8Path, Utf8PathBuf};

/// Name and number of the ordinary user that tests run as when they are started by root.
const TEST_USER: (&str, u32) = ("ocxtest", 1501);

/// How often it is tried to remove that user, and the time between.
const REMOVALS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(250);

/// A user on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// User ID.
    pub uid: u32,
    /// ID of the primary group.
    pub gid: u32,
}

impl Account {
    /// An ordinary user: the one who runs the tests or, if that is root, one that is made for them.
    #[must_use]
    pub fn ordinary() -> Self {
        static ACCOUNT: OnceLock<Account> = OnceLock::new();
        ACCOUNT
            .get_or_init(|| {
                let own = Self::own();
                if own.uid == 0 { test_user() } else { own }
            })
            .clone()
    }

    /// Root, if the tests may act as root.
    #[must_use]
    pub fn root() -> Option<Self> {
        let own = Self::own();
        (own.uid == 0).then_some(own)
    }

    /// The user to whom a directory belongs; an ordinary one if it is not there.
    pub(crate) fn of_directory(path: &Utf8Path) -> Self {
        if path.exists() {
            owner(path)
        } else {
            Self::ordinary()
        }
    }

    /// Whether it is root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.uid == 0
    }

    fn own() -> Self {
        Self {
            uid: rustix::process::geteuid().as_raw(),
            gid: rustix::process::getegid().as_raw(),
        }
    }

    /// The start of a command line that acts as this user, in `groups` besides its own one. Empty if
    /// that is what this process does anyway.
    #[must_use]
    pub fn prefix(&self, groups: &[u32]) -> Vec<String> {
        if *self == Self::own() {
            return Vec::new();
        }
        let groups = if groups.is_empty() {
            "--clear-groups".to_owned()
        } else {
            let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
            format!("--groups={}", groups.join(","))
        };
        vec![
            "/usr/bin/setpriv".to_owned(),
            format!("--reuid={}", self.uid),
            format!("--regid={}", self.gid),
            groups,
            "--".to_owned(),
        ]
    }

    /// The user's name.
    #[must_use]
    pub fn name(&self) -> String {
        let output = Command::new("id")
            .args(["-un", &self.uid.to_string()])
            .output()
            .expect("id can be run");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Gives a file to this user.
    pub fn give(&self, path: &Utf8Path) {
        if *self != Self::own() {
            chown(path, Some(self.uid), Some(self.gid))
                .unwrap_or_else(|error| panic!("{path}: {error}"));
        }
    }
}

/// Removes the user that was made for the tests, unless another run still needs it. A user that was
/// there before stays.
pub(crate) fn remove_test_user() {
    let _lock = crate::cache::lock(&crate::cache::directory("locks").join("user"));
    if !added().exists() || crate::cleanup::a_run_is_under_way() {
        return;
    }
    // It takes the ranges in /etc/subuid and /etc/subgid along. A process that is about to end may
    // still be the user's.
    let removed = || Command::new("userdel").arg(TEST_USER.0).output();
    let gone = (0..REMOVALS).any(|attempt| {
        if attempt > 0 {
            std::thread::sleep(PAUSE);
        }
        removed().is_ok_and(|output| output.status.success())
    });
    if gone {
        let _ = fs::remove_file(added());
    }
}

/// The file that tells that the tests' user was made by them.
fn added() -> Utf8PathBuf {
    crate::cache::directory("locks").join("user-was-added")
}

/// User and group of a file, not following symbolic links.
#[must_use]
pub fn owner(path: &Utf8Path) -> Account {
    let metadata = fs::symlink_metadata(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    Account {
        uid: metadata.uid(),
        gid: metadata.gid(),
    }
}

fn test_user() -> Account {
    let (name, uid) = TEST_USER;
    let _lock = crate::cache::lock(&crate::cache::directory("locks").join("user"));
    let id = |flag| {
        let output = Command::new("id").args([flag, name]).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    if id("-u").is_none() {
        // `useradd` also hands out the ranges in /etc/subuid and /etc/subgid.
        let made = Command::new("useradd")
            .args(["--uid", &uid.to_string(), "--user-group"])
            .args(["--no-create-home", "--shell", "/bin/sh", name])
            .output()
            .expect("useradd can be run");
        assert!(
            made.status.success(),
            "cannot make the user {name}: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        let _ = fs::write(added(), name);
    }
    let account = || {
        Some(Account {
            uid: id("-u")?,
            gid: id("-g")?,
        })
    };
    account().unwrap_or_else(|| panic!("the user {name} cannot be looked up"))
}
