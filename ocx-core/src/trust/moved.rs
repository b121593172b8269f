//! What is known of a project whose directory has another path now.

use std::io;

use camino::Utf8Path;
use serde_json::Value;

use super::{
    Trust, TrustError,
    files::{read_json, record_file, sessions_of, write},
    record::Record,
};
use crate::host::Host;

/// How much of what the user has said of the project goes along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SameDirectory {
    /// All of it.
    Yes,
    /// What it approves of by content: nobody knows whose the directory is.
    NotKnown,
}

/// Gives what is known of the project that was at `from` to the one at `to`: what agents have made stays
/// known as theirs. Interrupted, it goes on when it is called again.
pub(crate) fn adopt(
    host: &Host,
    from: &Utf8Path,
    to: &Utf8Path,
    same: SameDirectory,
) -> Result<(), TrustError> {
    let marks = sessions_of(host, from);
    for entry in marks.read_dir_utf8().into_iter().flatten().flatten() {
        let file = entry.path();
        if let Ok(Some(mark)) = read_json::<Value>(file) {
            write(file, &rebased(mark, from, to))?;
        }
    }
    let file = record_file(host, from);
    let old = match read_json::<Value>(&file) {
        Ok(Some(record)) => serde_json::from_value(rebased(record, from, to)).ok(),
        Ok(None) => return Ok(()),
        Err(_) => None,
    };
    // Nobody knows what was in one that is damaged.
    let old = old.unwrap_or_else(|| Record {
        lost: true,
        ..Record::default()
    });
    Trust::at(host, to)?.take_over(old, same)?;
    match std::fs::remove_file(&file) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(TrustError::File { path: file, source })
        }
        _ => Ok(()),
    }
}

impl Record {
    /// Adds what another record knows.
    pub(super) fn take_over(&mut self, old: Self, same: SameDirectory) {
        let says_nothing =
            self.standing.is_none() && self.agreed.is_empty() && self.contents.is_empty();
        if says_nothing {
            if same == SameDirectory::Yes {
                self.standing = old.standing;
                self.since = old.since;
                self.agreed = old.agreed;
            }
            self.contents = old.contents;
            self.known = old.known;
            self.texts = old.texts;
        }
        for (path, made) in old.agent_made {
            self.agent_made.entry(path).or_insert(made);
        }
        for (path, accepted) in old.accepted {
            self.accepted.entry(path).or_insert(accepted);
        }
        let later = std::mem::take(&mut self.windows);
        for window in old.windows.into_iter().chain(later) {
            self.add_window(window);
        }
        self.lost |= old.lost;
    }
}

/// The same with all paths below `from` below `to`.
fn rebased(value: Value, from: &Utf8Path, to: &Utf8Path) -> Value {
    let moved = |text: String| match Utf8Path::new(&text).strip_prefix(from) {
        Ok(rest) if text.starts_with('/') && rest == "" => to.to_string(),
        Ok(rest) if text.starts_with('/') => to.join(rest).into_string(),
        _ => text,
    };
    match value {
        Value::String(text) => Value::String(moved(text)),
        Value::Array(values) => {
            let values = values.into_iter().map(|value| rebased(value, from, to));
            Value::Array(values.collect())
        }
        Value::Object(fields) => {
            let fields = fields
                .into_iter()
                .map(|(key, value)| (moved(key), rebased(value, from, to)));
            Value::Object(fields.collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_of_the_project_are_in_its_new_place() {
        let old = json!({
            "root": "/p/app",
            "agent_made": { "/p/app/ocx.toml": 1, "/p/apple": 2 },
            "windows": [{ "trees": ["/p/app/docker", "app", "/q/p/app"] }],
        });
        let new = json!({
            "root": "/q/new",
            "agent_made": { "/q/new/ocx.toml": 1, "/p/apple": 2 },
            "windows": [{ "trees": ["/q/new/docker", "app", "/q/p/app"] }],
        });
        let rebased = rebased(old, "/p/app".into(), "/q/new".into());
        assert_eq!(rebased, new);
    }
}
