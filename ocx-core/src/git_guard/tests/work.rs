//! Ordinary work, under a guard that looks after each command as the watch would: it leaves what it
//! should, and nothing is put back.

use super::place::Place;

pub(super) struct Work {
    pub(super) name: &'static str,
    pub(super) script: &'static str,
    /// What the user's Git prints afterwards.
    pub(super) then: &'static str,
    pub(super) expected: &'static str,
}

pub(super) const WORK: &[Work] = &[
    Work {
        name: "commit, with the user's hook",
        script: "echo two > src/one; git commit -am two",
        then: "git log -1 --format=%s; git status -s",
        expected: "two\n",
    },
    Work {
        name: "branch and push with tracking",
        script: "git checkout -qb feature/x; git commit -q --allow-empty -m x; git push -qu origin feature/x",
        then: "git rev-parse --abbrev-ref feature/x@{u}; git config branch.feature/x.merge",
        expected: "origin/feature/x\nrefs/heads/feature/x\n",
    },
    Work {
        name: "branch renamed and removed",
        script: "git checkout -qb a; git push -qu origin a; git branch -m a b; git checkout -q main; git branch -D b",
        then: "git config --get-regexp '^branch\\.[ab]\\.' || echo none",
        expected: "none\n",
    },
    Work {
        name: "remotes",
        script: "git remote add up ../lib; git fetch -q up; git remote set-url up git@example.org:a/b.git; git remote rename up down",
        then: "git remote get-url down; git config remote.down.fetch",
        expected: "git@example.org:a/b.git\n+refs/heads/*:refs/remotes/down/*\n",
    },
    Work {
        name: "identity and habits",
        script: "git config user.email bot@example.org; git config pull.rebase true; git config push.autoSetupRemote true; git config core.autocrlf input; git config rerere.enabled true",
        then: "git config user.email; git config pull.rebase; git config core.autocrlf",
        expected: "bot@example.org\ntrue\ninput\n",
    },
    Work {
        name: "submodule update and a new submodule",
        script: "git -C vendor/lib commit -q --allow-empty -m b; git add vendor/lib; git commit -qm b; git submodule --quiet update --init --recursive; git submodule --quiet add ../lib deep/lib2; git commit -qm lib2",
        then: "git submodule status | cut -c1,43-; git -C deep/lib2 rev-parse --show-toplevel | sed 's#.*/project/##'; git status -s",
        expected: " deep/lib2 (heads/main)\n vendor/lib (heads/main)\ndeep/lib2\n",
    },
    Work {
        name: "submodule in a submodule",
        script: "git -C vendor/lib submodule --quiet add $TOP/lib in/ner; git -C vendor/lib commit -qm inner; git commit -qam inner",
        then: "git submodule foreach --recursive --quiet 'echo $name'",
        expected: "vendor/lib\nin/ner\n",
    },
    Work {
        name: "submodule removed",
        script: "git submodule --quiet deinit -f vendor/lib; git rm -q vendor/lib; git commit -qm gone; rm -rf .git/modules/vendor",
        then: "git submodule status; git status -s; echo ok",
        expected: "ok\n",
    },
    Work {
        name: "worktree in the project",
        script: "git worktree add -q wt; echo x > wt/x; git -C wt add x; git -C wt commit -qnm x",
        then: "git -C wt log -1 --format=%s; git -C wt status -s; git worktree list | wc -l",
        expected: "x\n3\n",
    },
    Work {
        name: "worktree in the project removed again",
        script: "git worktree add -q wt; git worktree remove wt; git worktree prune",
        then: "git worktree list | wc -l",
        expected: "2\n",
    },
    Work {
        name: "stash and rebase",
        script: "git checkout -qb r; echo r > r; git add r; git commit -qnm r; git checkout -q main; git commit -qn --allow-empty -m m; git checkout -q r; echo s >> src/one; git stash -q; git rebase -q main; git stash pop -q",
        then: "git log -2 --format=%s; git status -s",
        expected: "r\nm\n M src/one\n",
    },
    Work {
        name: "a rebase that stops at a conflict",
        script: "git checkout -qb r; echo r > src/one; git commit -qnam r; git checkout -q main; echo m > src/one; git commit -qnam m; git checkout -q r; git rebase main || true",
        then: "echo both > src/one; git add src/one; git rebase --continue >/dev/null; git log -2 --format=%s",
        expected: "r\nm\n",
    },
    Work {
        name: "sparse checkout",
        script: "git status -s; git sparse-checkout set --no-cone /src; test ! -e tool.sh",
        then: "git status -s; git config core.sparseCheckout; git config extensions.worktreeConfig; git sparse-checkout disable; ls tool.sh",
        expected: "true\ntrue\ntool.sh\n",
    },
    Work {
        name: "configuration of the worktree",
        script: "git config extensions.worktreeConfig true; git config --worktree user.name Other",
        then: "git config user.name; git -C ../other config user.name",
        expected: "Other\nAnn\n",
    },
    Work {
        name: "Git LFS is set up",
        script: "git config filter.lfs.clean 'git-lfs clean -- %f'; git config filter.lfs.smudge 'git-lfs smudge -- %f'; git config filter.lfs.process 'git-lfs filter-process'; git config filter.lfs.required true; git config lfs.repositoryformatversion 0; git config lfs.https://example.org/a.git/info/lfs.access basic",
        then: "git config --get-regexp lfs | wc -l",
        expected: "6\n",
    },
    Work {
        name: "gc, repack, reflog, maintenance",
        script: "git gc -q; git repack -adq; git reflog expire --expire=now --all; git prune; git pack-refs --all; git maintenance run --quiet; git fsck --no-progress",
        then: "git status -s; git -C ../other status -s; git worktree list | wc -l",
        expected: "2\n",
    },
    Work {
        name: "a repository of its own",
        script: "git init -q sub; cd sub; echo a > a; git add a; git commit -qm a; git remote add origin ../remote.git; cd ..; git clone -q sub sub2; git -C sub2 pull -q",
        then: "git -C sub2 log -1 --format=%s; git -C sub2 remote get-url origin | sed 's#.*/project#P#'",
        expected: "a\nP/sub\n",
    },
    Work {
        name: "bisect, cherry-pick, tag, notes",
        script: "git commit -qn --allow-empty -m 1; git commit -qn --allow-empty -m 2; git bisect start -q HEAD HEAD~2; git bisect reset; git tag -a v1 -m v1; git notes add -m n; git checkout -qb c HEAD~1; git cherry-pick --allow-empty main",
        then: "git log -1 --format=%s; git describe main",
        expected: "2\nv1\n",
    },
    Work {
        name: "a symbolic reference and a detached head",
        script: "git symbolic-ref refs/heads/alias refs/heads/main; git checkout -q --detach; git checkout -q main; git switch -qc s",
        then: "git rev-parse --abbrev-ref HEAD",
        expected: "s\n",
    },
];

#[test]
fn ordinary_work_is_left_alone() {
    for work in WORK {
        let place = Place::new();
        let guard = place.guard();
        // The commands one by one, with a look after each as of the watch.
        let mut directory = String::new();
        for command in work.script.split("; ") {
            place.sh(&format!("{directory}{command}"));
            if command.starts_with("cd ") {
                directory += &format!("{command}; ");
            }
            guard.check();
        }
        let report = guard.end();
        assert_eq!(report.reverted, [], "{}", work.name);
        assert!(report.gaps.is_empty(), "{}: {:?}", work.name, report.gaps);
        assert_eq!(place.sh(work.then), work.expected, "{}", work.name);
    }
}

/// What a session may not do, it may do beside what it may, and neither disturbs the other.
#[test]
fn harmless_changes_survive_what_is_put_back() {
    let place = Place::new();
    let before = place.read(".git/config");
    let guard = place.guard();
    place.sh(
        "git config core.fsmonitor 'touch $MARK'; git checkout -qb x; git push -qu origin x; \
         git config --unset alias.st; git config user.name Bot; git commit -qn --allow-empty -m x",
    );
    let report = guard.end();
    let shown = "/project/.git/config: put back alias.st, core.fsmonitor";
    assert!(place.shown(&report).starts_with(shown), "{report}");
    assert_eq!(
        place.sh("git config user.name; git rev-parse --abbrev-ref @{u}; git config alias.st"),
        "Bot\norigin/x\nstatus\n"
    );
    // The file is as it was, with the harmless variables at its end.
    assert!(place.read(".git/config").starts_with(&before));
    // Nothing of what was there is lost.
    let kept = report.kept_aside.unwrap();
    let kept = kept.read_dir_utf8().unwrap().next().unwrap().unwrap();
    let text = std::fs::read_to_string(kept.path()).unwrap();
    assert!(text.contains("touch $MARK"), "{text}");
}
