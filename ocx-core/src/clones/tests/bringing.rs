use std::fs;

use super::User;
use crate::clones::Brought;

#[tokio::test]
async fn commits_and_what_is_not_committed_arrive_and_nothing_of_the_users_moves() {
    let user = User::new();
    user.write("ignored/.gitignore", "*\n");
    let before = user.refs().await;
    let status = user.git(&["status", "--porcelain"]);
    let work = user
        .after("s1", |agent| {
            agent.write("a.txt", "changed\n");
            agent.commit("inside");
            agent.git(&["checkout", "--quiet", "-b", "side/branch"]);
            agent.write("a.txt", "changed again\n");
            agent.write("dir/new.txt", "new\n");
            fs::remove_file(agent.tree.join("src/b.txt")).unwrap();
            std::os::unix::fs::symlink("/etc/passwd", agent.tree.join("link")).unwrap();
            agent.git(&["tag", "-a", "v2", "-m", "two"]);
        })
        .await;
    assert_eq!((work.commits, work.uncommitted_files), (1, 4));
    let mut after = user.refs().await;
    after.retain(|name, _| !name.starts_with("refs/ocx/"));
    assert_eq!(after, before);
    assert_eq!(user.git(&["status", "--porcelain"]), status);
    let names: Vec<String> = user
        .refs()
        .await
        .into_keys()
        .filter(|name| name.starts_with("refs/ocx/"))
        .collect();
    assert_eq!(
        names,
        [
            "refs/ocx/s1/HEAD",
            "refs/ocx/s1/base",
            "refs/ocx/s1/heads/main",
            "refs/ocx/s1/heads/side/branch",
            "refs/ocx/s1/tags/v2",
            "refs/ocx/s1/uncommitted",
        ]
    );
    let changes = user.git(&[
        "diff",
        "--name-status",
        "refs/ocx/s1/HEAD",
        "refs/ocx/s1/uncommitted",
    ]);
    assert_eq!(changes, "M\ta.txt\nA\tdir/new.txt\nA\tlink\nD\tsrc/b.txt");
    // A link is a link, not what it leads to.
    assert_eq!(
        user.git(&["show", "refs/ocx/s1/uncommitted:link"]),
        "/etc/passwd"
    );
}

#[tokio::test]
async fn a_session_that_does_nothing_leaves_nothing() {
    let user = User::new();
    user.write(".gitignore", "build/\n");
    user.commit("second");
    let before = user.refs().await;
    let clone = user
        .session("s", |agent| {
            assert!(
                user.git(&["for-each-ref", "refs/ocx"])
                    .contains("refs/ocx/s/base")
            );
            agent.write("build/out", "made");
            // Touched, and as it was.
            agent.write("a.txt", "one\n");
            agent.git(&["checkout", "--quiet", "-b", "empty"]);
            agent.git(&["checkout", "--quiet", "main"]);
            agent.git(&["branch", "--quiet", "-D", "empty"]);
        })
        .await;
    assert_eq!(user.bring(&clone).await.unwrap(), Brought::Nothing);
    assert_eq!(user.refs().await, before);
    assert_eq!(user.clones(), []);
    assert_eq!(user.all_work().await, []);
}

#[tokio::test]
async fn stashes_and_commits_on_no_branch_arrive() {
    let user = User::new();
    let work = user
        .after("s", |agent| {
            for text in ["first stash\n", "second stash\n", "third stash\n"] {
                agent.write("a.txt", text);
                agent.git(&["stash", "--quiet"]);
            }
            agent.git(&["checkout", "--quiet", "--detach"]);
            agent.commit("on no branch");
        })
        .await;
    assert_eq!(
        user.git(&["log", "-1", "--format=%s", "refs/ocx/s/HEAD"]),
        "on no branch"
    );
    for (name, text) in [
        ("stash", "third"),
        ("stashes/0", "first"),
        ("stashes/1", "second"),
    ] {
        let file = format!("refs/ocx/s/{name}:a.txt");
        assert_eq!(user.git(&["show", &file]), format!("{text} stash"));
    }
    assert_eq!(work.refs.len(), 3);
}

#[tokio::test]
async fn sessions_side_by_side_each_have_their_own() {
    let user = User::new();
    let one = user.session("one", |agent| {
        agent.write("one.txt", "1\n");
        agent.commit("of one");
        agent.write("rest-of-one.txt", "1\n");
    });
    let two = user.session("two", |agent| {
        assert!(!agent.tree.join("one.txt").exists());
        agent.write("two.txt", "2\n");
        agent.commit("of two");
        agent.write("rest-of-two.txt", "2\n");
    });
    let (one, two) = tokio::join!(one, two);
    let (first, second) = tokio::join!(user.bring(&one), user.bring(&two));
    first.unwrap();
    second.unwrap();
    user.take_over("one").await.unwrap();
    user.take_over("two").await.unwrap();
    assert_eq!(
        (user.read("one.txt"), user.read("two.txt")),
        ("1\n".into(), "2\n".into())
    );
    assert_eq!(user.all_work().await, []);
}

#[tokio::test]
async fn what_was_brought_can_be_brought_again() {
    let user = User::new();
    let clone = user.session("s", |agent| agent.write("a.txt", "x\n")).await;
    // As if ocx had been killed before the clone was removed.
    let copy = user.sandbox.top.join("copy");
    let cp = std::process::Command::new("cp")
        .args(["-a", clone.dir.path().as_str(), copy.as_str()])
        .status();
    assert!(cp.unwrap().success());
    user.bring(&clone).await.unwrap();
    let tree = user.git(&["rev-parse", "refs/ocx/s/uncommitted^{tree}"]);
    fs::rename(&copy, clone.dir.path()).unwrap();
    user.bring(&clone).await.unwrap();
    assert_eq!(
        user.git(&["rev-parse", "refs/ocx/s/uncommitted^{tree}"]),
        tree
    );
    assert_eq!(user.clones(), []);
}

#[tokio::test]
async fn what_is_tracked_though_ignored_is_not_taken_for_removed() {
    let user = User::new();
    let work = user
        .after("s", |agent| {
            agent.write(".gitignore", "*.log\n");
            agent.write("kept.log", "l\n");
            agent.git(&["add", "-f", "kept.log"]);
            agent.commit("with a log");
            agent.write("more.txt", "m\n");
        })
        .await;
    assert_eq!(work.uncommitted_files, 1);
    assert_eq!(user.git(&["show", "refs/ocx/s/uncommitted:kept.log"]), "l");
}

#[tokio::test]
async fn a_repository_within_the_working_tree_keeps_the_clone() {
    let user = User::new();
    let clone = user
        .session("s", |agent| {
            agent.write("a.txt", "x\n");
            agent.git(&["init", "--quiet", "inner"]);
            agent.write("inner/file", "precious");
        })
        .await;
    let brought = user.bring(&clone).await.unwrap();
    let repositories = vec!["inner/".to_owned()];
    assert_eq!(brought, Brought::Work { repositories });
    assert!(clone.dir.tree().join("inner/file").exists());
    assert_eq!(user.work("s").await.uncommitted_files, 1);
}

#[tokio::test]
async fn a_submodule_is_empty_and_one_with_files_keeps_the_clone() {
    let user = User::new();
    let part = user.sandbox.top.join("home/work/part");
    user.git(&["clone", "--quiet", ".", part.as_str()]);
    user.git(&["submodule", "--quiet", "add", part.as_str(), "sub"]);
    user.commit("with a submodule");
    let clone = user.session("s", |agent| agent.write("a.txt", "x\n")).await;
    assert!(clone.has_submodules);
    assert!(clone.dir.tree().join("sub").is_dir());
    let expected = Brought::Work {
        repositories: Vec::new(),
    };
    assert_eq!(user.bring(&clone).await.unwrap(), expected);
    assert_eq!(user.work("s").await.uncommitted_files, 1);

    let clone = user
        .session("t", |agent| {
            agent.git(&["submodule", "--quiet", "update", "--init"]);
            agent.write("sub/a.txt", "changed\n");
        })
        .await;
    let expected = Brought::Work {
        repositories: vec!["sub".to_owned()],
    };
    assert_eq!(user.bring(&clone).await.unwrap(), expected);
    assert!(clone.dir.tree().join("sub/a.txt").exists());
}
