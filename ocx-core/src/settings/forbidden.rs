//! Patterns of forbidden paths.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use ignore::gitignore::GitignoreBuilder;

use super::{Origin, SettingsWarning, read, stack::Contribution};
use crate::host::Host;

/// Patterns of paths that are hidden, as in `.gitignore`, relative to the project's root.
///
/// Each layer's list stands for itself: `!` takes something out of the list that it stands in, and of
/// no other. So a project can hide more than its user does, and never less.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForbiddenPaths {
    lists: Vec<Vec<String>>,
}

impl ForbiddenPaths {
    /// The lists, in the order of the layers.
    #[must_use]
    pub fn lists(&self) -> &[Vec<String>] {
        &self.lists
    }

    /// Whether nothing is hidden.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    /// All patterns, each once.
    pub(crate) fn patterns(&self) -> Vec<&str> {
        let mut seen = std::collections::HashSet::new();
        let all = self.lists.iter().flatten().map(String::as_str);
        all.filter(|pattern| seen.insert(*pattern)).collect()
    }

    /// Adds the list of another layer.
    pub(super) fn add(&mut self, list: Vec<String>) {
        if !list.is_empty() {
            self.lists.push(list);
        }
    }
}

/// What a text in the list means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Placed {
    /// A pattern, relative to the project's root.
    Pattern(String),
    /// An absolute path outside of the project, which is not in the container anyway. In
    /// `.gitignore` it would begin at the project's root, so it counts as that, too.
    Outside(String),
    /// It is the project itself.
    Everything,
    /// It holds `..`, and what that means depends on symbolic links.
    Unclear,
    /// It is no pattern, such as `[z-a]`.
    Malformed,
}

/// What `text` means, which is a pattern as in `.gitignore`, or a path: absolute, or with `~` or `.` at
/// its beginning.
pub(super) fn place(text: &str, host: &Host, root: &Utf8Path) -> Placed {
    // Blanks at the end are none of the pattern, but for an escaped one. Whoever looks for the path
    // that it names must not look for one with them.
    let text = if text.ends_with("\\ ") {
        text
    } else {
        text.trim_end()
    };
    let (not, body) = match text.strip_prefix('!') {
        Some(body) => ("!", body),
        None => ("", text),
    };
    let path = host.expand_home(Utf8Path::new(body));
    if path
        .components()
        .any(|component| component == Utf8Component::ParentDir)
    {
        return Placed::Unclear;
    }
    let (relative, is_outside) = if path.is_absolute() {
        match path.strip_prefix(root) {
            Ok(relative) => (relative, false),
            Err(_) => (path.strip_prefix("/").unwrap_or(&path), true),
        }
    } else {
        (path.as_path(), false)
    };
    let begins_at_root = path.is_absolute() || body.starts_with("./");
    let relative: Utf8PathBuf = relative
        .components()
        .filter(|component| *component != Utf8Component::CurDir)
        .collect();
    if relative == "" {
        return Placed::Everything;
    }
    let at_root = if begins_at_root { "/" } else { "" };
    // In a list it begins no comment.
    let is_like_comment =
        at_root.is_empty() && not.is_empty() && relative.as_str().starts_with('#');
    let escape = if is_like_comment { "\\" } else { "" };
    let slash = if body.ends_with('/') { "/" } else { "" };
    let pattern = format!("{not}{at_root}{escape}{relative}{slash}");
    if GitignoreBuilder::new("").add_line(None, &pattern).is_err() {
        return Placed::Malformed;
    }
    if is_outside {
        Placed::Outside(pattern)
    } else {
        Placed::Pattern(pattern)
    }
}

/// Forbidden paths that cannot be followed here. The global file is for all projects, so paths of other
/// projects may well stand in it.
pub(super) fn outside(
    contribution: &Contribution,
    host: &Host,
    root: &Utf8Path,
) -> Vec<SettingsWarning> {
    let is_for_all = matches!(contribution.origin, Origin::Default | Origin::GlobalFile(_));
    if contribution.key.name != "forbidden_paths" || is_for_all {
        return Vec::new();
    }
    let is_nowhere = |text: &&str| match place(text, host, root) {
        Placed::Outside(pattern) => root
            .join(pattern.trim_start_matches(['!', '/']))
            .symlink_metadata()
            .is_err(),
        _ => false,
    };
    read::forbidden_elements(&contribution.value)
        .into_iter()
        .flatten()
        .filter(is_nowhere)
        .map(|text| SettingsWarning::ForbiddenPathOutside {
            path: text.to_owned(),
            origin: contribution.origin.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::sandbox::Sandbox;

    #[test]
    fn what_a_text_means() {
        let sandbox = Sandbox::new();
        let (host, home) = (&sandbox.host, &sandbox.host.home);
        let root = home.join("work/app");
        let pattern = |text: &str| match place(text, host, &root) {
            Placed::Pattern(pattern) => pattern,
            other => panic!("{text}: {other:?}"),
        };
        for (text, expected) in [
            (".env", ".env"),
            ("secrets/", "secrets/"),
            ("./.env/", "/.env/"),
            ("a//b/./c", "a/b/c"),
            ("**/.env", "**/.env"),
            ("*.pem", "*.pem"),
            ("!examples/.env", "!examples/.env"),
            ("#odd", "\\#odd"),
            (".env ", ".env"),
            ("secrets/ \t", "secrets/"),
            ("a/b\u{a0}", "a/b"),
            ("a\\ ", "a\\ "),
            ("~/work/app/keys", "/keys"),
            ("!~/work/app/keys", "!/keys"),
        ] {
            assert_eq!(pattern(text), expected, "{text}");
        }
        assert_eq!(pattern(&format!("{root}/keys")), "/keys");
        // In .gitignore it would begin at the root.
        let outside = Placed::Outside("/secrets".to_owned());
        assert_eq!(place("/secrets", host, &root), outside);
        for text in [
            "",
            ".",
            "./",
            "!",
            "/",
            " ",
            "! ",
            "~/work/app",
            root.as_str(),
        ] {
            assert_eq!(place(text, host, &root), Placed::Everything, "{text}");
        }
        for text in ["..", "../x", "a/../b", "!a/..", "/etc/../x"] {
            assert_eq!(place(text, host, &root), Placed::Unclear, "{text}");
        }
        assert_eq!(place("[z-a]", host, &root), Placed::Malformed);
    }

    #[test]
    fn each_layers_list_stands_for_itself() {
        let list = |patterns: &[&str]| patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        let mut paths = ForbiddenPaths::default();
        paths.add(list(&[]));
        assert!(paths.is_empty());
        paths.add(list(&[".env", "a"]));
        paths.add(list(&["!.env", "a"]));
        assert_eq!(paths.lists().len(), 2);
        assert_eq!(paths.patterns(), [".env", "a", "!.env"]);
    }
}
