//! Where the remotes of a repository lead.

use super::text::{Config, Key};

/// Remotes that were there before and have another last URL now, with that.
pub(in crate::git_guard) fn moved_remotes(
    before: &[u8],
    now: &[u8],
) -> Vec<(String, Option<String>)> {
    let old = Config::parse(before);
    let new = Config::parse(now);
    let mut moved = Vec::new();
    for entry in &old.entries {
        let key = &entry.key;
        let Some(name) = key.subsection.as_ref().filter(|_| is_url(key)) else {
            continue;
        };
        let name = String::from_utf8_lossy(name).into_owned();
        if old.values(key) == new.values(key) || moved.iter().any(|(known, _)| *known == name) {
            continue;
        }
        let url = new.values(key).into_iter().flatten().next_back();
        moved.push((
            name,
            url.map(|url| String::from_utf8_lossy(url).into_owned()),
        ));
    }
    moved
}

fn is_url(key: &Key) -> bool {
    key.section == "remote" && matches!(key.name.as_str(), "url" | "pushurl")
}
