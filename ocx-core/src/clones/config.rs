//! Configurations of Git: those that ocx writes, and what of the user's is left out.

use super::{
    CloneError,
    clone_dir::Record,
    git::{At, HostGit, records},
    source::Source,
};

/// The configuration of a clone: how its files are made, and where the user's repository is published.
pub(super) fn of_clone(source: &Source) -> String {
    let mut text = format(
        &source.object_format,
        source.partial_clone.as_deref(),
        "\tbare = false\n\tlogallrefupdates = true\n",
    );
    for (key, value) in &source.remotes {
        let Some((section, rest)) = key.split_once('.') else {
            continue;
        };
        let Some((name, variable)) = rest.rsplit_once('.') else {
            continue;
        };
        let section = subsection(section, name);
        text.push_str(&format!("{section}\t{variable} = {}\n", quoted(value)));
    }
    text
}

/// The configuration of the Git directory in which ocx looks at a session's work.
pub(super) fn of_quarantine(record: &Record) -> String {
    format(
        &record.object_format,
        record.partial_clone.as_deref(),
        "\tbare = true\n",
    )
}

fn format(object_format: &str, partial_clone: Option<&str>, core: &str) -> String {
    let has_extensions = object_format != "sha1" || partial_clone.is_some();
    let version = u8::from(has_extensions);
    let mut text =
        format!("[core]\n\trepositoryformatversion = {version}\n\tfilemode = true\n{core}");
    if object_format != "sha1" {
        text.push_str(&format!("[extensions]\n\tobjectFormat = {object_format}\n"));
    }
    if let Some(remote) = partial_clone {
        text.push_str(&format!(
            "[extensions]\n\tpartialClone = {}\n",
            quoted(remote)
        ));
        text.push_str(&format!(
            "{}\tpromisor = true\n",
            subsection("remote", remote)
        ));
    }
    text
}

fn subsection(section: &str, name: &str) -> String {
    let name = name.replace('\\', "\\\\").replace('"', "\\\"");
    format!("[{section} \"{name}\"]\n")
}

fn quoted(value: &str) -> String {
    let value = value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
        .replace('\t', "\\t");
    format!("\"{value}\"")
}

/// Git that runs no filter, driver or helper which the repository's own configuration names. What the
/// user's own configuration names for all repositories stays, such as Git LFS, where `git` reads that.
///
/// # Errors
///
/// If the configuration cannot be read.
pub(crate) async fn without_filters(git: &HostGit, at: At<'_>) -> Result<HostGit, CloneError> {
    const TASK: &str = "read the configuration";
    let list = |scope: &'static str| async move {
        // There may be no file.
        let args = ["config", scope, "--includes", "--null", "--list"];
        git.ask(at, TASK, &args, b"").await
    };
    let (local, worktree, global, system) = tokio::join!(
        list("--local"),
        list("--worktree"),
        list("--global"),
        list("--system")
    );
    let own: Vec<u8> = [local?.stdout, worktree?.stdout].concat();
    let users: Vec<u8> = [system?.stdout, global?.stdout].concat();
    Ok(git.clone().overriding(overrides(&own, &users)))
}

/// What a repository's own variables are overridden with: by what the user's have, else by nothing.
fn overrides(own: &[u8], users: &[u8]) -> Vec<(String, String)> {
    let users: Vec<(String, String)> = variables(users).collect();
    let mut found: Vec<(String, String)> = Vec::new();
    for (key, _) in variables(own).filter(|(key, _)| executes(key)) {
        let (above, name) = key.rsplit_once('.').unwrap_or((&key, ""));
        let (key, neutral) = match (key.starts_with("hook."), name) {
            (true, _) => (format!("{above}.enabled"), "false"),
            // Git's own way, which a driver without a command is not: it would keep one side.
            (_, "driver") => (key.clone(), "git merge-file %A %O %B"),
            (_, "required" | "program") => (key.clone(), "false"),
            _ => (key.clone(), ""),
        };
        if found.iter().any(|(known, _)| *known == key) {
            continue;
        }
        let last = users.iter().rev().find(|(known, _)| *known == key);
        let value = last.map_or(neutral, |(_, value)| value);
        found.push((key, value.to_owned()));
    }
    found
}

/// Whether a variable names a program that runs when files are compared, checked out or merged, or says
/// that one must.
fn executes(key: &str) -> bool {
    let (section, rest) = key.split_once('.').unwrap_or((key, ""));
    let name = rest.rsplit('.').next().unwrap_or_default();
    match section {
        "filter" => matches!(name, "clean" | "smudge" | "process" | "required"),
        "merge" => name == "driver",
        "diff" => matches!(name, "textconv" | "command" | "external"),
        "gpg" => name == "program" || name == "defaultkeycommand",
        "hook" => true,
        "core" => matches!(
            name,
            "editor" | "pager" | "sshcommand" | "alternaterefscommand" | "attributesfile"
        ),
        _ => false,
    }
}

fn variables(list: &[u8]) -> impl Iterator<Item = (String, String)> {
    records(list).map(|record| {
        let text = String::from_utf8_lossy(record);
        let (key, value) = text.split_once('\n').unwrap_or((&text, "true"));
        (key.to_owned(), value.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_of_a_repository_are_left_out_and_those_of_the_user_stay() {
        let own = b"filter.x.clean\n./evil\0filter.x.required\0filter.lfs.smudge\nevil\0\
                    merge.y.driver\n./evil %A\0gpg.program\n./evil\0user.name\nJane\0\
                    filter.a=b.process\n./evil\0hook.h.command\n./evil\0";
        let users = b"filter.lfs.smudge\ngit-lfs smudge -- %f\0filter.lfs.required\ntrue\0";
        let found = overrides(own, users);
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("filter.x.clean", ""),
                ("filter.x.required", "false"),
                ("filter.lfs.smudge", "git-lfs smudge -- %f"),
                ("merge.y.driver", "git merge-file %A %O %B"),
                ("gpg.program", "false"),
                ("filter.a=b.process", ""),
                ("hook.h.enabled", "false"),
            ]
        );
    }

    #[test]
    fn names_and_values_of_remotes_stay_within_their_quotes() {
        assert_eq!(subsection("remote", "a\"]\\"), "[remote \"a\\\"]\\\\\"]\n");
        assert_eq!(quoted("x\"\n[core]"), "\"x\\\"\\n[core]\"");
    }
}
