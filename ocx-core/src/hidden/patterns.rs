//! What the patterns of hidden paths match.

use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Patterns as in `.gitignore`, relative to the project's root, in one list a layer.
#[derive(Clone, Debug)]
pub(crate) struct Patterns {
    lists: Vec<List>,
}

#[derive(Clone, Debug)]
struct List {
    texts: Vec<String>,
    /// All patterns, as they are written.
    exact: Gitignore,
    /// Those that hide, in lower case.
    folded: Gitignore,
}

/// One pattern that hides, with the list that it stands in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hiding<'a> {
    text: &'a str,
    list: &'a List,
}

/// Where matches are looked for. Components are as in the pattern, so their case need not be right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Start {
    /// At this path alone.
    At(Vec<String>),
    /// Everywhere below this one.
    Below(Vec<String>),
}

impl Patterns {
    /// The patterns of `lists`, each of which was found to be one.
    pub(crate) fn new(lists: &[Vec<String>]) -> Self {
        Self {
            lists: lists.iter().map(|list| List::new(list)).collect(),
        }
    }

    /// Patterns that match exactly these paths, absolute and below `root`.
    pub(crate) fn of_paths(paths: &[Utf8PathBuf], root: &Utf8Path) -> Self {
        let within = paths.iter().filter_map(|path| path.strip_prefix(root).ok());
        let list: Vec<String> = within.map(exactly).collect();
        Self::new(&[list])
    }

    /// Whether there is nothing to hide.
    pub(crate) fn is_empty(&self) -> bool {
        self.lists.iter().all(|list| list.texts.is_empty())
    }

    /// Whether a path relative to the root is hidden, other than by what it lies in.
    pub(crate) fn hides(&self, path: &Path, is_dir: bool) -> bool {
        self.lists.iter().any(|list| list.hides(path, is_dir))
    }

    /// The patterns that hide.
    pub(super) fn hiding(&self) -> impl Iterator<Item = Hiding<'_>> {
        self.lists.iter().flat_map(|list| {
            let texts = list.texts.iter().filter(|text| !text.starts_with('!'));
            texts.map(move |text| Hiding { text, list })
        })
    }
}

impl<'a> Hiding<'a> {
    /// The pattern.
    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    /// Where to look for what it matches.
    pub(super) fn starts(&self) -> Vec<Start> {
        starts(self.text)
    }

    /// Whether it hides a path that it names as it is, wildcards and all. Only a `!` keeps it from that.
    pub(super) fn hides_named(&self, path: &Path, is_dir: bool) -> bool {
        self.list.hides(path, is_dir) || !self.list.exact.matched(path, is_dir).is_whitelist()
    }
}

impl List {
    fn new(patterns: &[String]) -> Self {
        let mut exact = GitignoreBuilder::new("");
        let mut folded = GitignoreBuilder::new("");
        for pattern in patterns {
            // The settings let no other through.
            let _ = exact.add_line(None, pattern);
            if !pattern.starts_with('!') {
                // In lower case they stay names where they are names: ten thousand are no matter then.
                let _ = folded.add_line(None, &pattern.to_lowercase());
            }
        }
        let built = |builder: GitignoreBuilder| builder.build().unwrap_or_else(|_| everything());
        Self {
            texts: patterns.to_vec(),
            exact: built(exact),
            folded: built(folded),
        }
    }

    fn hides(&self, path: &Path, is_dir: bool) -> bool {
        let exact = self.exact.matched(path, is_dir);
        let folded = || {
            let path = path.to_string_lossy().to_lowercase();
            self.folded.matched(path, is_dir).is_ignore()
        };
        exact.is_ignore() || (exact.is_none() && folded())
    }
}

/// Of patterns that cannot be compiled together, what is safe.
fn everything() -> Gitignore {
    let mut builder = GitignoreBuilder::new("");
    let _ = builder.add_line(None, "*");
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

/// The pattern of one path.
fn exactly(path: &Utf8Path) -> String {
    let mut pattern = String::from("/");
    for character in path.as_str().chars() {
        if matches!(character, '*' | '?' | '[' | ']' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

/// Whether a pattern names exactly one path.
pub(super) fn is_plain(pattern: &str) -> bool {
    !pattern.contains(['*', '?', '[', '\\'])
}

/// Where to look for what a pattern matches. What is written with wildcards may also be a name: there
/// are directories that are called `[id]`.
fn starts(pattern: &str) -> Vec<Start> {
    let path = pattern.trim_end_matches('/');
    let is_anchored = path.contains('/');
    let components: Vec<String> = Utf8Path::new(path.trim_start_matches('/'))
        .components()
        .map(|component| component.as_str().to_owned())
        .collect();
    let named: Vec<String> = components
        .iter()
        .map(|component| component.strip_prefix('\\').unwrap_or(component).to_owned())
        .collect();
    if is_anchored && is_plain(pattern) {
        return vec![Start::At(components)];
    }
    let fixed = if is_anchored {
        // The last component is looked for in the one before.
        let before_last = components.len().saturating_sub(1);
        let fixed = components[..before_last].iter();
        fixed.take_while(|text| is_plain(text)).cloned().collect()
    } else {
        Vec::new()
    };
    vec![Start::At(named), Start::Below(fixed)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(lists: &[&[&str]]) -> Patterns {
        let list = |list: &&[&str]| list.iter().map(|&text| text.to_owned()).collect();
        Patterns::new(&lists.iter().map(list).collect::<Vec<_>>())
    }

    /// Those of `paths` that are hidden; a slash at the end says that one is a directory.
    fn hidden<'a>(patterns: &Patterns, paths: &[&'a str]) -> Vec<&'a str> {
        let is_hidden = |path: &&&str| {
            let is_dir = path.ends_with('/');
            patterns.hides(path.trim_end_matches('/').as_ref(), is_dir)
        };
        paths.iter().filter(is_hidden).copied().collect()
    }

    #[test]
    fn they_mean_what_they_mean_in_gitignore() {
        let paths = [".env", "a/.env", "a/b/.env", ".env.local", "env", "x/.env/"];
        let found = |list: &[&str]| hidden(&patterns(&[list]), &paths);
        assert_eq!(found(&[".env"]), [".env", "a/.env", "a/b/.env", "x/.env/"]);
        assert_eq!(found(&["**/.env"]), found(&[".env"]));
        assert_eq!(found(&["/.env"]), [".env"]);
        assert_eq!(found(&[".env/"]), ["x/.env/"]);
        assert_eq!(found(&["a/.env"]), ["a/.env"]);
        assert_eq!(found(&["a/**/.env"]), ["a/.env", "a/b/.env"]);
        assert_eq!(found(&[".env*", "!.env"]), [".env.local"]);
        assert_eq!(
            found(&[".env", "!/a/.env"]),
            [".env", "a/b/.env", "x/.env/"]
        );
        // The last one counts.
        assert_eq!(found(&["!.env", "/.env"]), [".env"]);
    }

    #[test]
    fn upper_and_lower_case_are_hidden_alike_and_taken_out_as_written() {
        let paths = [
            ".env",
            ".ENV",
            "a/.Env",
            "key.PEM",
            "doc/key.pem",
            "doc/KEY.pem",
        ];
        let found = |list: &[&str]| hidden(&patterns(&[list]), &paths);
        assert_eq!(found(&[".Env"]), [".env", ".ENV", "a/.Env"]);
        assert_eq!(
            found(&["*.pem", "!doc/key.pem"]),
            ["key.PEM", "doc/KEY.pem"]
        );
    }

    #[test]
    fn no_list_takes_anything_out_of_another() {
        let both = patterns(&[&[".env", "!a/.env"], &["!.env", "!*", "a/.env"]]);
        assert_eq!(hidden(&both, &[".env", "a/.env", "b"]), [".env", "a/.env"]);
    }

    #[test]
    fn where_to_look() {
        let list = |components: &[&str]| components.iter().map(|&text| text.to_owned()).collect();
        let at = |components: &[&str]| Start::At(list(components));
        let below = |components: &[&str]| Start::Below(list(components));
        assert_eq!(starts("a/b"), [at(&["a", "b"])]);
        assert_eq!(starts("/a/"), [at(&["a"])]);
        assert_eq!(starts(".env"), [at(&[".env"]), below(&[])]);
        assert_eq!(starts("*.pem"), [at(&["*.pem"]), below(&[])]);
        assert_eq!(starts("\\#a"), [at(&["#a"]), below(&[])]);
        assert_eq!(
            starts("a/b/*.pem"),
            [at(&["a", "b", "*.pem"]), below(&["a", "b"])]
        );
        assert_eq!(
            starts("app/[id]/key"),
            [at(&["app", "[id]", "key"]), below(&["app"])]
        );
        assert_eq!(starts("a/**"), [at(&["a", "**"]), below(&["a"])]);
    }
}
