//! The user's entries in `/etc/passwd` and `/etc/group`.
//!
//! Both files are the base's own plus the user's line. They are mounted when a container runs, so
//! no user is baked into an image.

use std::fmt::Write as _;

use camino::Utf8PathBuf;

/// The user as the container shall know them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Login name.
    pub name: String,
    /// Name of the primary group.
    pub group: String,
    /// User ID inside the container.
    pub uid: u32,
    /// Group ID inside the container.
    pub gid: u32,
    /// Home directory inside the container.
    pub home: Utf8PathBuf,
    /// Login shell; `/bin/sh` if the base has none, as the field must not be empty.
    pub shell: Option<Utf8PathBuf>,
}

/// The content of `/etc/passwd`: the user's line first, so that it answers for the ID, then the
/// base's lines, less one of the same name and another ID, which would answer for the name.
#[must_use]
pub(crate) fn passwd_file(base: &str, account: &Account) -> String {
    let shell = account
        .shell
        .as_ref()
        .map_or("/bin/sh", |shell| shell.as_str());
    let mut file = format!(
        "{}:x:{}:{}:{}:{}:{shell}\n",
        account.name, account.uid, account.gid, account.name, account.home
    );
    append_others(&mut file, base, &account.name);
    if !has_entry_for_root(&file) {
        file.push_str("root:x:0:0:root:/root:/bin/sh\n");
    }
    file
}

/// The content of `/etc/group`, made as [`passwd_file`] is.
#[must_use]
pub(crate) fn group_file(base: &str, account: &Account) -> String {
    let mut file = format!("{}:x:{}:\n", account.group, account.gid);
    append_others(&mut file, base, &account.group);
    if !has_entry_for_root(&file) {
        file.push_str("root:x:0:\n");
    }
    file
}

fn append_others(file: &mut String, base: &str, name: &str) {
    // The base's file is as trustworthy as the base; a NUL would end the file for some readers.
    let lines = base
        .lines()
        .map(|line| line.trim_end_matches('\r'))
        .filter(|line| !line.contains('\0'));
    for line in lines.filter(|line| !line.is_empty() && line.split(':').next() != Some(name)) {
        let _ = writeln!(file, "{line}");
    }
}

fn has_entry_for_root(file: &str) -> bool {
    file.lines().any(|line| line.split(':').nth(2) == Some("0"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn account(name: &str, uid: u32) -> Account {
        Account {
            name: name.to_owned(),
            group: name.to_owned(),
            uid,
            gid: uid,
            home: "/ocx/home".into(),
            shell: Some("/bin/bash".into()),
        }
    }

    const BASE: &str = "root:x:0:0:root:/root:/bin/bash\nnode:x:1000:1000::/home/node:/bin/sh\n";

    #[test]
    fn a_new_user() {
        assert_eq!(
            passwd_file(BASE, &account("jane", 1501)),
            format!("jane:x:1501:1501:jane:/ocx/home:/bin/bash\n{BASE}")
        );
    }

    #[test]
    fn an_id_that_the_base_has_under_another_name_answers_with_the_users() {
        let file = passwd_file(BASE, &account("jane", 1000));
        let first = file
            .lines()
            .find(|line| line.split(':').nth(2) == Some("1000"))
            .unwrap();
        assert!(first.starts_with("jane:"), "{file}");
        assert!(file.contains("node:x:1000:"), "{file}");
    }

    #[test]
    fn a_name_that_the_base_has_with_another_id_is_the_users() {
        let file = passwd_file(BASE, &account("node", 1501));
        assert_eq!(file.matches("node:x:").count(), 1, "{file}");
        assert!(file.starts_with("node:x:1501:"), "{file}");
    }

    #[test]
    fn root_keeps_its_name_beside_the_users() {
        let file = passwd_file(BASE, &account("jane", 0));
        assert!(file.starts_with("jane:x:0:0:"), "{file}");
        assert!(file.contains("\nroot:x:0:0:"), "{file}");
        assert!(passwd_file(BASE, &account("root", 0)).starts_with("root:x:0:0:root:/ocx/home:"));
    }

    #[test]
    fn a_base_without_users() {
        let no_shell = Account {
            shell: None,
            ..account("jane", 1501)
        };
        assert_eq!(
            passwd_file("", &no_shell),
            "jane:x:1501:1501:jane:/ocx/home:/bin/sh\nroot:x:0:0:root:/root:/bin/sh\n"
        );
        assert_eq!(group_file("", &no_shell), "jane:x:1501:\nroot:x:0:\n");
    }

    proptest! {
        #[test]
        fn making_it_twice_changes_nothing(base in "([a-z]{1,3}:x:[0-9]{1,2}:[0-9]:[a-z]*:/:/b\n){0,6}", uid in 0..40_u32) {
            let account = account("ab", uid);
            let once = passwd_file(&base, &account);
            prop_assert_eq!(passwd_file(&once, &account), once.clone());
            prop_assert_eq!(once.lines().filter(|line| line.starts_with("ab:")).count(), 1);
        }

        #[test]
        fn any_base_is_taken(base in ".{0,200}") {
            prop_assert!(passwd_file(&base, &account("jane", 1501)).starts_with("jane:x:1501:"));
            prop_assert!(group_file(&base, &account("jane", 1501)).starts_with("jane:x:1501:"));
        }
    }

    #[test]
    fn fuzz_accounts_of_images() {
        let seeds = crate::testing::corpus(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/passwd"));
        crate::testing::fuzz(&seeds, |input| {
            let base = String::from_utf8_lossy(input);
            let account = account("jane", 1501);
            let first = passwd_file(&base, &account);
            assert!(
                first.starts_with("jane:x:"),
                "the user's line answers first"
            );
            let again = first
                .lines()
                .skip(1)
                .filter(|line| line.starts_with("jane:"));
            let others = again.filter(|line| line.split(':').nth(2) != Some("1501"));
            assert_eq!(others.count(), 0, "{first}");
            let _ = group_file(&base, &account);
        });
    }
}
