//! What the user's own Git does to content and history, as far as a session's Git can do the same.
//!
//! Only what the user or the machine has set is carried: the project's own configuration is in the
//! session anyway, anybody may have written it, and variables would win over it. So a key that it sets,
//! too, is left to it.

mod address;
mod carried;
mod lfs;
mod record;
mod signing;

use std::{io, process::Stdio, time::Duration};

use camino::{Utf8Path, Utf8PathBuf};
use tokio::{io::AsyncReadExt as _, process::Command};

use self::record::{Records, Scope, Scopes};
use crate::host::Host;

/// Git answers in milliseconds, unless a file that it reads is a named pipe or on a disk that is gone.
const PATIENCE: Duration = Duration::from_secs(5);

/// More than what is asked for ever is, in bytes.
const LONGEST: u64 = 1 << 20;

/// Longer values than this are not carried, in bytes: they stand in the engine's command line.
const LONGEST_VALUE: usize = 4096;

/// The exit code of Git for an option that it does not know.
const USAGE: i32 = 129;

const IDENTITY: [&str; 2] = ["user.name", "user.email"];

/// Keys that name a file of patterns, and what that is called in Git's own directory if nobody sets it.
const FILES: [(&str, &str); 2] = [
    ("core.excludesFile", "ignore"),
    ("core.attributesFile", "attributes"),
];

/// A setting of Git.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GitSetting {
    /// The key, as Git's documentation spells it.
    pub key: String,
    /// Its value.
    pub value: String,
}

impl GitSetting {
    pub(crate) fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            value: value.into(),
        }
    }
}

/// A file that the user's own Git reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GitFile {
    /// The key by which Git finds it.
    pub key: &'static str,
    /// What it is called in a session.
    pub name: &'static str,
    /// Where it is on the host, or would be.
    pub path: Utf8PathBuf,
    /// Whether the machine's own configuration names it.
    pub is_of_system: bool,
}

/// What the user's own Git does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UserGit {
    /// The settings that a session's Git can have, too.
    pub settings: Vec<GitSetting>,
    /// Those that make it use SSH where it would not need to.
    pub through_ssh: Vec<GitSetting>,
    /// Files that it reads.
    pub files: Vec<GitFile>,
    /// Whether it signs what it commits.
    pub signs: bool,
    /// The settings by which it runs programs of the host when it commits.
    pub programs: Vec<String>,
}

impl UserGit {
    /// Asks Git, which knows all its files, includes and conditions. Without Git, or if that hangs,
    /// there is nothing to carry.
    pub(crate) async fn find(host: &Host, directory: &Utf8Path) -> Self {
        match tokio::time::timeout(PATIENCE, ask(host, directory)).await {
            Ok(Ok(records)) => Self::of(&records, host),
            Ok(Err(_)) | Err(_) => Self::default(),
        }
    }

    fn of(records: &Records, host: &Host) -> Self {
        let identity = IDENTITY.iter().filter_map(|key| {
            let value = records.last(key)?.value.as_ref()?;
            Some(GitSetting::new(*key, value))
        });
        let mut settings: Vec<GitSetting> = identity.collect();
        settings.extend(carried::settings(records));
        settings.extend(lfs::settings(records));
        settings.extend(signing::switched_off(records));
        let (through_ssh, urls) = address::settings(records)
            .into_iter()
            .partition(address::needs_keys);
        settings.extend::<Vec<GitSetting>>(urls);
        let mut files = Vec::new();
        for (key, name) in FILES {
            match file(records, host, key, name) {
                Some(Named::File(file)) => files.push(file),
                Some(Named::InProject(setting)) => settings.push(setting),
                None => {}
            }
        }
        Self {
            settings,
            through_ssh,
            files,
            signs: signing::is_on(records),
            programs: programs(records),
        }
    }
}

/// A file, as a key names it.
enum Named {
    /// On the host.
    File(GitFile),
    /// Relative to the top of whatever repository Git works in.
    InProject(GitSetting),
}

fn file(records: &Records, host: &Host, key: &'static str, name: &'static str) -> Option<Named> {
    let found = |path, is_of_system| {
        Some(Named::File(GitFile {
            key,
            name,
            path,
            is_of_system,
        }))
    };
    let Some(record) = records.last(key) else {
        return found(host.git_directory().join(name), false);
    };
    let value = record
        .value
        .as_deref()
        .filter(|_| record.scope.is_users())?;
    let path = Utf8Path::new(value.strip_prefix(":(optional)").unwrap_or(value));
    if value.is_empty() || value.starts_with("%(prefix)") {
        // Of Git's own installation, which is another one in the session.
        return None;
    }
    let expanded = host.expand_home(path);
    if expanded.is_absolute() {
        return found(expanded, record.scope == Scope::System);
    }
    // The home of another user is nobody's in the session.
    let is_carried = !value.starts_with('~') && is_presentable(value);
    is_carried.then(|| Named::InProject(GitSetting::new(key, value)))
}

/// The settings of the user's by which Git runs programs that are not in a session: hooks, and filters
/// other than Git LFS.
fn programs(records: &Records) -> Vec<String> {
    let mut programs = Vec::new();
    if records.of_user("core.hooksPath").is_some() {
        programs.push("core.hooksPath".to_owned());
    }
    for record in records.iter().filter(|record| record.scope.is_users()) {
        let filter = record.key.strip_suffix(".clean");
        let filter = filter.or_else(|| record.key.strip_suffix(".process"));
        let Some(filter) = filter.filter(|filter| *filter != "filter.lfs") else {
            continue;
        };
        if !programs.iter().any(|known| known == filter) {
            programs.push(filter.to_owned());
        }
    }
    programs
}

/// Whether a value may stand in a command line.
fn is_presentable(value: &str) -> bool {
    value.len() <= LONGEST_VALUE && !value.contains(char::is_control)
}

/// What is asked for, as an extended regular expression for names that Git prints: section and variable
/// in lower case.
fn pattern() -> String {
    let files = FILES.iter().map(|(key, _)| *key);
    let keys = IDENTITY.into_iter().chain(files);
    let keys = keys.chain(carried::KEYS).chain(signing::KEYS);
    let mut names: Vec<String> = keys
        .chain(["core.hooksPath"])
        .map(|key| key.to_ascii_lowercase().replace('.', r"\."))
        .collect();
    names.push(r"url\..*\.(insteadof|pushinsteadof)".to_owned());
    names.push(r"filter\..*\.(clean|smudge|process|required)".to_owned());
    format!("^({})$", names.join("|"))
}

async fn ask(host: &Host, directory: &Utf8Path) -> io::Result<Records> {
    let pattern = pattern();
    let args = ["config", "--null", "--show-scope", "--get-regexp", &pattern];
    if let Some(records) = answer(host, directory, &args).await? {
        return Ok(Records::parse(&records, Scopes::Told));
    }
    // Git before 2.26 tells no scopes, so only who the user is can be taken.
    let args = ["config", "--null", "--get-regexp", r"^user\.(name|email)$"];
    let records = answer(host, directory, &args).await?.unwrap_or_default();
    Ok(Records::parse(&records, Scopes::Untold))
}

/// What Git prints; `None` if it does not know an option.
async fn answer(host: &Host, directory: &Utf8Path, args: &[&str]) -> io::Result<Option<Vec<u8>>> {
    let mut git = Command::new("git")
        .args(args)
        .current_dir(directory)
        .env_clear()
        .envs(&host.environment)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let mut records = Vec::new();
    if let Some(output) = git.stdout.take() {
        output.take(LONGEST).read_to_end(&mut records).await?;
    }
    if records.is_empty() && git.wait().await?.code() == Some(USAGE) {
        return Ok(None);
    }
    // Dropped, it is killed where it has more to say.
    Ok(Some(records))
}

#[cfg(test)]
mod tests;
