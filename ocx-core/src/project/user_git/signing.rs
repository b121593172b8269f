//! Signatures, which a session cannot make: the user's key is not in it.

use super::{
    GitSetting,
    record::{Record, Records},
};

/// What makes Git sign, whoever sets it.
pub(super) const KEYS: [&str; 4] = [
    "commit.gpgSign",
    "push.gpgSign",
    "tag.forceSignAnnotated",
    "tag.gpgSign",
];

/// Those that are on, off: Git would fail, and nothing could be committed.
pub(super) fn switched_off(records: &Records) -> impl Iterator<Item = GitSetting> {
    KEYS.into_iter()
        .filter(move |key| records.last(key).is_some_and(switches_on))
        .map(|key| GitSetting::new(key, "false"))
}

/// Whether commits or tags are signed.
pub(super) fn is_on(records: &Records) -> bool {
    switched_off(records).any(|setting| setting.key != "push.gpgSign")
}

/// As Git reads a truth value; any word more, such as `if-asked`, is none that switches off.
fn switches_on(record: &Record) -> bool {
    let Some(value) = record.value.as_deref() else {
        return true;
    };
    let value = value.to_ascii_lowercase();
    !matches!(value.as_str(), "" | "0" | "false" | "no" | "off")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_goes_off_whoever_has_set_it() {
        let off = |records: &[_]| {
            let records = Records::made_of(records);
            let keys: Vec<String> = switched_off(&records).map(|setting| setting.key).collect();
            (keys.join(" "), is_on(&records))
        };
        let nothing = (String::new(), false);
        assert_eq!(off(&[]), nothing);
        for value in [None, Some("true"), Some("Yes"), Some("1")] {
            for scope in ["system", "global", "local", "command"] {
                let expected = ("commit.gpgSign".to_owned(), true);
                assert_eq!(off(&[(scope, "commit.gpgsign", value)]), expected);
            }
        }
        for value in ["", "0", "false", "NO", "off"] {
            let records = [
                ("global", "commit.gpgsign", Some("true")),
                ("local", "commit.gpgsign", Some(value)),
            ];
            assert_eq!(off(&records), nothing, "{value}");
        }
        let push = ("global", "push.gpgsign", Some("if-asked"));
        assert_eq!(off(&[push]), ("push.gpgSign".to_owned(), false));
    }
}
