//! Rules by which Git writes addresses anew (`url.BASE.insteadOf`).

use super::{GitSetting, is_presentable, record::Records};

/// More rules than this are not carried.
const MOST: usize = 200;

/// The variables of such rules, for what is fetched and for what is only pushed to.
const FETCH: &str = "insteadOf";
const PUSH: &str = "pushInsteadOf";

/// The user's rules, less those with a secret, and those that lead to a directory of the host. Rules add
/// up, so that what the project has makes no difference.
pub(super) fn settings(records: &Records) -> Vec<GitSetting> {
    let users = records.iter().filter(|record| record.scope.is_users());
    let rules = users.filter_map(|record| {
        let (base, variable) = rule(&record.key)?;
        let replaced = record.value.as_deref()?;
        let is_carried = [base, replaced]
            .iter()
            .all(|address| is_presentable(address) && !may_hold_secret(address))
            && !is_on_host(base);
        is_carried.then(|| GitSetting::new(format!("url.{base}.{variable}"), replaced))
    });
    rules.take(MOST).collect()
}

/// Whether a rule makes Git use SSH where it would do without. That works only with keys.
pub(super) fn needs_keys(setting: &GitSetting) -> bool {
    let Some((base, FETCH)) = rule(&setting.key) else {
        return false;
    };
    let replaced = setting.value.to_ascii_lowercase();
    let was_without = ["http:", "https:", "git:"]
        .iter()
        .any(|scheme| replaced.starts_with(scheme));
    was_without && is_ssh(base)
}

/// The base of a rule and its variable.
fn rule(key: &str) -> Option<(&str, &'static str)> {
    let (base, variable) = key.strip_prefix("url.")?.rsplit_once('.')?;
    let is_it = |known: &&str| known.eq_ignore_ascii_case(variable);
    let variable = [FETCH, PUSH].into_iter().find(is_it)?;
    Some((base, variable))
}

/// Whether a password or a token may be in it. A name without a password is one where SSH asks for it,
/// and a token where HTTP does.
fn may_hold_secret(address: &str) -> bool {
    if address.contains('?') {
        return true;
    }
    let Some((before, _)) = address.rsplit_once('@') else {
        return false;
    };
    let user = match before.split_once("://") {
        Some((scheme, user)) if is_ssh_scheme(scheme) => user,
        Some(_) => return true,
        None => before,
    };
    user.contains([':', '/'])
}

fn is_ssh(address: &str) -> bool {
    match address.split_once("://") {
        Some((scheme, _)) => is_ssh_scheme(scheme),
        // `user@host:path`
        None => address
            .split('/')
            .next()
            .is_some_and(|host| host.contains(':')),
    }
}

fn is_ssh_scheme(scheme: &str) -> bool {
    let scheme = scheme.to_ascii_lowercase();
    ["ssh", "git+ssh", "ssh+git"].contains(&scheme.as_str())
}

fn is_on_host(address: &str) -> bool {
    let is_path = address.starts_with(['/', '.', '~']);
    is_path || address.to_ascii_lowercase().starts_with("file:")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carried(base: &str, replaced: &str) -> Vec<GitSetting> {
        let key = format!("url.{base}.insteadof");
        settings(&Records::made_of(&[("global", &key, Some(replaced))]))
    }

    #[test]
    fn rules_are_carried_as_they_are() {
        let records = [
            (
                "global",
                "url.https://Mirror.example/.insteadof",
                Some("https://x.example/"),
            ),
            (
                "system",
                "url.git@x.example:.pushinsteadof",
                Some("https://x.example/"),
            ),
            (
                "local",
                "url.https://evil.example/.insteadof",
                Some("https://y.example/"),
            ),
            ("global", "url.https://z.example/.insteadof", None),
        ];
        assert_eq!(
            settings(&Records::made_of(&records)),
            [
                GitSetting::new(
                    "url.https://Mirror.example/.insteadOf",
                    "https://x.example/"
                ),
                GitSetting::new("url.git@x.example:.pushInsteadOf", "https://x.example/"),
            ]
        );
    }

    #[test]
    fn a_secret_is_never_carried() {
        let plain = "https://x.example/";
        for address in [
            "https://user:hunter2@x.example/",
            "https://hunter2@x.example/",
            "HTTPS://hunter2@x.example/",
            "https://user:hun@ter2@x.example/",
            "https://user:hun/ter2@x.example/",
            "http://hunter2@",
            "ftp://hunter2@x.example/",
            "ssh://git:hunter2@x.example/",
            "git+https://hunter2@x.example/",
            "user:hunter2@x.example/",
            "https://x.example/?private_token=hunter2&to=",
            "https://proxy.example/https://hunter2@x.example/",
            "hunter2\n",
        ] {
            assert_eq!(carried(address, plain), [], "{address}");
            assert_eq!(carried(plain, address), [], "{address}");
        }
        for address in ["ssh://git@x.example/", "git@x.example:", "gh:", plain] {
            assert_eq!(carried(address, plain).len(), 1, "{address}");
        }
    }

    #[test]
    fn what_leads_to_the_hosts_own_files_stays_there() {
        for base in [
            "/srv/mirror/",
            "file:///srv/",
            "File:///srv/",
            "../m/",
            "~/m/",
        ] {
            assert_eq!(carried(base, "https://x.example/"), [], "{base}");
        }
        assert_eq!(carried("https://x.example/", "/srv/mirror/").len(), 1);
    }

    #[test]
    fn what_needs_keys() {
        let needs = |base: &str, replaced: &str| needs_keys(&carried(base, replaced)[0]);
        for base in [
            "git@x.example:",
            "x.example:a/",
            "ssh://git@x.example/",
            "SSH://x.example/",
        ] {
            assert!(needs(base, "https://x.example/"), "{base}");
            assert!(!needs(base, "gh:"), "{base}");
            let push = GitSetting::new(format!("url.{base}.pushInsteadOf"), "https://x.example/");
            assert!(!needs_keys(&push), "{base}");
        }
        assert!(!needs("https://mirror.example/a:b/", "https://x.example/"));
        assert!(!needs("mirror/a:b", "https://x.example/"));
    }
}
