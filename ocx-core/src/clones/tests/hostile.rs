use std::{fs, os::unix::fs::symlink, time::Duration};

use super::{Agent, User, git, make_executable, mark};
use crate::clones::{Brought, CloneError};

/// A session that does this, and of which nothing arrives; its clone stays as it is.
async fn is_refused(does: impl FnOnce(&Agent<'_>)) -> CloneError {
    let user = User::new();
    let before = user.refs().await;
    let clone = user
        .session("s", |agent| {
            agent.write("precious", "p");
            does(agent);
        })
        .await;
    let limit = Duration::from_secs(30);
    let brought = tokio::time::timeout(limit, user.bring(&clone)).await;
    let error = brought.expect("it ends").unwrap_err();
    assert!(clone.dir.tree().join("precious").exists());
    let mut after = user.refs().await;
    after.remove("refs/ocx/s/base");
    assert_eq!(after, before);
    assert!(!mark(&user.sandbox).exists());
    error
}

#[tokio::test]
async fn nothing_that_a_session_configures_runs() {
    let user = User::new();
    let work = user
        .after("s", |agent| {
            let evil = agent.program();
            for hook in [
                "post-index-change",
                "reference-transaction",
                "post-checkout",
                "pre-auto-gc",
                "pre-commit",
                "post-update",
                "pre-receive",
            ] {
                let hook = agent.tree.join(".git/hooks").join(hook);
                fs::create_dir_all(hook.parent().unwrap()).unwrap();
                fs::copy(&evil, &hook).unwrap();
                make_executable(&hook);
            }
            agent.write(".gitattributes", "* filter=x diff=x merge=x text=auto\n");
            let config = agent.tree.join(".git/config");
            let text = fs::read_to_string(&config).unwrap();
            let evil = format!(
                "[core]\n\tfsmonitor = {evil}\n\thooksPath = .git/hooks\n\tsshCommand = {evil}\n\
                 \talternateRefsCommand = {evil}\n\tpager = {evil}\n\
                 [filter \"x\"]\n\tclean = {evil}\n\tsmudge = {evil}\n\trequired = true\n\
                 [diff \"x\"]\n\ttextconv = {evil}\n\tcommand = {evil}\n\
                 [merge \"x\"]\n\tdriver = {evil}\n\
                 [uploadpack]\n\tpackObjectsHook = {evil}\n[alias]\n\tls-files = !{evil}\n\
                 [include]\n\tpath = evil.cfg\n[gc]\n\tauto = 1\n\trecentObjectsHook = {evil}\n\
                 [extensions]\n\tworktreeConfig = true\n"
            );
            fs::write(&config, text + &evil).unwrap();
            fs::write(agent.tree.join(".git/evil.cfg"), &evil).unwrap();
            fs::write(agent.tree.join(".git/config.worktree"), &evil).unwrap();
            fs::write(agent.tree.join(".git/info/attributes"), "* filter=x\n").unwrap();
            agent.write("a.txt", "changed\n");
        })
        .await;
    assert_eq!(work.uncommitted_files, 3);
    assert_eq!(
        user.git(&["show", "refs/ocx/s/uncommitted:a.txt"]),
        "changed"
    );
    assert!(!user.root().join(".git/evil.cfg").exists());
    user.take_over("s").await.unwrap();
    assert!(!mark(&user.sandbox).exists());
}

/// The attack succeeds where Git is run in the clone.
#[tokio::test]
async fn what_is_configured_would_run() {
    let user = User::new();
    user.session("s", |agent| {
        let evil = agent.program();
        agent.git(&["config", "core.fsmonitor", &evil]);
        agent.git(&["status"]);
    })
    .await;
    assert!(mark(&user.sandbox).exists());
}

#[tokio::test]
async fn a_repository_within_is_not_looked_into() {
    let user = User::new();
    let part = user.sandbox.top.join("home/work/part");
    user.git(&["clone", "--quiet", ".", part.as_str()]);
    user.git(&["submodule", "--quiet", "add", part.as_str(), "sub"]);
    user.commit("with a submodule");
    let clone = user
        .session("s", |agent| {
            agent.git(&["submodule", "--quiet", "update", "--init"]);
            agent.write("sub/a.txt", "dirty\n");
            let evil = agent.program();
            agent.git(&["-C", "sub", "config", "core.fsmonitor", &evil]);
            agent.git(&["init", "--quiet", "other"]);
            agent.git(&["-C", "other", "config", "core.fsmonitor", &evil]);
        })
        .await;
    assert!(!mark(&user.sandbox).exists());
    let brought = user.bring(&clone).await.unwrap();
    assert!(matches!(brought, Brought::Work { repositories } if repositories.len() == 2));
    assert!(!mark(&user.sandbox).exists());
}

#[tokio::test]
async fn objects_that_git_would_not_make_are_refused() {
    // A tree with an entry `.git`, which would be a hook's directory when it is checked out.
    let error = is_refused(|agent| {
        let blob = agent.git(&["hash-object", "-w", "a.txt"]);
        fs::write(
            agent.tree.join("list"),
            format!("100755 blob {blob}\t.git\n"),
        )
        .unwrap();
        let list = fs::File::open(agent.tree.join("list")).unwrap();
        let tree = std::process::Command::new("git")
            .args(["mktree"])
            .current_dir(&agent.tree)
            .stdin(list)
            .output()
            .unwrap();
        let tree = String::from_utf8(tree.stdout).unwrap();
        let commit = agent.git(&["commit-tree", tree.trim(), "-m", "evil"]);
        agent.git(&["update-ref", "refs/heads/evil", &commit]);
    })
    .await;
    assert!(matches!(error, CloneError::Git { .. }), "{error}");
    assert!(error.to_string().contains("hasDotgit"), "{error}");
}

#[tokio::test]
async fn damaged_and_missing_objects_are_refused() {
    let object_of = |agent: &Agent<'_>| {
        agent.write("a.txt", "damaged\n");
        agent.commit("to be damaged");
        let object = agent.git(&["rev-parse", "HEAD:a.txt"]);
        let path = agent
            .tree
            .join(format!(".git/objects/{}/{}", &object[..2], &object[2..]));
        fs::remove_file(&path).unwrap();
        path
    };
    is_refused(|agent| drop(object_of(agent))).await;
    is_refused(|agent| fs::write(object_of(agent), "nonsense").unwrap()).await;
    // Another object's content under this name.
    is_refused(|agent| {
        let path = object_of(agent);
        agent.write("b", "another\n");
        let other = agent.git(&["hash-object", "-w", "b"]);
        let other = agent
            .tree
            .join(format!(".git/objects/{}/{}", &other[..2], &other[2..]));
        fs::copy(other, path).unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_is_no_file_of_gits_is_neither_followed_nor_waited_for() {
    let fifo = |path: &camino::Utf8Path| {
        let made = std::process::Command::new("mkfifo")
            .arg(path)
            .status()
            .unwrap();
        assert!(made.success());
    };
    let replaced = |agent: &Agent<'_>, name: &str| {
        let path = agent.tree.join(name);
        if path.is_dir() {
            fs::remove_dir_all(&path).unwrap();
        } else {
            let _ = fs::remove_file(&path);
        }
        path
    };
    for name in [
        ".git/HEAD",
        ".git/packed-refs",
        ".git/refs/heads/x",
        ".git/objects/pack",
        ".git/objects/ab",
        ".git/refs",
        ".git/objects",
        ".git",
    ] {
        let error = is_refused(|agent| fifo(&replaced(agent, name))).await;
        assert!(
            matches!(error, CloneError::OddFile { .. }),
            "{name}: {error}"
        );
        let error =
            is_refused(|agent| symlink("/etc/passwd", replaced(agent, name)).unwrap()).await;
        assert!(
            matches!(error, CloneError::OddFile { .. }),
            "{name}: {error}"
        );
    }
    let error = is_refused(|agent| {
        let elsewhere = agent.tree.join("elsewhere");
        fs::rename(agent.tree.join(".git"), &elsewhere).unwrap();
        fs::write(agent.tree.join(".git"), "gitdir: elsewhere\n").unwrap();
    })
    .await;
    assert!(matches!(error, CloneError::OddFile { .. }), "{error}");
    for name in [".gitignore", "deep/er/.gitattributes"] {
        let error = is_refused(|agent| {
            agent.write("deep/er/x", "");
            fifo(&agent.tree.join(name));
        })
        .await;
        assert!(
            matches!(error, CloneError::OddFile { .. }),
            "{name}: {error}"
        );
    }
    // An object that is a pipe.
    let error = is_refused(|agent| {
        fs::create_dir_all(agent.tree.join(".git/objects/ab")).unwrap();
        fifo(
            &agent
                .tree
                .join(format!(".git/objects/ab/{}", "c".repeat(38))),
        );
    })
    .await;
    assert!(matches!(error, CloneError::OddFile { .. }), "{error}");
}

#[tokio::test]
async fn a_head_that_leads_elsewhere_is_refused() {
    for text in [
        "ref: /etc/passwd\n",
        "ref: refs/heads/../../../x\n",
        "nonsense",
        &"x".repeat(10_000),
    ] {
        let error =
            is_refused(|agent| fs::write(agent.tree.join(".git/HEAD"), text).unwrap()).await;
        assert!(matches!(error, CloneError::OddFile { .. }), "{error}");
    }
}

#[tokio::test]
async fn names_that_git_would_not_give_do_not_arrive() {
    let user = User::new();
    let main = user.refs().await["refs/heads/main"].clone();
    let work = user
        .after("s", |agent| {
            agent.commit("good");
            let head = agent.git(&["rev-parse", "HEAD"]);
            let refs = agent.tree.join(".git/refs");
            for name in [
                "heads/\u{1b}[31mred",
                "heads/a b",
                "heads/x.lock",
                "heads/a..b",
            ] {
                fs::write(refs.join(name), format!("{head}\n")).unwrap();
            }
            // What would take the place of ocx's own, or of the user's.
            for name in ["base", "uncommitted"] {
                fs::write(refs.join(name), format!("{head}\n")).unwrap();
            }
            fs::create_dir_all(refs.join("ocx/other/heads")).unwrap();
            fs::write(refs.join("ocx/other/heads/main"), format!("{head}\n")).unwrap();
            fs::write(refs.join("heads/symbolic"), "ref: refs/heads/main\n").unwrap();
        })
        .await;
    assert_eq!(work.base.as_deref(), Some(main.as_str()));
    assert_eq!(work.uncommitted, None);
    let names: Vec<&str> = work.refs.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "refs/ocx/s/heads/main",
            "refs/ocx/s/other/base",
            "refs/ocx/s/other/uncommitted"
        ]
    );
}

#[tokio::test]
async fn objects_of_another_repository_are_not_had_by_naming_them() {
    let user = User::new();
    let private = user.sandbox.directory("home/private");
    git(&user.sandbox, &private, &["init", "--quiet"]);
    fs::write(private.join("key"), "secret").unwrap();
    git(&user.sandbox, &private, &["add", "key"]);
    git(
        &user.sandbox,
        &private,
        &["commit", "--quiet", "-m", "private"],
    );
    let commit = git(&user.sandbox, &private, &["rev-parse", "HEAD"]);
    let clone = user
        .session("s", |agent| {
            let path = agent.tree.join(".git/objects/info/alternates");
            let text = fs::read_to_string(&path).unwrap();
            fs::write(&path, format!("{text}{private}/.git/objects\n")).unwrap();
            fs::write(
                agent.tree.join(".git/refs/heads/stolen"),
                format!("{commit}\n"),
            )
            .unwrap();
        })
        .await;
    user.bring(&clone).await.unwrap_err();
    let has = std::process::Command::new("git")
        .args(["cat-file", "-e", &commit])
        .current_dir(user.root())
        .status()
        .unwrap();
    assert!(!has.success(), "another repository's commit has arrived");
}

#[tokio::test]
async fn references_kept_otherwise_are_not_lost() {
    let error = is_refused(|agent| {
        fs::create_dir(agent.tree.join(".git/reftable")).unwrap();
    })
    .await;
    assert!(matches!(error, CloneError::OddFile { .. }), "{error}");
}
