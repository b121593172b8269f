//! Settings that change what Git does to content and history, and that name no program and no place.

use super::{GitSetting, is_presentable, record::Records};

/// The keys, as Git's documentation spells them. Left out is what only changes how things look, and
/// what a Git of some years ago fails at, whatever its value.
pub(super) const KEYS: [&str; 57] = [
    "apply.ignoreWhitespace",
    "apply.whitespace",
    "branch.autoSetupMerge",
    "branch.autoSetupRebase",
    "checkout.defaultRemote",
    "checkout.guess",
    "clone.defaultRemoteName",
    "commit.cleanup",
    "core.autocrlf",
    "core.eol",
    "core.quotePath",
    "core.safecrlf",
    "core.whitespace",
    "diff.algorithm",
    "diff.context",
    "diff.ignoreSubmodules",
    "diff.indentHeuristic",
    "diff.interHunkContext",
    "diff.mnemonicPrefix",
    "diff.noprefix",
    "diff.renameLimit",
    "diff.renames",
    "diff.submodule",
    "fetch.fsckObjects",
    "fetch.prune",
    "fetch.pruneTags",
    "fetch.recurseSubmodules",
    "format.signOff",
    "i18n.commitEncoding",
    "init.defaultBranch",
    "init.defaultObjectFormat",
    "init.defaultRefFormat",
    "merge.conflictStyle",
    "merge.directoryRenames",
    "merge.ff",
    "merge.log",
    "merge.renameLimit",
    "merge.renames",
    "pull.ff",
    "pull.rebase",
    "push.autoSetupRemote",
    "push.default",
    "push.followTags",
    "push.recurseSubmodules",
    "push.useForceIfIncludes",
    "rebase.autoSquash",
    "rebase.autoStash",
    "rebase.forkPoint",
    "rebase.missingCommitsCheck",
    "rebase.rebaseMerges",
    "rebase.updateRefs",
    "remote.pushDefault",
    "rerere.autoUpdate",
    "rerere.enabled",
    "status.showUntrackedFiles",
    "submodule.recurse",
    "transfer.fsckObjects",
];

/// Those that the user has set, and the project has not.
pub(super) fn settings(records: &Records) -> Vec<GitSetting> {
    let settings = KEYS.iter().filter_map(|key| {
        let record = records.of_user(key)?;
        let value = record.value.as_deref().unwrap_or("true");
        let value = for_each_git(key, value).filter(|value| is_presentable(value))?;
        Some(GitSetting::new(*key, value))
    });
    settings.collect()
}

/// The value for a Git that may be some years older than the host's: it ends for words that it does not
/// know. `None` if there is none that means the same.
fn for_each_git<'a>(key: &str, value: &'a str) -> Option<&'a str> {
    match (key, value.to_ascii_lowercase().as_str()) {
        // The same but for lines that both sides have; since Git 2.35.
        ("merge.conflictStyle", "zdiff3") => Some("diff3"),
        // Since 2.35 and 2.37.
        ("branch.autoSetupMerge", "inherit" | "simple") => None,
        // Truth values, as other keys have them, since 2.45.
        ("status.showUntrackedFiles", "no" | "normal" | "all") => Some(value),
        ("status.showUntrackedFiles", _) => None,
        _ => Some(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carried(records: &[(&str, &str, Option<&str>)]) -> Vec<String> {
        let settings = settings(&Records::made_of(records)).into_iter();
        let settings = settings.map(|GitSetting { key, value }| format!("{key}={value}"));
        settings.collect()
    }

    #[test]
    fn what_the_user_has_set_and_the_project_has_not() {
        let records = [
            ("system", "core.autocrlf", Some("input")),
            ("system", "pull.rebase", Some("false")),
            ("global", "pull.rebase", Some("true")),
            ("global", "fetch.prune", None),
            ("global", "push.default", Some("current")),
            ("local", "push.default", Some("simple")),
            ("global", "merge.ff", Some("only")),
            ("worktree", "merge.ff", Some("false")),
            ("local", "diff.algorithm", Some("patience")),
            ("command", "diff.algorithm", Some("histogram")),
            ("global", "core.pager", Some("delta")),
            ("global", "core.eol", Some("a\nb")),
        ];
        let expected = [
            "core.autocrlf=input",
            "diff.algorithm=histogram",
            "fetch.prune=true",
            "pull.rebase=true",
        ];
        assert_eq!(carried(&records), expected);
    }

    #[test]
    fn words_that_an_older_git_ends_at_are_not_carried() {
        let of = |key, value| carried(&[("global", key, Some(value))]);
        assert_eq!(
            of("merge.conflictstyle", "zdiff3"),
            ["merge.conflictStyle=diff3"]
        );
        assert_eq!(of("branch.autosetupmerge", "simple"), [""; 0]);
        assert_eq!(of("status.showuntrackedfiles", "false"), [""; 0]);
        assert_eq!(
            of("status.showuntrackedfiles", "all"),
            ["status.showUntrackedFiles=all"]
        );
    }

    #[test]
    fn the_table_is_sorted_and_names_nothing_twice() {
        assert!(KEYS.is_sorted());
        let lower: std::collections::BTreeSet<String> =
            KEYS.iter().map(|key| key.to_ascii_lowercase()).collect();
        assert_eq!(lower.len(), KEYS.len());
    }
}
