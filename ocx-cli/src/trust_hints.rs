//! What to type where something is not agreed to.

use ocx_core::{ops::BuildNotTrusted, settings::NotTrusted};

const SHOW: &str = "`ocx trust` shows that, and asks whether you want it";
const AGREE: &str =
    "without a terminal: `ocx trust --yes`, or the variable OCX_TRUST with the hash that it prints";

/// For settings that changed while a session ran.
pub(crate) fn of_changed_settings() -> Vec<String> {
    vec![SHOW.to_owned(), AGREE.to_owned()]
}

/// For a build that was shown and not wanted.
pub(crate) fn of_declined_build() -> Vec<String> {
    vec!["the next build or session asks again; `ocx trust` shows it without building".to_owned()]
}

/// For settings that loosen.
pub(crate) fn of_settings(error: &NotTrusted) -> Vec<String> {
    let keys: Vec<String> = error
        .loosenings
        .iter()
        .map(|loosening| format!("`{}`", loosening.key))
        .collect();
    vec![
        SHOW.to_owned(),
        AGREE.to_owned(),
        format!(
            "or set {} yourself, in your own file, a variable or by `--set`",
            keys.join(", ")
        ),
    ]
}

/// For a build.
pub(crate) fn of_build(error: &BuildNotTrusted) -> Vec<String> {
    let first = if error.changes.is_empty() {
        "`ocx build` builds it, and sessions do from then on; to look first: `ocx trust`"
    } else {
        SHOW
    };
    vec![first.to_owned(), AGREE.to_owned()]
}
