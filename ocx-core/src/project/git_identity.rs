//! The identity that Git would put into a commit here.

use std::process::Stdio;

use camino::Utf8Path;
use tokio::process::Command;

use crate::host::Host;

/// The identity that Git would put into a commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitIdentity {
    /// `user.name`.
    pub name: Option<String>,
    /// `user.email`.
    pub email: Option<String>,
}

impl GitIdentity {
    /// Asks Git, which knows all its files, includes and conditions. Without Git there is no identity.
    pub(crate) async fn find(host: &Host, directory: &Utf8Path) -> Self {
        let output = Command::new("git")
            .args(["config", "--null", "--get-regexp", r"^user\.(name|email)$"])
            .current_dir(directory)
            .env_clear()
            .envs(&host.environment)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await;
        output
            .map(|output| parse(&output.stdout))
            .unwrap_or_default()
    }
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
