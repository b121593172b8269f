//! Under which names a session's references arrive.

use std::collections::BTreeMap;

/// Where all that sessions left is kept in the user's repository.
pub(crate) const PREFIX: &str = "refs/ocx/";

/// The commit that a session began with.
pub(crate) const BASE: &str = "base";
/// The commit that the session was at when it ended.
pub(crate) const HEAD: &str = "HEAD";
/// What it had not committed, as a commit on top of that.
pub(crate) const UNCOMMITTED: &str = "uncommitted";

/// References with the objects that they lead to, by full name.
pub(crate) type Refs = BTreeMap<String, String>;

/// The directory of a session's references in the user's repository.
pub(crate) fn directory(session: &str) -> String {
    format!("{PREFIX}{session}/")
}

/// The name below a session's directory under which one of its references arrives; `None` for what it
/// only got from elsewhere, or what Git keeps there for itself.
///
/// All names are below a word of ocx's own, so that none takes the place of [`BASE`] and the like.
pub(crate) fn brought_name(name: &str) -> Option<String> {
    let rest = name.strip_prefix("refs/")?;
    let (kind, below) = rest.split_once('/').unwrap_or((rest, ""));
    match (kind, below) {
        ("remotes" | "ocx" | "bisect" | "worktree" | "rewritten" | "prefetch" | "send", _) => None,
        ("heads" | "tags" | "notes", below) if !below.is_empty() => Some(rest.to_owned()),
        ("stash", "") => Some("stash".to_owned()),
        _ => Some(format!("other/{rest}")),
    }
}

/// What is to be brought: the references of `after` that were not in `before` with the same object.
pub(crate) fn changed(before: &Refs, after: &Refs) -> Refs {
    after
        .iter()
        .filter(|(name, object)| before.get(*name) != Some(object))
        .filter_map(|(name, object)| Some((brought_name(name)?, object.clone())))
        .collect()
}

/// The stashes below the newest one: only the log of `refs/stash` has them, the oldest first.
pub(crate) fn older_stashes(log: &str, object_length: usize) -> Vec<String> {
    let objects: Vec<String> = log
        .lines()
        .filter_map(|line| line.split(' ').nth(1))
        .filter(|object| is_object(object, object_length))
        .map(str::to_owned)
        .collect();
    objects
        .split_last()
        .map_or_else(Vec::new, |(_, older)| older.to_vec())
}

/// Whether a text is the full name of an object.
pub(crate) fn is_object(text: &str, length: usize) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == length && text.bytes().all(is_digit) && text.bytes().any(|byte| byte != b'0')
}

/// Whether the content of a `HEAD` is one that Git writes: the name of a branch, or of a commit.
pub(crate) fn is_head(text: &str, object_length: usize) -> bool {
    let text = text.strip_suffix('\n').unwrap_or(text);
    match text.strip_prefix("ref: ") {
        Some(name) => {
            name.starts_with("refs/")
                && !name.contains("..")
                && !name
                    .chars()
                    .any(|character| character.is_control() || character == ' ')
        }
        None => is_object(text, object_length),
    }
}

/// Whether a text can be the ID of a session: what stands in the names of references and directories.
pub(crate) fn is_session(text: &str) -> bool {
    !text.is_empty() && text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refs(list: &[(&str, &str)]) -> Refs {
        let owned = |&(name, object): &(&str, &str)| (name.to_owned(), object.to_owned());
        list.iter().map(owned).collect()
    }

    #[test]
    fn no_reference_takes_the_place_of_ocxs_own() {
        for (name, expected) in [
            ("refs/heads/main", Some("heads/main")),
            ("refs/heads/HEAD", Some("heads/HEAD")),
            ("refs/tags/v1/x", Some("tags/v1/x")),
            ("refs/notes/commits", Some("notes/commits")),
            ("refs/stash", Some("stash")),
            ("refs/stash/x", Some("other/stash/x")),
            ("refs/heads", Some("other/heads")),
            ("refs/base", Some("other/base")),
            ("refs/uncommitted", Some("other/uncommitted")),
            ("refs/HEAD", Some("other/HEAD")),
            ("refs/changes/1", Some("other/changes/1")),
            ("refs/remotes/origin/main", None),
            ("refs/ocx/other/heads/main", None),
            ("HEAD", None),
        ] {
            assert_eq!(brought_name(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn only_what_a_session_changed_is_brought() {
        let before = refs(&[("refs/heads/main", "1"), ("refs/tags/v1", "2")]);
        assert_eq!(changed(&before, &before), Refs::new());
        let after = refs(&[
            ("refs/heads/main", "3"),
            ("refs/heads/new", "1"),
            ("refs/tags/v1", "2"),
            ("refs/remotes/origin/x", "9"),
        ]);
        let expected = refs(&[("heads/main", "3"), ("heads/new", "1")]);
        assert_eq!(changed(&before, &after), expected);
        // That one is gone leaves nothing to bring.
        assert_eq!(changed(&after, &refs(&[])), Refs::new());
    }

    #[test]
    fn heads_as_git_writes_them() {
        let object = "a".repeat(40);
        for good in ["ref: refs/heads/main\n", "ref: refs/heads/a/ü", &object] {
            assert!(is_head(good, 40), "{good:?}");
        }
        let zeros = "0".repeat(40);
        for bad in [
            "",
            "ref: refs/heads/../../../../etc/passwd",
            "ref: /etc/passwd",
            "ref: refs/heads/a\u{1b}[31m",
            "ref: refs/heads/a\nb",
            "a",
            &zeros,
            &object.to_uppercase(),
            &format!("{object}\n\n"),
        ] {
            assert!(!is_head(bad, 40), "{bad:?}");
        }
        assert!(!is_head(&object, 64));
    }

    #[test]
    fn stashes_below_the_newest() {
        let line = |old: &str, new: &str| {
            format!(
                "{} {} A <a@x> 1 +0000\tWIP\n",
                old.repeat(40),
                new.repeat(40)
            )
        };
        let log = line("0", "a") + &line("a", "b") + &line("b", "c") + "nonsense\n";
        assert_eq!(older_stashes(&log, 40), ["a".repeat(40), "b".repeat(40)]);
        assert_eq!(older_stashes("", 40), [""; 0]);
        assert_eq!(older_stashes(&line("0", "a"), 40), [""; 0]);
    }

    #[test]
    fn ids_of_sessions() {
        assert!(is_session("1a2b3c4d") && is_session("planned"));
        for bad in ["", "a/b", "..", "a b", "a\u{1b}", &"a".repeat(33)] {
            assert!(!is_session(bad), "{bad:?}");
        }
    }
}
