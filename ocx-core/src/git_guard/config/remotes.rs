//! Where the remotes of a repository lead.

use super::text::{Config, Key};

/// Remotes that were there before and have another last URL now, with that, but without a login in it.
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
        moved.push((name, url.map(without_login)));
    }
    moved
}

fn is_url(key: &Key) -> bool {
    key.section == "remote" && matches!(key.name.as_str(), "url" | "pushurl")
}

/// Passwords and tokens stand before the host's name.
fn without_login(url: &[u8]) -> String {
    let url = String::from_utf8_lossy(url);
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let end = rest.find('/').unwrap_or(rest.len());
            let begin = rest[..end].rfind('@').map_or(0, |at| at + 1);
            format!("{scheme}://{}", &rest[begin..])
        }
        None => url.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_remotes_that_lead_elsewhere() {
        let before = b"[remote \"a\"]\nurl = x\nfetch = y\n[remote \"b\"]\nurl = y\n[remote \"c\"]\nurl = z\n";
        let now = b"[remote \"a\"]\nurl = x\n[remote \"b\"]\nurl = https://u:secret@h/p@q\n[remote \"d\"]\nurl = n\n";
        let moved = |name: &str, url: Option<&str>| (name.to_owned(), url.map(str::to_owned));
        assert_eq!(
            moved_remotes(before, now),
            [moved("b", Some("https://h/p@q")), moved("c", None)]
        );
    }
}
