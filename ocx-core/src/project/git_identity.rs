//! The identity that Git would put into a commit here.

use std::{io, process::Stdio, time::Duration};

use camino::Utf8Path;
use tokio::{io::AsyncReadExt as _, process::Command};

use crate::host::Host;

/// Git answers in milliseconds, unless a file that it reads is a named pipe or on a disk that is gone.
const PATIENCE: Duration = Duration::from_secs(5);

/// More than any identity is, in bytes.
const LONGEST: u64 = 1 << 20;

/// The identity that Git would put into a commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitIdentity {
    /// `user.name`.
    pub name: Option<String>,
    /// `user.email`.
    pub email: Option<String>,
}

impl GitIdentity {
    /// Asks Git, which knows all its files, includes and conditions. Without Git, or if that hangs,
    /// there is no identity.
    pub(crate) async fn find(host: &Host, directory: &Utf8Path) -> Self {
        match tokio::time::timeout(PATIENCE, ask(host, directory)).await {
            Ok(Ok(records)) => parse(&records),
            Ok(Err(_)) | Err(_) => Self::default(),
        }
    }
}

async fn ask(host: &Host, directory: &Utf8Path) -> io::Result<Vec<u8>> {
    let mut git = Command::new("git")
        .args(["config", "--null", "--get-regexp", r"^user\.(name|email)$"])
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
    // Dropped, it is killed where it has more to say.
    Ok(records)
}

/// Reads `key LF value NUL` records; the last one of a key counts.
fn parse(records: &[u8]) -> GitIdentity {
    let mut identity = GitIdentity::default();
    for record in records.split(|&byte| byte == 0) {
        let Some((key, value)) = std::str::from_utf8(record)
            .ok()
            .and_then(|record| record.split_once('\n'))
        else {
            continue;
        };
        match key {
            "user.name" => identity.name = Some(value.to_owned()),
            "user.email" => identity.email = Some(value.to_owned()),
            _ => {}
        }
    }
    identity
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_record_counts() {
        let identity = parse(b"user.name\nJane\0user.email\na@x\0user.email\nb@x\0");
        assert_eq!(identity.name.as_deref(), Some("Jane"));
        assert_eq!(identity.email.as_deref(), Some("b@x"));
        assert_eq!(parse(b""), GitIdentity::default());
    }
}
