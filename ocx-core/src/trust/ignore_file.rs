//! `.dockerignore`, as far as it surely holds.
//!
//! Too much in an inventory costs a question at worst; too little would let a file of the agent's into
//! a build. So a line counts only if every builder reads it in the same way: a path without wildcards,
//! or one behind `**/`. One exception (`!`) anywhere, or another ignore file beside, and nothing is
//! left out at all. <https://docs.docker.com/build/concepts/context/#dockerignore-files>

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

/// What is surely not sent to a builder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct IgnoreFile {
    /// Relative to the context, with all that lies in them.
    paths: Vec<Utf8PathBuf>,
    /// Names at any depth.
    anywhere: Vec<String>,
}

impl IgnoreFile {
    pub(super) fn parse(text: &str) -> Self {
        let mut ignore = Self::default();
        for line in text.lines() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if line.starts_with('!') {
                return Self::default();
            }
            let (anywhere, pattern) = match line.strip_prefix("**/") {
                Some(rest) => (true, rest),
                None => (false, line.trim_start_matches('/')),
            };
            let pattern = pattern.trim_end_matches('/');
            let is_plain = !pattern.is_empty()
                && !pattern.contains(['*', '?', '[', '\\'])
                && pattern
                    .split('/')
                    .all(|part| !matches!(part, "" | "." | ".."));
            match (is_plain, anywhere) {
                (true, true) if !pattern.contains('/') => ignore.anywhere.push(pattern.to_owned()),
                (true, false) => ignore.paths.push(pattern.into()),
                _ => {}
            }
        }
        ignore
    }

    /// Whether it leaves out nothing.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the path, relative to the context, is surely left out.
    pub(super) fn leaves_out(&self, path: &Utf8Path) -> bool {
        self.paths.iter().any(|ignored| path.starts_with(ignored))
            || path
                .components()
                .any(|part| self.anywhere.iter().any(|name| name == part.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_sure() {
        let ignore = IgnoreFile::parse(
            "# comment\n\n node_modules \n/target/\nweb/dist\n**/.cache\n*.log\n**/a/b\n../x\n.\n",
        );
        for path in [
            "node_modules",
            "node_modules/x/y.js",
            "target/debug",
            "web/dist/a",
            ".cache",
            "deep/er/.cache/x",
        ] {
            assert!(ignore.leaves_out(path.into()), "{path}");
        }
        for path in [
            "src/node_modules",
            "a.log",
            "web",
            "web/distant",
            "a/b",
            "x",
            "Dockerfile",
        ] {
            assert!(!ignore.leaves_out(path.into()), "{path}");
        }
    }

    #[test]
    fn an_exception_makes_everything_count() {
        let ignore = IgnoreFile::parse("node_modules\n*\n!node_modules/x\n");
        assert!(!ignore.leaves_out("node_modules".into()));
        assert_eq!(ignore, IgnoreFile::default());
    }
}
