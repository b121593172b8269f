//! Files of environment variables, one `KEY=VALUE` per line.
//!
//! Engines have parsers of their own, which ocx does not use: a bare `KEY` imports the host's value
//! in Docker and Podman, and a line `*` passes the whole host environment in Podman. An env file
//! often belongs to a project that the user did not write.
//!
//! The dialect is the common part of what `.env` loaders accept:
//! - Blank lines and lines that begin with `#` are skipped; `export ` before a key is allowed.
//! - A key is made of ASCII letters, digits, `_`, `.` and `-` and does not begin with a digit.
//! - An unquoted value runs to the end of the line or to a `#` after a blank; blanks around it go.
//! - `'…'` is taken as it stands. In `"…"`, `\n`, `\r`, `\t`, `\"`, `\\` and `\$` are escapes, and
//!   any other backslash stands for itself. Quoted values may run over several lines (keys in PEM
//!   form do); only a comment may follow the closing quote.
//! - `$` is an ordinary character: nothing is expanded.
//! - When a key is given twice, the later one wins.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use crate::{
    disk::read_bounded,
    spec::{EnvName, EnvValue},
};

/// Far above any real env file; a bound for what an untrusted setting may make ocx read.
const MAX_BYTES: u64 = 1024 * 1024;

/// Reads and parses the env file at `path`. The values are secrets.
///
/// # Errors
///
/// If it cannot be read, is no regular file, is larger than 1 MiB, or has a bad line.
pub(crate) fn read_env_file(path: &Utf8Path) -> Result<Vec<(EnvName, EnvValue)>, EnvFileError> {
    let failed = |source| EnvFileError::Read {
        path: path.to_owned(),
        source,
    };
    let content = read_bounded(path, MAX_BYTES).map_err(failed)?;
    parse_env_file(path, &content)
}

/// Parses the content of an env file; `path` is for messages only.
///
/// # Errors
///
/// [`EnvFileError::Line`] for the first bad line.
pub(crate) fn parse_env_file(
    path: &Utf8Path,
    content: &[u8],
) -> Result<Vec<(EnvName, EnvValue)>, EnvFileError> {
    let at = |line| {
        let path = path.to_owned();
        move |reason| EnvFileError::Line { path, line, reason }
    };
    let text = std::str::from_utf8(content).map_err(|error| {
        let line = 1 + content[..error.valid_up_to()]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        at(line)(EnvLineError::NotUtf8)
    })?;
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut line = 1;
    let mut variables: Vec<(EnvName, EnvValue)> = Vec::new();
    while !rest.is_empty() {
        let (parsed, remaining) = parse_line(rest).map_err(at(line))?;
        if let Some((name, value)) = parsed {
            variables.retain(|(earlier, _)| *earlier != name);
            variables.push((name, EnvValue::Secret(value)));
        }
        line += rest[..rest.len() - remaining.len()].matches('\n').count();
        rest = remaining;
    }
    Ok(variables)
}

type Parsed<'a> = (Option<(EnvName, String)>, &'a str);

/// Parses one variable, comment or blank line; returns what follows its line break.
fn parse_line(text: &str) -> Result<Parsed<'_>, EnvLineError> {
    let (line, after) = split_line(text);
    let start = line.trim_start_matches(is_blank);
    if start.is_empty() || start.starts_with('#') {
        return Ok((None, after));
    }
    let start = match start.strip_prefix("export") {
        Some(rest) if rest.starts_with(is_blank) => rest.trim_start_matches(is_blank),
        _ => start,
    };
    let Some((key, raw)) = start.split_once('=') else {
        return Err(if start.contains(['*', '?']) {
            EnvLineError::Glob
        } else {
            EnvLineError::NoEqualsSign
        });
    };
    if key.contains(['*', '?']) {
        return Err(EnvLineError::Glob);
    }
    if key.contains(is_blank) {
        return Err(EnvLineError::BlankInKey);
    }
    let name = parse_key(key)?;
    let value = raw.trim_start_matches(is_blank);
    let (value, after) = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            // The value may reach beyond this line, of which `value` is the end: go on in the text.
            let opening = line.len() - value.len() + quote.len_utf8();
            let (value, rest) = parse_quoted(&text[opening..], quote)?;
            let (trailing, after) = split_line(rest);
            let trailing = trailing.trim_start_matches(is_blank);
            if !trailing.is_empty() && !trailing.starts_with('#') {
                return Err(EnvLineError::TextAfterQuote);
            }
            (value, after)
        }
        _ => (strip_comment(value).to_owned(), after),
    };
    if value.contains('\0') {
        return Err(EnvLineError::NulInValue);
    }
    Ok((Some((name, value)), after))
}

fn parse_key(key: &str) -> Result<EnvName, EnvLineError> {
    let good = key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
    if !good {
        return Err(EnvLineError::BadKey);
    }
    key.parse().map_err(|_| EnvLineError::BadKey)
}

/// Reads up to the closing quote; `text` begins after the opening one.
fn parse_quoted(text: &str, quote: char) -> Result<(String, &str), EnvLineError> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((index, character)) = characters.next() {
        if character == quote {
            return Ok((value, &text[index + 1..]));
        }
        if character == '\\' && quote == '"' {
            match characters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 'r')) => value.push('\r'),
                Some((_, 't')) => value.push('\t'),
                Some((_, escaped @ ('"' | '\\' | '$'))) => value.push(escaped),
                Some((_, other)) => value.extend(['\\', other]),
                None => break,
            }
        } else if character == '\r' && text[index + 1..].starts_with('\n') {
            // A line break of a file written on Windows is one line break.
        } else {
            value.push(character);
        }
    }
    Err(EnvLineError::UnclosedQuote)
}

/// The first line without its line break, and what follows it.
fn split_line(text: &str) -> (&str, &str) {
    let (line, after) = text.split_once('\n').unwrap_or((text, ""));
    (line.strip_suffix('\r').unwrap_or(line), after)
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t')
}

/// Cuts a comment off an unquoted value: `#` at its start or after a blank.
fn strip_comment(value: &str) -> &str {
    let end = value
        .match_indices('#')
        .map(|(index, _)| index)
        .find(|index| value[..*index].ends_with(is_blank) || *index == 0)
        .unwrap_or(value.len());
    value[..end].trim_end_matches(is_blank)
}

/// Why an env file cannot be used. Never holds a value.
#[derive(Debug, thiserror::Error)]
pub enum EnvFileError {
    /// It cannot be read.
    #[error("cannot read the env file `{path}`")]
    Read {
        /// The file.
        path: Utf8PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A line is bad.
    #[error("`{path}`, line {line}: {reason}")]
    Line {
        /// The file.
        path: Utf8PathBuf,
        /// The line, counted from 1; for a quoted value, where it begins.
        line: usize,
        /// What is wrong with it.
        reason: EnvLineError,
    },
}

/// What is wrong with a line of an env file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvLineError {
    /// No `=`: container engines would take the host's value.
    #[error("no `=` (a bare name would import the host's value; write `NAME=value`)")]
    NoEqualsSign,
    /// A pattern instead of a key: Podman would pass every host variable that matches.
    #[error("a pattern instead of a name (it would import variables of the host)")]
    Glob,
    /// A blank in or after the key.
    #[error("a blank before the `=`")]
    BlankInKey,
    /// The key has other characters than letters, digits, `_`, `.` and `-`, or none.
    #[error("the name before the `=` must be letters, digits, `_`, `.` or `-`, not a digit first")]
    BadKey,
    /// The closing quote is missing.
    #[error("the closing quote is missing")]
    UnclosedQuote,
    /// Something other than a comment after the closing quote.
    #[error("text after the closing quote")]
    TextAfterQuote,
    /// The value contains a NUL, which no environment variable can.
    #[error("a NUL character in the value")]
    NulInValue,
    /// The file is not UTF-8 here.
    #[error("not UTF-8")]
    NotUtf8,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::testing::{corpus, fuzz};

    fn parse(text: &str) -> Result<Vec<(String, String)>, EnvFileError> {
        let parsed = parse_env_file(Utf8Path::new(".env"), text.as_bytes())?;
        Ok(parsed
            .iter()
            .map(|(name, value)| (name.to_string(), value.expose().to_owned()))
            .collect())
    }

    fn one(text: &str) -> String {
        let mut parsed = parse(text).unwrap();
        assert_eq!(parsed.len(), 1, "{text:?}");
        parsed.remove(0).1
    }

    /// Renders a variable so that [`parse_env_file`] gives it back.
    fn render_env_line(name: &EnvName, value: &str) -> String {
        let mut line = format!("{name}=\"");
        for character in value.chars() {
            match character {
                '\n' => line.push_str("\\n"),
                '\r' => line.push_str("\\r"),
                '\t' => line.push_str("\\t"),
                '"' | '\\' | '$' => line.extend(['\\', character]),
                other => line.push(other),
            }
        }
        line.push('"');
        line
    }

    #[test]
    fn reads_the_usual_forms() {
        let text = "\u{feff}# comment\r\n\r\n  export A=1\r\nB = \n";
        insta::assert_snapshot!(parse(text).unwrap_err(), @"`.env`, line 4: a blank before the `=`");
        let text = "\u{feff}# c\r\n\r\n  export\tA=1\r\nB=\nexport=x\nspring.url=a=b\nA=2";
        insta::assert_compact_json_snapshot!(parse(text).unwrap(), @r#"[["B", ""], ["export", "x"], ["spring.url", "a=b"], ["A", "2"]]"#);
    }

    #[test]
    fn values() {
        for (text, value) in [
            ("K=plain text ", "plain text"),
            ("K= padded # comment", "padded"),
            ("K=a#b", "a#b"),
            ("K=#gone", ""),
            ("K=it's", "it's"),
            ("K=$HOME", "$HOME"),
            ("K='a # \"$x\\n'  # comment", "a # \"$x\\n"),
            (r#"K="a\n\t\"\\\$\d" "#, "a\n\t\"\\$\\d"),
            ("K=\"a\r\nb\"\r\n", "a\nb"),
            ("K='-----BEGIN\nx\n-----END'\n", "-----BEGIN\nx\n-----END"),
            ("K=\"\"", ""),
        ] {
            assert_eq!(one(text), value, "{text:?}");
        }
    }

    #[test]
    fn bad_lines_are_named_without_their_text() {
        for (text, line, reason) in [
            ("A=1\nhunter2\n", 2, EnvLineError::NoEqualsSign),
            ("export hunter2", 1, EnvLineError::NoEqualsSign),
            ("*", 1, EnvLineError::Glob),
            ("AWS_*", 1, EnvLineError::Glob),
            ("AWS_*=hunter2", 1, EnvLineError::Glob),
            ("A B=hunter2", 1, EnvLineError::BlankInKey),
            ("=hunter2", 1, EnvLineError::BadKey),
            ("1A=hunter2", 1, EnvLineError::BadKey),
            ("Ä=hunter2", 1, EnvLineError::BadKey),
            ("\n\nA=\"hunter2\nB=2\n", 3, EnvLineError::UnclosedQuote),
            ("A='x'hunter2", 1, EnvLineError::TextAfterQuote),
            ("A='x\ny'\nhunter2", 3, EnvLineError::NoEqualsSign),
            ("A=hunter2\0", 1, EnvLineError::NulInValue),
        ] {
            let error = parse(text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"));
            let EnvFileError::Line {
                line: found,
                reason: why,
                ..
            } = error
            else {
                panic!("{text:?}");
            };
            assert_eq!((found, why), (line, reason), "{text:?}");
        }
        let error = parse_env_file(Utf8Path::new("x"), b"A=1\nB=\xff").unwrap_err();
        assert!(matches!(
            error,
            EnvFileError::Line {
                line: 2,
                reason: EnvLineError::NotUtf8,
                ..
            }
        ));
    }

    #[test]
    fn values_do_not_show_in_debug_output() {
        let parsed = parse_env_file(Utf8Path::new("x"), b"KEY=hunter2").unwrap();
        assert!(!format!("{parsed:?}").contains("hunter2"));
    }

    #[test]
    fn reads_only_regular_files_of_sane_size() {
        use std::fs;
        let dir = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(dir.path()).unwrap();
        let kind = |path: &Utf8Path| match read_env_file(path) {
            Err(EnvFileError::Read { source, .. }) => source.kind(),
            other => panic!("{other:?}"),
        };
        let device = kind(Utf8Path::new("/dev/zero"));
        assert_eq!(device, io::ErrorKind::InvalidInput);
        assert_eq!(kind(&root.join("missing")), io::ErrorKind::NotFound);
        fs::write(root.join("big"), vec![b'#'; 1024 * 1024 + 1]).unwrap();
        assert_eq!(kind(&root.join("big")), io::ErrorKind::FileTooLarge);
        fs::write(root.join("good"), "A=1\n").unwrap();
        assert_eq!(read_env_file(&root.join("good")).unwrap().len(), 1);
    }

    #[test]
    fn fuzz_env_files() {
        let seeds = corpus(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/env-file"));
        fuzz(&seeds, |input| {
            let Ok(variables) = parse_env_file(Utf8Path::new("x"), input) else {
                return;
            };
            let names: BTreeSet<_> = variables.iter().map(|(name, _)| name).collect();
            assert_eq!(names.len(), variables.len(), "each name once");
            assert!(!format!("{variables:?}").contains('\0'));
        });
    }

    proptest! {
        #[test]
        fn never_panics_on_text_like_an_env_file(text in "([A-Z =#'\"\\\\$*\r\n\té]|export )*") {
            let _ = parse(&text);
        }

        #[test]
        fn what_is_rendered_is_read_back(values in proptest::collection::vec("[^\0]*", 0..5)) {
            let names: Vec<EnvName> = (0..values.len())
                .map(|index| format!("K{index}").parse().unwrap())
                .collect();
            let text: String = names
                .iter()
                .zip(&values)
                .map(|(name, value)| render_env_line(name, value) + "\n")
                .collect();
            let read: Vec<String> = parse(&text).unwrap().into_iter().map(|(_, v)| v).collect();
            prop_assert_eq!(read, values);
        }
    }
}
