use std::fs;

use super::{User, make_executable, mark};
use crate::clones::{CloneError, Stage};

#[tokio::test]
async fn commits_are_commits_and_the_rest_is_not_committed() {
    let user = User::new();
    user.after("s", |agent| {
        agent.write("a.txt", "committed\n");
        agent.commit("inside");
        agent.write("src/b.txt", "not committed\n");
        agent.write("new.txt", "new\n");
    })
    .await;
    let done = user.take_over("s").await.unwrap();
    assert_eq!((done.commits, done.files), (1, 2));
    assert_eq!(user.git(&["log", "--format=%s"]), "inside\nfirst");
    assert_eq!(
        user.git(&["status", "--porcelain"]),
        " M src/b.txt\n?? new.txt"
    );
    assert_eq!(user.git(&["for-each-ref", "refs/ocx"]), "");
}

#[tokio::test]
async fn a_branch_that_went_on_is_merged() {
    let user = User::new();
    user.after("s", |agent| {
        agent.write("theirs.txt", "t\n");
        agent.commit("theirs");
    })
    .await;
    user.write("ours.txt", "o\n");
    user.commit("ours");
    // Of no concern to the session's work.
    user.write("a.txt", "being changed\n");
    let done = user.take_over("s").await.unwrap();
    assert_eq!(done.commits, 2);
    assert_eq!(
        user.git(&["log", "-1", "--format=%s"]),
        "Merge the work of ocx session s"
    );
    assert_eq!(user.read("a.txt"), "being changed\n");
    assert!(user.root().join("theirs.txt").exists());
}

#[tokio::test]
async fn nothing_of_the_users_is_overwritten() {
    for (path, is_new) in [("a.txt", false), ("new.txt", true)] {
        for is_committed in [false, true] {
            let user = User::new();
            user.after("s", |agent| {
                agent.write("first.txt", "f\n");
                agent.commit("first of the session");
                agent.write(path, "theirs\n");
                if is_committed {
                    agent.commit("theirs");
                }
            })
            .await;
            user.write(path, "mine\n");
            let before = user.git(&["status", "--porcelain"]);
            let error = user.take_over("s").await.unwrap_err();
            assert!(
                matches!(&error, CloneError::WouldOverwrite { paths } if *paths == [path]),
                "{path} {is_new} {is_committed}: {error}"
            );
            assert_eq!(user.read(path), "mine\n");
            assert_eq!(user.git(&["status", "--porcelain"]), before);
            assert_eq!(user.git(&["log", "--format=%s"]), "first");
            user.work("s").await;
        }
    }
}

#[tokio::test]
async fn conflicts_are_left_to_the_user_and_nothing_is_forgotten() {
    let user = User::new();
    user.after("s", |agent| {
        agent.write("a.txt", "theirs\n");
        agent.commit("theirs");
        agent.write("src/b.txt", "not committed\n");
    })
    .await;
    user.write("a.txt", "ours\n");
    user.commit("ours");
    let error = user.take_over("s").await.unwrap_err();
    assert!(
        matches!(&error, CloneError::Conflict { stage: Stage::Commits, paths, .. } if *paths == ["a.txt"]),
        "{error}"
    );
    assert!(user.read("a.txt").contains("<<<<<<<"));
    user.work("s").await;
    // Resolved, and once more.
    user.write("a.txt", "both\n");
    user.commit("merged");
    let done = user.take_over("s").await.unwrap();
    assert_eq!((done.commits, done.files), (0, 1));
    assert_eq!(user.read("src/b.txt"), "not committed\n");
    assert_eq!(user.all_work().await, []);

    user.commit("all");
    user.after("t", |agent| agent.write("a.txt", "theirs again\n"))
        .await;
    user.write("a.txt", "ours again\n");
    user.commit("ours again");
    let error = user.take_over("t").await.unwrap_err();
    assert!(
        matches!(
            &error,
            CloneError::Conflict {
                stage: Stage::Uncommitted,
                ..
            }
        ),
        "{error}"
    );
    user.work("t").await;
}

#[tokio::test]
async fn branches_beside_are_left() {
    let user = User::new();
    user.after("s", |agent| {
        agent.git(&["checkout", "--quiet", "-b", "side"]);
        agent.commit("on the side");
        agent.git(&["checkout", "--quiet", "main"]);
        agent.commit("on main");
    })
    .await;
    let done = user.take_over("s").await.unwrap();
    assert_eq!(done.left, ["refs/ocx/s/heads/side"]);
    assert_eq!(user.git(&["log", "--format=%s"]), "on main\nfirst");
    let left = user.work("s").await;
    assert_eq!((left.commits, left.refs.len()), (1, 1));
}

/// Hooks and drivers may lie in the working tree, where they are the session's after the merge.
#[tokio::test]
async fn nothing_that_lies_in_the_working_tree_runs() {
    let user = User::new();
    let program = format!("#!/bin/sh\ntouch {}\ncat\n", mark(&user.sandbox));
    user.write(".husky/post-merge", "#!/bin/sh\n");
    user.write("tools/clean", "#!/bin/sh\ncat\n");
    user.write(".gitattributes", "*.txt filter=own merge=own\n");
    for name in [".husky/post-merge", "tools/clean"] {
        make_executable(&user.root().join(name));
    }
    user.commit("tools");
    user.git(&["config", "core.hooksPath", ".husky"]);
    user.git(&["config", "filter.own.smudge", "tools/clean"]);
    user.git(&["config", "filter.own.clean", "tools/clean"]);
    user.git(&["config", "filter.own.required", "true"]);
    user.git(&["config", "merge.own.driver", "tools/clean"]);
    let clone = user
        .session("s", |agent| {
            for name in [".husky/post-merge", "tools/clean"] {
                agent.write(name, &program);
                make_executable(&agent.tree.join(name));
            }
            agent.write("a.txt", "one\nchanged\n");
            agent.commit("evil");
            agent.write("src/b.txt", "changed\n");
        })
        .await;
    assert!(!mark(&user.sandbox).exists());
    user.bring(&clone).await.unwrap();
    user.write("c.txt", "ours\n");
    user.git(&["-c", "core.hooksPath=/dev/null", "add", "c.txt"]);
    user.git(&[
        "-c",
        "core.hooksPath=/dev/null",
        "commit",
        "--quiet",
        "-m",
        "ours",
    ]);
    user.take_over("s").await.unwrap();
    assert!(!mark(&user.sandbox).exists());
    assert_eq!(
        fs::read_to_string(user.root().join("a.txt")).unwrap(),
        "one\nchanged\n"
    );
    // It would have been run.
    user.git(&["checkout", "--quiet", "--force", "HEAD~1", "--", "a.txt"]);
    user.git(&["checkout", "--quiet", "--force", "HEAD", "--", "a.txt"]);
    assert!(mark(&user.sandbox).exists());
}
