use std::fs;

use camino::Utf8Path;

use super::{User, git};
use crate::{clones::CloneError, project::discover};

/// What a clone of a plain repository is.
async fn is_like_the_users(user: &User) {
    let clone = user.session("s", |agent| {
        let log = ["log", "--format=%H %s"];
        assert_eq!(agent.git(&log), user.git(&log));
        assert_eq!(agent.git(&["status", "--porcelain"]), "");
        let branches = [
            "for-each-ref",
            "--format=%(objectname) %(refname)",
            "refs/heads",
            "refs/tags",
        ];
        assert_eq!(agent.git(&branches), user.git(&branches));
        let fsck = agent.git(&["fsck", "--connectivity-only"]);
        assert!(!fsck.contains("missing"), "{fsck}");
    });
    let clone = clone.await;
    let head = |directory: &Utf8Path| {
        git(
            &user.sandbox,
            directory,
            &["rev-parse", "--symbolic-full-name", "HEAD"],
        )
    };
    assert_eq!(head(&clone.dir.tree()), head(user.root()));
    // Nothing was copied.
    let count = git(&user.sandbox, &clone.dir.tree(), &["count-objects", "-v"]);
    assert!(
        count.starts_with("count: 0\n") && count.contains("\nin-pack: 0\n"),
        "{count}"
    );
}

#[tokio::test]
async fn a_clone_has_history_branch_and_files_and_no_objects() {
    let user = User::new();
    user.git(&["tag", "v1"]);
    user.git(&["checkout", "--quiet", "-b", "feature"]);
    user.write("src/c.txt", "three\n");
    user.commit("second");
    is_like_the_users(&user).await;
}

#[tokio::test]
async fn other_hashes_and_references_kept_otherwise() {
    is_like_the_users(&User::with(&["init", "--quiet", "--object-format=sha256"])).await;
    let reftable = ["init", "--quiet", "--ref-format=reftable"];
    let knows_it = std::process::Command::new("git")
        .args(reftable)
        .arg("/dev/null/x")
        .output();
    // Git before 2.45 does not know that.
    if !String::from_utf8_lossy(&knows_it.unwrap().stderr).contains("unknown") {
        is_like_the_users(&User::with(&reftable)).await;
    }
}

#[tokio::test]
async fn a_detached_head_stays_detached() {
    let user = User::new();
    user.git(&["checkout", "--quiet", "--detach"]);
    is_like_the_users(&user).await;
}

#[tokio::test]
async fn a_shallow_repository() {
    let user = User::new();
    user.commit("second");
    user.commit("third");
    let shallow = user.sandbox.top.join("home/work/shallow");
    let url = format!("file://{}", user.root());
    git(
        &user.sandbox,
        &user.sandbox.top,
        &["clone", "--quiet", "--depth=1", &url, shallow.as_str()],
    );
    let mut user = user;
    user.sandbox.host.current_dir = shallow;
    is_like_the_users(&user).await;
    let work = user.after("t", |agent| agent.commit("on top")).await;
    assert_eq!(work.commits, 1);
}

#[tokio::test]
async fn a_repository_that_borrows_objects_itself() {
    let user = User::new();
    let borrower = user.sandbox.top.join("home/work/borrower");
    git(
        &user.sandbox,
        &user.sandbox.top,
        &[
            "clone",
            "--quiet",
            "--shared",
            user.root().as_str(),
            borrower.as_str(),
        ],
    );
    let mut user = user;
    user.sandbox.host.current_dir = borrower;
    is_like_the_users(&user).await;
    let clone = user.try_clone("t").await.unwrap();
    assert_eq!(clone.record.objects.len(), 2);
}

#[tokio::test]
async fn a_linked_worktree_has_its_own_branch() {
    let user = User::new();
    let tree = user.sandbox.top.join("home/work/tree");
    user.git(&["worktree", "add", "--quiet", "-b", "side", tree.as_str()]);
    let mut user = user;
    user.sandbox.host.current_dir = tree;
    is_like_the_users(&user).await;
    let work = user.after("t", |agent| agent.commit("on the side")).await;
    assert!(work.refs.contains_key("refs/ocx/t/heads/side"), "{work:?}");
    user.take_over("t").await.unwrap();
    assert_eq!(user.git(&["log", "-1", "--format=%s"]), "on the side");
}

#[tokio::test]
async fn a_repository_without_a_commit() {
    let user = User::without_commit(&["init", "--quiet", "--initial-branch=trunk"]);
    user.write("not-tracked.txt", "x");
    let work = user
        .after("s", |agent| {
            assert!(!agent.tree.join("not-tracked.txt").exists());
            assert_eq!(agent.git(&["symbolic-ref", "HEAD"]), "refs/heads/trunk");
            agent.write("new.txt", "new\n");
            agent.commit("the first one");
            agent.write("more.txt", "more\n");
        })
        .await;
    assert_eq!(
        (work.base.clone(), work.commits, work.uncommitted_files),
        (None, 1, 1)
    );
    let done = user.take_over("s").await.unwrap();
    assert_eq!((done.commits, done.files), (1, 1));
    assert_eq!(user.git(&["log", "--format=%s"]), "the first one");
    assert_eq!(
        user.git(&["status", "--porcelain"]),
        "?? more.txt\n?? not-tracked.txt"
    );
}

#[tokio::test]
async fn without_a_commit_on_either_side() {
    let user = User::without_commit(&["init", "--quiet"]);
    user.after("s", |agent| agent.write("new.txt", "new\n"))
        .await;
    user.take_over("s").await.unwrap();
    assert_eq!(user.read("new.txt"), "new\n");
}

#[tokio::test]
async fn what_is_not_committed_ignored_or_hidden_is_not_there() {
    let mut user = User::new();
    user.write(".gitignore", "deps/\nsecret\n");
    user.write("keys/id", "key");
    user.commit("second");
    user.write("a.txt", "changed\n");
    user.write("deps/lib.js", "lib");
    user.write("deps/private/x", "x");
    user.write("secret", "s");
    user.write("untracked", "u");
    user.hidden = vec!["keys".into(), "deps/private".into()];
    user.include = vec!["deps".into(), "none".into()];
    let clone = user.try_clone("s").await.unwrap();
    assert_eq!(clone.left_out, 1);
    let tree = clone.dir.tree();
    assert_eq!(fs::read_to_string(tree.join("a.txt")).unwrap(), "one\n");
    assert_eq!(fs::read_to_string(tree.join("deps/lib.js")).unwrap(), "lib");
    for gone in ["keys", "secret", "untracked", "deps/private"] {
        assert!(!tree.join(gone).exists(), "{gone}");
    }
    assert_eq!(git(&user.sandbox, &tree, &["status", "--porcelain"]), "");
    // What is hidden is not taken for removed, neither by a commit nor by what is brought.
    git(
        &user.sandbox,
        &tree,
        &["commit", "--quiet", "--allow-empty", "-a", "-m", "all"],
    );
    fs::write(tree.join("new"), "n").unwrap();
    user.bring(&clone).await.unwrap();
    let work = user.work("s").await;
    assert_eq!((work.commits, work.uncommitted_files), (1, 1));
    let changes = user.git(&["diff", "--name-status", "main", "refs/ocx/s/uncommitted"]);
    assert_eq!(changes, "A\tnew");
}

#[tokio::test]
async fn a_project_below_the_top_has_its_own_files_only() {
    let mut user = User::new();
    user.write("other/private", "x");
    user.write("sub/ocx.toml", "");
    user.write("sub/code", "1\n");
    user.write("sub/.env", "E");
    user.commit("second");
    user.hidden = vec![".env".into()];
    user.sandbox.host.current_dir = user.root().join("sub");
    let project = user.project();
    assert_eq!(project.root, user.root());
    let clone = user.try_clone("s").await.unwrap();
    let tree = clone.dir.tree();
    assert_eq!(clone.root(), tree.join("sub"));
    for gone in ["other", "a.txt", "sub/.env"] {
        assert!(!tree.join(gone).exists(), "{gone}");
    }
    fs::write(tree.join("sub/code"), "2\n").unwrap();
    fs::write(tree.join("sub/new"), "n").unwrap();
    user.bring(&clone).await.unwrap();
    let changes = user.git(&["diff", "--name-status", "main", "refs/ocx/s/uncommitted"]);
    assert_eq!(changes, "M\tsub/code\nA\tsub/new");
    user.take_over("s").await.unwrap();
    assert_eq!(user.read("code"), "2\n");
}

#[tokio::test]
async fn remotes_are_known_and_programs_are_not() {
    let user = User::new();
    user.git(&["remote", "add", "origin", "https://example.org/a \"b\".git"]);
    user.git(&["config", "branch.main.remote", "origin"]);
    user.git(&["config", "core.sshCommand", "evil"]);
    user.git(&["config", "alias.st", "!evil"]);
    user.session("s", |agent| {
        assert_eq!(
            agent.git(&["remote", "get-url", "origin"]),
            "https://example.org/a \"b\".git"
        );
        assert_eq!(agent.git(&["config", "branch.main.remote"]), "origin");
        let all = agent.git(&["config", "--local", "--list"]);
        assert!(!all.contains("evil"), "{all}");
    })
    .await;
}

#[tokio::test]
async fn without_a_repository_there_is_no_clone() {
    let user = User::new();
    let elsewhere = user.sandbox.directory("home/work/plain");
    let bare = user.sandbox.top.join("home/work/bare");
    user.git(&["clone", "--quiet", "--bare", ".", bare.as_str()]);
    for directory in [elsewhere, bare] {
        let project = discover(&user.sandbox.host, Some(&directory)).unwrap();
        let error = user.clone_of(&project, "s").await.unwrap_err();
        assert!(
            matches!(error, CloneError::NotARepository { .. }),
            "{error}"
        );
    }
    assert_eq!(user.clones(), []);
}

#[tokio::test]
async fn a_failure_leaves_nothing() {
    let user = User::new();
    let object = user.git(&["rev-parse", "HEAD:a.txt"]);
    let path = user
        .root()
        .join(format!(".git/objects/{}/{}", &object[..2], &object[2..]));
    fs::remove_file(path).unwrap();
    let error = user.try_clone("s").await.unwrap_err();
    assert!(matches!(error, CloneError::Git { .. }), "{error}");
    assert_eq!(user.clones(), []);
    assert!(user.git(&["for-each-ref", "refs/ocx"]).is_empty());
}

#[tokio::test]
async fn a_partial_clone_that_has_what_is_checked_out() {
    let user = User::new();
    user.write("big.txt", "old\n");
    user.commit("second");
    user.write("big.txt", "new\n");
    user.commit("third");
    user.git(&["config", "uploadpack.allowFilter", "true"]);
    let partial = user.sandbox.top.join("home/work/partial");
    let url = format!("file://{}", user.root());
    git(
        &user.sandbox,
        &user.sandbox.top,
        &[
            "clone",
            "--quiet",
            "--filter=blob:none",
            &url,
            partial.as_str(),
        ],
    );
    let mut user = user;
    user.sandbox.host.current_dir = partial;
    let work = user
        .after("s", |agent| {
            agent.write("big.txt", "newer\n");
            agent.commit("on top");
            agent.write("more", "x");
        })
        .await;
    assert_eq!((work.commits, work.uncommitted_files), (1, 1));
    user.take_over("s").await.unwrap();
    assert_eq!(user.read("big.txt"), "newer\n");
}
