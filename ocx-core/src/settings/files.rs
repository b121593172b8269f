//! Reading configuration files.

use std::{fs::File, io::Read as _};

use camino::{Utf8Path, Utf8PathBuf};
use figment::value::{Dict, Value};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{SettingsError, syntax};
use crate::{
    disk::read_text,
    host::Host,
    project::{foreign_owner, mode_for_everybody},
};

/// A file larger than this is no settings file.
const LARGEST: u64 = 1024 * 1024;

/// What is behind this in a file, which is twice the size of opencode, is not looked at.
const LARGEST_HASHED: u64 = 512 * 1024 * 1024;

/// A configuration file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFile {
    /// Whose it is.
    pub layer: FileLayer,
    /// Its path.
    pub path: Utf8PathBuf,
}

/// Whose a configuration file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileLayer {
    /// The user's, for all projects.
    Global,
    /// The project's.
    Project,
}

/// The top level of the file at `path`, and its text.
///
/// The format is told by the name. The path is taken as it is: nothing is searched for, and a
/// missing file is an error.
pub(super) fn read_file(path: &Utf8Path) -> Result<(Dict, String), SettingsError> {
    let text = read_text(path, LARGEST).map_err(|source| SettingsError::Read {
        path: path.to_owned(),
        source,
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Ok((parse(path, text)?, text.to_owned()))
}

/// Makes sure that the user's own file is their own word: it may set all that no project may.
///
/// Members of a group may write to it where the user lets them, as is usual with a group of one's own.
pub(super) fn refuse_what_others_may_write(
    path: &Utf8Path,
    host: &Host,
) -> Result<(), SettingsError> {
    let unreadable = |source| SettingsError::Read {
        path: path.to_owned(),
        source,
    };
    if let Some(owner) = foreign_owner(path, host).map_err(unreadable)? {
        return Err(SettingsError::Foreign {
            path: path.to_owned(),
            owner,
        });
    }
    match mode_for_everybody(path).map_err(unreadable)? {
        None => Ok(()),
        Some(mode) => Err(SettingsError::WritableByAll {
            path: path.to_owned(),
            mode,
        }),
    }
}

/// The SHA-256 of a regular file, such as a program; `None` for anything else.
pub(super) fn hash_of_regular_file(path: &Utf8Path) -> Option<String> {
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut reader = File::open(path).ok()?.take(LARGEST_HASHED);
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 64 * 1024]);
    loop {
        match reader.read(&mut buffer).ok()? {
            0 => return Some(hex::encode(hash.finalize())),
            length => hash.update(&buffer[..length]),
        }
    }
}

/// The top level of a text; the format is told by the name of its file.
pub(super) fn parse(path: &Utf8Path, text: &str) -> Result<Dict, SettingsError> {
    if path.extension() == Some("json") {
        parse_json(path, text)
    } else {
        parse_toml(path, text)
    }
}

pub(super) fn parse_toml(path: &Utf8Path, text: &str) -> Result<Dict, SettingsError> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start).min(text.len());
        let end = error.span().map_or(0, |span| span.end).min(text.len());
        let message = one_line(error.message());
        syntax::of_toml(path, text, start..end.max(start), message).into()
    })
}

fn parse_json(path: &Utf8Path, text: &str) -> Result<Dict, SettingsError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let parsed = <Value as Deserialize>::deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| {
            let message = error.to_string();
            let place = format!(" at line {} column {}", error.line(), error.column());
            let message = one_line(message.strip_suffix(&place).unwrap_or(&message));
            let offset = offset_of(text, error.line(), error.column());
            SettingsError::from(syntax::of_json(path, text, offset, message))
        })?;
    match parsed {
        Value::Dict(_, dict) => Ok(dict),
        _ => {
            let message = "expected an object of settings".to_owned();
            Err(syntax::of_json(path, text, 0, message).into())
        }
    }
}

/// The byte at this line and column, which are counted from 1, and the column in bytes.
fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let above = text.split_inclusive('\n').take(line.saturating_sub(1));
    let start: usize = above.map(str::len).sum();
    let offset = (start + column.saturating_sub(1)).min(text.len());
    (0..=offset)
        .rev()
        .find(|offset| text.is_char_boundary(*offset))
        .unwrap_or_default()
}

/// A parser's message, with nothing in it that could disturb a terminal: it may quote the file.
fn one_line(message: &str) -> String {
    message
        .lines()
        .collect::<Vec<_>>()
        .join(", ")
        .replace(char::is_control, "?")
}
