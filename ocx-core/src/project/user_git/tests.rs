//! What real Git says of real files.

use std::{fs, process::Command as Process};

use super::*;
use crate::project::sandbox::Sandbox;

/// A repository, and a user whose Git reads nothing of this machine.
fn sandbox() -> Sandbox {
    let mut sandbox = Sandbox::new();
    let path = std::env::var("PATH").unwrap();
    let home = sandbox.host.home.to_string();
    let variables = [
        ("PATH", path),
        ("HOME", home),
        ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value));
    sandbox.host.environment.extend(variables);
    git(&sandbox, &["init", "--quiet"]);
    sandbox
}

fn git(sandbox: &Sandbox, args: &[&str]) {
    let ended = Process::new("git")
        .args(args)
        .current_dir(&sandbox.host.current_dir)
        .env_clear()
        .envs(&sandbox.host.environment)
        .status()
        .unwrap();
    assert!(ended.success(), "{args:?}");
}

async fn found(sandbox: &Sandbox) -> UserGit {
    UserGit::find(&sandbox.host, &sandbox.host.current_dir).await
}

fn lines(settings: &[GitSetting]) -> Vec<String> {
    let line = |setting: &GitSetting| format!("{}={}", setting.key, setting.value);
    settings.iter().map(line).collect()
}

#[tokio::test]
async fn what_the_user_has_set_is_carried_and_what_the_project_has_set_is_not() {
    let sandbox = sandbox();
    sandbox.write(
        "home/.gitconfig",
        "[user]\nname = Jane\nemail = jane@x\nsigningKey = ABC\n\
         [include]\npath = more\n\
         [includeIf \"gitdir:~/elsewhere/\"]\npath = never\n\
         [includeIf \"gitdir:~/work/\"]\npath = work-config\n\
         [Pull]\nRebase\n[push]\ndefault = current\n[commit]\ngpgSign\n\
         [url \"git@X.example:\"]\ninsteadOf = https://X.example/\n\
         [url \"https://hunter2@y.example/\"]\ninsteadOf = https://y.example/\n\
         [credential]\nhelper = store\n[alias]\nst = !evil\n",
    );
    sandbox.write("home/more", "[fetch]\nprune = true\n");
    sandbox.write("home/never", "[merge]\nff = only\n");
    sandbox.write("home/work-config", "[user]\nemail = jane@work\n");
    git(&sandbox, &["config", "push.default", "simple"]);
    let found = found(&sandbox).await;
    assert_eq!(
        lines(&found.settings),
        [
            "user.name=Jane",
            "user.email=jane@work",
            "fetch.prune=true",
            "pull.rebase=true",
            "commit.gpgSign=false",
        ]
    );
    assert_eq!(
        lines(&found.through_ssh),
        ["url.git@X.example:.insteadOf=https://X.example/"]
    );
    assert!(found.signs);
    assert_eq!(found.programs, [""; 0]);
}

#[tokio::test]
async fn without_git_or_settings_there_are_only_the_usual_files() {
    let mut sandbox = sandbox();
    let nothing = found(&sandbox).await;
    let paths: Vec<_> = nothing.files.iter().map(|file| &file.path).collect();
    let home = sandbox.host.home.clone();
    let usual = ["ignore", "attributes"].map(|name| home.join(".config/git").join(name));
    assert_eq!(paths, [&usual[0], &usual[1]]);
    let files = nothing.files.clone();
    assert_eq!(
        nothing,
        UserGit {
            files,
            ..UserGit::default()
        }
    );
    sandbox
        .host
        .environment
        .insert("PATH".to_owned(), "/nowhere".to_owned());
    assert_eq!(found(&sandbox).await, UserGit::default());
}

#[tokio::test]
async fn a_git_that_tells_no_scopes_still_tells_who_the_user_is() {
    let mut sandbox = sandbox();
    sandbox.write(
        "home/.gitconfig",
        "[user]\nname = Jane\n[fetch]\nprune = true\n",
    );
    let real = sandbox.host.find_program("git").unwrap();
    let script = format!(
        "#!/bin/sh\nfor word; do [ \"$word\" != --show-scope ] || exit 129; done\nexec {real} \"$@\"\n"
    );
    let old = sandbox.write("bin/git", &script);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&old, mode).unwrap();
    let path = format!(
        "{}:{}",
        sandbox.top.join("bin"),
        sandbox.host.environment["PATH"]
    );
    sandbox.host.environment.insert("PATH".to_owned(), path);
    let found = found(&sandbox).await;
    assert_eq!(lines(&found.settings), ["user.name=Jane"]);
}

#[test]
fn files_are_where_the_user_says() {
    let mut sandbox = Sandbox::new();
    let home = sandbox.host.home.clone();
    let of = |sandbox: &Sandbox, records: &[(&str, &str, Option<&str>)]| {
        let found = UserGit::of(&Records::made_of(records), &sandbox.host);
        let mut files = found.files.into_iter();
        let file = files.find(|file| file.key == "core.excludesFile");
        let file = file.map(|file| (file.path, file.is_of_system));
        (file, lines(&found.settings))
    };
    let named = |scope, value| [(scope, "core.excludesfile", Some(value))];
    let file = |path: Utf8PathBuf, is_of_system| (Some((path, is_of_system)), Vec::new());
    let none = (None, Vec::new());
    assert_eq!(
        of(&sandbox, &named("global", "~/mine")),
        file(home.join("mine"), false)
    );
    assert_eq!(
        of(&sandbox, &named("global", ":(optional)~/mine")),
        file(home.join("mine"), false)
    );
    assert_eq!(
        of(&sandbox, &named("system", "/etc/gitignore")),
        file("/etc/gitignore".into(), true)
    );
    for nowhere in ["", "~other/mine", "%(prefix)/etc/gitignore"] {
        assert_eq!(of(&sandbox, &named("global", nowhere)), none, "{nowhere}");
    }
    assert_eq!(of(&sandbox, &named("local", "/etc/shadow")), none);
    let relative = (None, vec!["core.excludesFile=.my-ignore".to_owned()]);
    assert_eq!(of(&sandbox, &named("global", ".my-ignore")), relative);
    let elsewhere = "/xdg".to_owned();
    let environment = &mut sandbox.host.environment;
    environment.insert("XDG_CONFIG_HOME".to_owned(), elsewhere);
    assert_eq!(of(&sandbox, &[]), file("/xdg/git/ignore".into(), false));
}

#[test]
fn programs_of_the_host_are_named() {
    let records = [
        ("global", "core.hookspath", Some("~/hooks")),
        ("global", "filter.nbstripout.clean", Some("nbstripout")),
        ("global", "filter.nbstripout.process", Some("nbstripout")),
        ("global", "filter.lfs.process", Some("git-lfs")),
        ("local", "filter.crypt.clean", Some("git-crypt")),
    ];
    let found = UserGit::of(&Records::made_of(&records), &Sandbox::new().host);
    assert_eq!(found.programs, ["core.hooksPath", "filter.nbstripout"]);
}
