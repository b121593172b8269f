//! The identity that Git would put into a commit here.

use std::process::{Command, Stdio};

use camino::Utf8Path;
use ocx_core::host::GitIdentity;

/// Asks Git, which knows all its files, includes and conditions. Without Git there is no identity.
pub(crate) fn find(directory: &Utf8Path) -> GitIdentity {
    let output = Command::new("git")
        .args(["config", "--null", "--get-regexp", r"^user\.(name|email)$"])
        .current_dir(directory)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    output
        .map(|output| parse(&output.stdout))
        .unwrap_or_default()
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
