//! The life of a guard: what is noticed while it runs, what is left when it is killed,
//! and hostile things in the place of files.

use std::{fs, time::Duration};

use camino::Utf8PathBuf;

use super::{mounts::mounts, place::Place};
use crate::git_guard::{GitAlarm, GitGuard};

const HOOK: &str = "#!/bin/sh\ntouch $MARK\n";

#[test]
fn a_project_without_git_and_one_below_the_top_level() {
    let mut place = Place::new();
    place.root = place.top.join("plain");
    fs::create_dir(&place.root).unwrap();
    let (plan, guard) = place.begin("s1");
    assert!(plan.mounts.is_empty());
    place.sh(
        "git init -q; git config alias.st '!touch $MARK'; echo a > a; git add a; git commit -qm a",
    );
    place.write(".git/hooks/post-commit", HOOK, 0o755);
    let report = place.shown(&guard.end());
    assert!(
        report.contains("/plain/.git/config: put back alias.st"),
        "{report}"
    );
    assert!(
        report.contains("/plain/.git/hooks/post-commit: taken out"),
        "{report}"
    );
    assert_eq!(place.sh("git log --format=%s"), "a\n");

    // The directory itself made a bare repository.
    place.sh("rm -rf .git");
    let guard = place.guard();
    place.sh("cp -r ../remote.git/. .; git config core.pager x");
    assert!(
        place
            .shown(&guard.end())
            .contains("/plain/config: put back core.pager")
    );
}

#[tokio::test]
async fn what_appears_is_put_back_while_the_session_runs() {
    let place = Place::new();
    let guard = place.guard();
    let begun = std::time::Instant::now();
    let told = std::cell::RefCell::new(Vec::new());
    let attack = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let script = "git config core.fsmonitor 'touch $MARK'; git init -q late; \
                      git -C late config alias.x '!touch $MARK'";
        place.sh(script);
        // The first within a moment; a test waits longer than that, and never depends on it.
        while place.read(".git/config").contains("fsmonitor")
            || place.read("late/.git/config").contains("alias")
        {
            assert!(begun.elapsed() < Duration::from_secs(60));
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        alarm = guard.watch(|reverted| told.borrow_mut().push(reverted.clone())) => panic!("{alarm}"),
        () = attack => {}
    }
    let report = guard.end();
    assert_eq!(report.reverted.len(), 2, "{report}");
    assert!(!place.mark().exists());
}

#[tokio::test]
async fn whoever_writes_again_and_again_raises_an_alarm() {
    let place = Place::new();
    let guard = place.guard();
    let attack = async {
        loop {
            place.sh("git config core.fsmonitor 'touch $MARK'");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        alarm = guard.watch(|_| ()) => assert_eq!(alarm, GitAlarm),
        () = attack => {}
    }
}

/// A future of a session is spawned, and dropped at any time.
#[tokio::test]
async fn a_watch_can_be_spawned_and_dropped() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let place = Place::new();
    let guard = place.guard();
    for _ in 0..3 {
        let watch = is_send(guard.watch(|_| ()));
        let _ = tokio::time::timeout(Duration::from_millis(5), watch).await;
    }
    assert!(guard.end().is_empty());
}

/// As after `kill -9`: nothing of the guard runs any more.
fn killed(guard: GitGuard) {
    let locks = guard.forget();
    drop(locks);
}

#[test]
fn the_next_session_puts_in_order_what_a_killed_one_left() {
    let place = Place::new();
    let guard = place.guard();
    place.sh("git config core.fsmonitor 'touch $MARK; false'; git remote add up ../lib");
    place.write(".git/hooks/post-commit", HOOK, 0o755);
    killed(guard);
    assert!(place.read(".git/config").contains("fsmonitor"));
    let (plan, guard) = place.begin("s2");
    let earlier = place.shown(&plan.earlier);
    assert!(earlier.contains("put back core.fsmonitor"), "{earlier}");
    assert!(earlier.contains("post-commit: taken out"), "{earlier}");
    assert!(guard.end().is_empty());
    // That one ended.
    let (plan, guard) = place.begin("s3");
    assert!(plan.earlier.is_empty(), "{}", plan.earlier);
    place.sh("git status");
    assert!(!place.mark().exists());
    assert_eq!(place.sh("git remote get-url up"), "../lib\n");
    drop(guard);
}

/// What the user does after a dry run is the user's own.
#[test]
fn a_guard_that_is_released_leaves_nothing_to_compare() {
    let place = Place::new();
    let (plan, guard) = place.begin("s1");
    guard.release();
    assert!(!plan.mounts.is_empty());
    place.sh("git config alias.mine log");
    let (plan, guard) = place.begin("s2");
    assert!(plan.earlier.is_empty(), "{}", plan.earlier);
    assert!(guard.end().is_empty());
    assert_eq!(place.sh("git config alias.mine"), "log\n");
}

/// A later session must not take the work of an earlier one's agent for the user's own.
#[test]
fn sessions_on_one_repository_share_what_was_there_before_the_first() {
    let place = Place::new();
    let (_, first) = place.begin("s1");
    place.sh("git config core.fsmonitor x");
    let (plan, second) = place.begin("s2");
    assert!(plan.earlier.is_empty(), "{}", plan.earlier);
    assert!(place.shown(&first.end()).contains("core.fsmonitor"));
    place.sh("git config core.pager x");
    second.check();
    assert!(!place.read(".git/config").contains("pager"));
    assert!(!place.read(".git/config").contains("fsmonitor"));
    assert!(place.shown(&second.end()).contains("core.pager"));

    // Likewise from another worktree.
    let mut other = Place::new();
    let (_, first) = other.begin("s1");
    other.sh("git config core.fsmonitor x");
    let project = other.root.clone();
    other.root = other.top.join("other");
    let (_, second) = other.begin("s2");
    second.check();
    assert!(
        !fs::read_to_string(project.join(".git/config"))
            .unwrap()
            .contains("fsmonitor")
    );
    drop((first, second));
}

#[test]
fn other_worktrees_cannot_be_removed() {
    for script in [
        "rm -rf .git/worktrees/other",
        "rm -rf .git/worktrees",
        "rm .git/worktrees/other/gitdir .git/worktrees/other/HEAD",
        "mv .git/worktrees/other .git/worktrees/x",
        "git worktree remove --force ../other; git -C . worktree list; mkdir ../other; echo \"gitdir: $PWD/.git/worktrees/other\" > ../other/.git; cd ../other; git -C ../project worktree repair || true",
    ] {
        let place = Place::new();
        place.sh("cd ../other; echo staged > s; git add s");
        let guard = place.guard();
        guard.check();
        place.try_sh(script);
        let report = guard.end();
        assert!(!report.reverted.is_empty(), "{script}");
        let status = place.sh("cd ../other; git status -s s; git rev-parse --abbrev-ref HEAD");
        assert!(status.ends_with("other\n"), "{script}: {status}");
        if script.starts_with("rm -rf") {
            assert_eq!(status, "A  s\nother\n", "{script}");
        }
    }
}

/// Whatever stands in the place of a file, nothing hangs, nothing is followed, and the file is back.
#[test]
fn hostile_things_in_the_place_of_files() {
    // All is as it was after each.
    let place = Place::new();
    for make in [
        "mkfifo P",
        "mkdir P; touch P/x",
        "ln -s /etc/passwd P",
        "ln -s P P",
        "head -c 3000000 /dev/zero > P",
        "printf '[core' > P",
        "printf '[core]\\nfsmonitor = \\0' > P",
        "ln -s /dev/zero P",
        "printf x > P; chmod 0 P",
    ] {
        for path in [
            "config",
            "config.worktree",
            "info/attributes",
            "hooks/pre-commit",
            "commondir",
        ] {
            let before = fs::read(place.root.join(".git").join(path)).ok();
            let script = make.replace('P', &format!(".git/{path}"));
            let guard = place.guard();
            place.sh(&format!("rm -f .git/{path}; {script}"));
            let report = guard.end();
            let now = fs::read(place.root.join(".git").join(path)).ok();
            assert_eq!(now, before, "{script}: {report}");
            assert_eq!(place.sh("git log -1 --format=%s"), "sub\n", "{script}");
        }
    }
}

#[test]
fn files_that_programs_of_the_host_run_are_named() {
    let place = Place::new();
    place.write(".envrc", "export A=1\n", 0o644);
    place.write("Makefile", "all:\n", 0o644);
    place.write(".vscode/settings.json", "{}\n", 0o644);
    place.sh("git config alias.x '!./tool.sh'; git config filter.y.clean 'sh src/one %f'");
    let guard = place.guard();
    place.write(".envrc", "export A=2\n", 0o644);
    place.write(".vscode/tasks.json", "{}\n", 0o644);
    place.write("tool.sh", "touch $MARK\n", 0o755);
    // The same again is no change.
    place.write("Makefile", "all:\n", 0o644);
    let report = guard.end();
    insta::assert_snapshot!(report, @"changed, and run or read by programs of this machine on their own: tool.sh, .vscode/tasks.json, .envrc");
}

#[test]
fn a_remote_that_leads_elsewhere_is_named() {
    let place = Place::new();
    let guard = place.guard();
    place.sh("git remote set-url origin https://example.org/evil.git");
    let report = guard.end();
    assert!(report.reverted.is_empty());
    insta::assert_snapshot!(place.shown(&report), @"/project/.git/config: the remote `origin` is https://example.org/evil.git now");
}

/// The user's own unusual settings are not touched.
#[test]
fn what_the_user_has_stays() {
    let place = Place::new();
    place.sh(
        "git config core.fsmonitor true; git config include.path ../.shared; touch .shared; \
         git config core.hooksPath .githooks; git config filter.x.clean cat; \
         mv .git/hooks .git/real; ln -s real .git/hooks; mv .git/info/exclude e; \
         ln -s ../../e .git/info/exclude; git config --add include.path /nowhere",
    );
    let before = place.read(".git/config");
    let (plan, guard) = place.begin("s1");
    // A link is not covered: that would cover what it leads to.
    assert!(
        !mounts(&place, &plan)
            .iter()
            .any(|it| it.contains(".git/hooks"))
    );
    place.sh("git config user.name x; git config --unset user.name");
    guard.check();
    let report = guard.end();
    assert!(report.is_empty(), "{report}");
    assert_eq!(place.read(".git/config").trim_end(), before.trim_end());
    let link = Utf8PathBuf::from("real");
    assert_eq!(
        place.root.join(".git/hooks").read_link_utf8().unwrap(),
        link
    );
}
