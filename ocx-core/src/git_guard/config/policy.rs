//! Which variables of a Git configuration are harmless.
//!
//! A list of those that execute something can never be complete: every version of Git adds some,
//! `filter.*`, `diff.*` and `merge.*` take names from a tracked file, and Git LFS, editors and forges'
//! tools read sections of their own. So this is the list of those that are known to execute, include
//! and redirect nothing; any other is put back to what it was.

use super::{
    key_table::{NAMED, PLAIN},
    remote_url::{is_harmless_remote, is_harmless_url},
    text::Key,
};

/// What the judgement of a value depends on beside the file.
pub(in crate::git_guard) struct Surroundings<'a> {
    /// Whether a path is the place for the working tree of this Git directory, a submodule's.
    pub(in crate::git_guard) is_worktree: &'a dyn Fn(&[u8]) -> bool,
    /// Whether a local path names a repository that a session could have made.
    pub(in crate::git_guard) is_reachable: &'a dyn Fn(&[u8]) -> bool,
}

/// Whether a session may set this variable to this value.
pub(super) fn is_harmless(
    key: &Key,
    value: Option<&[u8]>,
    surroundings: &Surroundings<'_>,
) -> bool {
    let section = key.section.as_str();
    let name = key.name.as_str();
    match &key.subsection {
        None => is_harmless_plain(section, name, value, surroundings),
        Some(middle) => is_harmless_named(section, middle, name, value, surroundings),
    }
}

/// `section.name`
fn is_harmless_plain(
    section: &str,
    name: &str,
    value: Option<&[u8]>,
    surroundings: &Surroundings<'_>,
) -> bool {
    let text = value.unwrap_or(b"true");
    if section == "core" && name == "worktree" {
        return (surroundings.is_worktree)(text);
    }
    if (section, name) == ("remote", "pushdefault") {
        return is_harmless_remote(text, surroundings.is_reachable);
    }
    if (section, name) == ("user", "signingkey") {
        return !text.starts_with(b"-");
    }
    PLAIN
        .iter()
        .find(|(known, _)| *known == section)
        .is_some_and(|(_, names)| names.contains(&"*") || names.contains(&name))
}

/// `section.middle.name`
fn is_harmless_named(
    section: &str,
    middle: &[u8],
    name: &str,
    value: Option<&[u8]>,
    surroundings: &Surroundings<'_>,
) -> bool {
    let text = value.unwrap_or(b"true");
    // Names of branches, remotes and submodules become parts of paths.
    if middle.split(|byte| *byte == b'/').any(|part| part == b"..") || middle.starts_with(b"-") {
        return false;
    }
    match (section, name) {
        ("remote", "url" | "pushurl") | ("submodule", "url") => {
            is_harmless_url(text, surroundings.is_reachable)
        }
        ("branch", "remote" | "pushremote") => is_harmless_remote(text, surroundings.is_reachable),
        ("remote", "tagopt") => matches!(text, b"--tags" | b"--no-tags"),
        ("submodule", "update") => matches!(text, b"checkout" | b"rebase" | b"merge" | b"none"),
        ("filter", _) if middle == b"lfs" => is_lfs_filter(name, text),
        _ => NAMED
            .iter()
            .find(|(known, _)| *known == section)
            .is_some_and(|(_, names)| names.contains(&name)),
    }
}

/// What `git lfs install` writes, and nothing else.
fn is_lfs_filter(name: &str, value: &[u8]) -> bool {
    match name {
        "clean" => value == b"git-lfs clean -- %f",
        "smudge" => matches!(
            value,
            b"git-lfs smudge -- %f" | b"git-lfs smudge --skip -- %f"
        ),
        "process" => matches!(
            value,
            b"git-lfs filter-process" | b"git-lfs filter-process --skip"
        ),
        "required" => matches!(value, b"true" | b"false"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::text::Config, *};

    fn harmless(text: &str) -> bool {
        let config = Config::parse(text.as_bytes());
        assert!(!config.malformed && config.entries.len() == 1, "{text:?}");
        let surroundings = Surroundings {
            is_worktree: &|path| path == b"../../../vendor/lib",
            is_reachable: &|path| path.starts_with(b"/project/"),
        };
        let entry = &config.entries[0];
        is_harmless(&entry.key, entry.value.as_deref(), &surroundings)
    }

    #[test]
    fn ordinary_work_is_harmless() {
        for text in [
            "[branch \"main\"]\nremote = origin",
            "[branch \"main\"]\nremote = .",
            "[branch \"feature/x\"]\nmerge = refs/heads/x",
            "[branch \"x\"]\nvscode-merge-base = origin/main",
            "[remote \"origin\"]\nurl = git@example.org:a/b.git",
            "[remote \"origin\"]\nurl = https://example.org/a/b.git",
            "[remote \"origin\"]\nurl = /srv/git/b.git",
            "[remote \"origin\"]\nfetch = +refs/heads/*:refs/remotes/origin/*",
            "[submodule \"vendor/lib\"]\nurl = ../lib",
            "[submodule \"vendor/lib\"]\nactive",
            "[core]\nworktree = ../../../vendor/lib",
            "[CORE]\nFileMode = false",
            "[extensions]\nworktreeConfig = true",
            "[filter \"lfs\"]\nclean = git-lfs clean -- %f",
            "[lfs \"https://example.org/a.git/info/lfs\"]\naccess = basic",
            "[user]\nname = Ann",
            "[pull]\nrebase = true",
            "[remote]\npushDefault = fork",
        ] {
            assert!(harmless(text), "{text}");
        }
    }

    #[test]
    fn whatever_executes_includes_or_redirects_is_not() {
        for text in [
            "[core]\nfsmonitor = x",
            "[core]\nhooksPath = x",
            "[core]\nsshCommand = x",
            "[core]\npager = x",
            "[core]\neditor = x",
            "[core]\naskPass = x",
            "[core]\ngitProxy = x",
            "[core]\nattributesFile = x",
            "[core]\nexcludesFile = x",
            "[core]\nworktree = /home/ann",
            "[core]\nalternateRefsCommand = x",
            "[diff]\nexternal = x",
            "[diff]\ntool = x",
            "[diff \"a\"]\ncommand = x",
            "[diff \"a\"]\ntextconv = x",
            "[filter \"a\"]\nclean = x",
            "[filter \"a\"]\nsmudge = x",
            "[filter \"a\"]\nprocess = x",
            "[filter \"lfs\"]\nclean = \"git-lfs clean -- %f; x\"",
            "[filter \"LFS\"]\nclean = git-lfs clean -- %f",
            "[merge \"a\"]\ndriver = x",
            "[merge]\ntool = x",
            "[mergetool \"a\"]\ncmd = x",
            "[mergetool \"a\"]\npath = x",
            "[difftool \"a\"]\ncmd = x",
            "[alias]\nst = !x",
            "[alias \"st\"]\ncommand = !x",
            "[credential]\nhelper = x",
            "[credential \"https://a\"]\nhelper = x",
            "[include]\npath = x",
            "[includeIf \"gitdir:/\"]\npath = x",
            "[gpg]\nprogram = x",
            "[gpg \"ssh\"]\nprogram = x",
            "[gpg \"ssh\"]\ndefaultKeyCommand = x",
            "[commit]\ngpgSign = true",
            "[commit]\ntemplate = x",
            "[sequence]\neditor = x",
            "[pager]\nlog = x",
            "[remote \"a\"]\nuploadpack = x",
            "[remote \"a\"]\nreceivepack = x",
            "[remote \"a\"]\nvcs = x",
            "[remote \"a\"]\nproxy = x",
            "[remote \"a\"]\ntagopt = --upload-pack=x",
            "[remote \"a\"]\nurl = ext::x",
            "[remote \"a\"]\nurl = -oProxyCommand=x",
            "[remote \"a\"]\nurl = ssh://-oProxyCommand=x/y",
            "[remote \"a\"]\nurl = /project/evil.git",
            "[remote \"a\"]\npushurl = ext::x",
            "[remote]\npushDefault = ext::x",
            "[branch \"main\"]\nremote = ext::x",
            "[branch \"main\"]\npushRemote = /project/evil.git",
            "[branch \"main\"]\nmergeOptions = -s x",
            "[url \"ext::x\"]\ninsteadOf = https://",
            "[protocol \"ext\"]\nallow = always",
            "[uploadpack]\npackObjectsHook = x",
            "[receive]\nprocReceiveRefs = x",
            "[sendemail]\nsmtpserver = x",
            "[interactive]\ndiffFilter = x",
            "[web]\nbrowser = x",
            "[browser \"a\"]\ncmd = x",
            "[man \"a\"]\ncmd = x",
            "[imap]\ntunnel = x",
            "[trailer \"a\"]\ncommand = x",
            "[trailer \"a\"]\ncmd = x",
            "[submodule \"a\"]\nupdate = !x",
            "[submodule \"a\"]\nurl = ext::x",
            "[submodule \"../a\"]\nurl = https://a",
            "[lfs]\nurl = x",
            "[lfs]\nstandalonetransferagent = x",
            "[lfs \"customtransfer.a\"]\npath = x",
            "[lfs \"extension.a\"]\nclean = x",
            "[http]\nproxy = x",
            "[http]\nsslVerify = false",
            "[guitool \"a\"]\ncmd = x",
            "[gui]\nfoo = x",
            "[tar \"a\"]\ncommand = x",
            "[instaweb]\nhttpd = x",
            "[init]\ntemplateDir = x",
            "[hook \"a\"]\ncommand = x",
            "[hook \"a\"]\nevent = pre-commit",
            "[fetch]\nbundleURI = x",
            "[log]\nshowSignature = true",
            "[user]\nsigningKey = -x",
            "[safe]\ndirectory = *",
            "[git-p4]\nclient = x",
            "[annex]\nthing-command = x",
            "[a.b]\nc = x",
            "[unheard-of]\nthing = x",
        ] {
            assert!(!harmless(text), "{text}");
        }
    }
}
