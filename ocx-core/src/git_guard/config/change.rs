//! What becomes of a configuration file that a session has changed.

use super::{
    policy::{Surroundings, is_harmless},
    text::{Config, Entry, Key},
};

/// What is to be done with a changed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::git_guard) enum Verdict {
    /// All changes are harmless.
    Harmless,
    /// The file has to be this text instead. What was harmless is in it.
    Revert {
        text: Vec<u8>,
        /// The variables that are put back, as `git config` prints them. Empty if the file is not
        /// one that Git could read, or would have written.
        keys: Vec<String>,
    },
}

/// Compares the text of a configuration file with what it was.
///
/// The text that comes out is the old one, byte for byte, but for harmless variables, which are
/// written anew at its end. So nothing of what a session wrote is ever kept as it wrote it: a text
/// that this reads otherwise than some Git does gains nothing by that.
pub(in crate::git_guard) fn judge(
    before: &[u8],
    now: &[u8],
    surroundings: &Surroundings<'_>,
) -> Verdict {
    if before == now {
        return Verdict::Harmless;
    }
    let old = Config::parse(before);
    let mut new = Config::parse(now);
    // Git writes it first, and never removes it: without it another file is in the place of this one.
    new.malformed |= is_made_by_git(&old) && !is_made_by_git(&new);
    // Nor does it empty a file.
    new.malformed |= new.entries.is_empty() && !old.entries.is_empty();
    if old.malformed {
        return Verdict::Revert {
            text: before.to_vec(),
            keys: Vec::new(),
        };
    }
    let mut changed: Vec<&Key> = Vec::new();
    for entry in old.entries.iter().chain(&new.entries) {
        if !changed.contains(&&entry.key) && old.values(&entry.key) != new.values(&entry.key) {
            changed.push(&entry.key);
        }
    }
    let (kept, reverted): (Vec<&Key>, Vec<&Key>) = changed.into_iter().partition(|key| {
        [old.values(key), new.values(key)]
            .concat()
            .into_iter()
            .all(|value| is_harmless(key, value, surroundings))
            // What is missing in a file that is broken off was not removed by anybody.
            && !(new.malformed && new.values(key).is_empty())
    });
    if reverted.is_empty() && !new.malformed && keeps_order(&old, &new, &kept) {
        return Verdict::Harmless;
    }
    Verdict::Revert {
        text: merged(before, &old, &new, &kept),
        keys: if new.malformed {
            Vec::new()
        } else {
            reverted.into_iter().map(Key::shown).collect()
        },
    }
}

fn is_made_by_git(config: &Config) -> bool {
    config
        .entries
        .iter()
        .any(|entry| entry.key.section == "core" && entry.key.name == "repositoryformatversion")
}

/// Whether the variables that stay are in the order that they had. The order of `include.path` among
/// others decides which of them count, and that of `credential.helper` which is asked.
fn keeps_order(old: &Config, new: &Config, kept: &[&Key]) -> bool {
    let rest = |config: &Config| -> Vec<Key> {
        config
            .entries
            .iter()
            .map(|entry| entry.key.clone())
            .filter(|key| !kept.contains(&key))
            .collect()
    };
    let has_order = |key: &Key| !matches!(key.section.as_str(), "branch" | "remote" | "submodule");
    let ordered = |keys: Vec<Key>| -> Vec<Key> { keys.into_iter().filter(has_order).collect() };
    ordered(rest(old)) == ordered(rest(new))
}

/// The old text with the new values of harmless variables.
fn merged(before: &[u8], old: &Config, new: &Config, kept: &[&Key]) -> Vec<u8> {
    let mut text = Vec::with_capacity(before.len());
    let mut copied = 0;
    for entry in old.entries.iter().filter(|old| kept.contains(&&old.key)) {
        let line = whole_line(before, entry);
        text.extend_from_slice(&before[copied..line.start]);
        copied = line.end;
    }
    text.extend_from_slice(&before[copied..]);
    let mut section = None;
    for entry in new.entries.iter().filter(|new| kept.contains(&&new.key)) {
        let this = (&entry.key.section, &entry.key.subsection);
        if section != Some(this) {
            if !text.is_empty() && !text.ends_with(b"\n") {
                text.push(b'\n');
            }
            write_header(&mut text, &entry.key);
            section = Some(this);
        }
        write_variable(&mut text, entry);
    }
    text
}

/// The line of a variable if nothing else is in it, else what belongs to the variable.
fn whole_line(text: &[u8], entry: &Entry) -> std::ops::Range<usize> {
    let before = &text[..entry.span.start];
    let line = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    if !before[line..].iter().all(|byte| b" \t".contains(byte)) {
        return entry.span.clone();
    }
    let end = text[entry.span.end..]
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(text.len(), |at| entry.span.end + at + 1);
    line..end
}

fn write_header(text: &mut Vec<u8>, key: &Key) {
    text.extend_from_slice(format!("[{}", key.section).as_bytes());
    if let Some(middle) = &key.subsection {
        text.extend_from_slice(b" \"");
        for byte in middle {
            if b"\"\\".contains(byte) {
                text.push(b'\\');
            }
            text.push(*byte);
        }
        text.push(b'"');
    }
    text.extend_from_slice(b"]\n");
}

fn write_variable(text: &mut Vec<u8>, entry: &Entry) {
    text.push(b'\t');
    text.extend_from_slice(entry.key.name.as_bytes());
    if let Some(value) = &entry.value {
        text.extend_from_slice(b" = ");
        let is_plain = value
            .iter()
            .all(|byte| byte.is_ascii_graphic() && !b"\"\\;#".contains(byte));
        if is_plain && !value.is_empty() {
            text.extend_from_slice(value);
        } else {
            write_quoted(text, value);
        }
    }
    text.push(b'\n');
}

fn write_quoted(text: &mut Vec<u8>, value: &[u8]) {
    text.push(b'"');
    for byte in value {
        match byte {
            b'\n' => text.extend_from_slice(b"\\n"),
            b'\t' => text.extend_from_slice(b"\\t"),
            8 => text.extend_from_slice(b"\\b"),
            b'"' | b'\\' => text.extend_from_slice(&[b'\\', *byte]),
            other => text.push(*other),
        }
    }
    text.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "# mine\n[core]\n\tbare = false\n[remote \"origin\"]\n\turl = \
                          https://a/b\n\n[alias]\n\tst = status ; short\n";

    fn judged(now: &str) -> Verdict {
        let surroundings = Surroundings {
            is_worktree: &|_| false,
            is_reachable: &|_| false,
        };
        judge(BEFORE.as_bytes(), now.as_bytes(), &surroundings)
    }

    fn reverted(now: &str) -> (String, Vec<String>) {
        match judged(now) {
            Verdict::Revert { text, keys } => (String::from_utf8(text).unwrap(), keys),
            Verdict::Harmless => panic!("harmless: {now}"),
        }
    }

    #[test]
    fn harmless_changes_stay_as_they_are() {
        for now in [
            BEFORE.to_owned(),
            format!("{BEFORE}[branch \"main\"]\n\tremote = origin\n"),
            BEFORE.replace("https://a/b", "https://a/c"),
            BEFORE.replace("# mine", "# yours"),
            BEFORE.replace("\turl = https://a/b\n", ""),
        ] {
            assert_eq!(judged(&now), Verdict::Harmless, "{now}");
        }
    }

    #[test]
    fn the_old_text_comes_back_byte_for_byte() {
        for (now, key) in [
            (
                format!("{BEFORE}[core]\n\tfsmonitor = x\n"),
                "core.fsmonitor",
            ),
            (format!("[core] fsmonitor = x\n{BEFORE}"), "core.fsmonitor"),
            (BEFORE.replace("status", "!x"), "alias.st"),
            (BEFORE.replace("\tst = status ; short\n", ""), "alias.st"),
            (format!("{BEFORE}\tst = !x\n"), "alias.st"),
        ] {
            assert_eq!(
                reverted(&now),
                (BEFORE.to_owned(), vec![key.to_owned()]),
                "{now}"
            );
        }
        // Git would read none of it; a file that it cannot read stops every command.
        assert_eq!(reverted(&format!("{BEFORE}[core\n")).0, BEFORE);
        assert_eq!(
            reverted(&format!("{BEFORE}[core]\nx = \0\n")).0,
            BEFORE.to_owned()
        );
        // Neither the end of a file nor its whole content was removed by Git.
        for now in ["", "# mine\n", "[core]\n\tbare = false\n[remo"] {
            assert_eq!(reverted(now), (BEFORE.to_owned(), Vec::new()), "{now}");
        }
    }

    #[test]
    fn a_file_that_takes_the_place_of_gits_own_is_none_of_its_changes() {
        let before = b"[core]\n\trepositoryformatversion = 0\n[remote \"a\"]\n\turl = b\n";
        let surroundings = Surroundings {
            is_worktree: &|_| false,
            is_reachable: &|_| false,
        };
        for now in [&b"x"[..], b"[user]\n\tname = x\n"] {
            let Verdict::Revert { text, .. } = judge(before, now, &surroundings) else {
                panic!("harmless");
            };
            assert!(text.starts_with(before));
        }
    }

    #[test]
    fn what_was_harmless_survives_beside_what_was_not() {
        let now = BEFORE.replace("https://a/b", "https://a/\"c;d\"")
            + "[core]\n\tpager = x\n[branch \"a\\\"b\"]\n\tmerge = refs/heads/x\n";
        let (text, keys) = reverted(&now);
        assert_eq!(keys, ["core.pager"]);
        insta::assert_snapshot!(text, @r#"
        # mine
        [core]
        	bare = false
        [remote "origin"]

        [alias]
        	st = status ; short
        [remote "origin"]
        	url = "https://a/c;d"
        [branch "a\"b"]
        	merge = refs/heads/x
        "#);
    }

    #[test]
    fn a_value_that_is_not_harmless_takes_its_variable_with_it() {
        let now = format!("{BEFORE}[remote \"origin\"]\n\turl = ext::x\n");
        assert_eq!(
            reverted(&now),
            (BEFORE.to_owned(), vec!["remote.origin.url".to_owned()])
        );
    }

    #[test]
    fn order_of_what_stays_is_kept() {
        let before = b"[include]\n\tpath = a\n[alias]\n\tst = x\n";
        let now = b"[alias]\n\tst = x\n[include]\n\tpath = a\n";
        let surroundings = Surroundings {
            is_worktree: &|_| false,
            is_reachable: &|_| false,
        };
        assert!(matches!(
            judge(before, now, &surroundings),
            Verdict::Revert { text, .. } if text == before
        ));
    }
}
