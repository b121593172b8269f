//! The planned mounts for real, in a mount namespace as an engine makes one. Where users may not have
//! one, these fail.

use super::{place::Place, work::WORK};
use crate::{
    git_guard::GitGuardPlan,
    spec::{Access, MountSource},
};

/// A script that sees what a container would: the mounts, and nothing of worktrees elsewhere.
fn inside(place: &Place, plan: &GitGuardPlan, script: &str) -> String {
    let top = &place.top;
    let mut lines = vec![format!(
        "mkdir {top}/held; : > {top}/held/git; mount --bind {top}/other/.git {top}/held/git; \
         mount -t tmpfs none {top}/other; : > {top}/other/.git"
    )];
    for mount in &plan.mounts {
        let MountSource::Bind(source) = &mount.source else {
            panic!("{mount:?}");
        };
        let target = &mount.target;
        let source = if target.starts_with(top.join("other")) {
            top.join("held/git")
        } else {
            source.clone()
        };
        lines.push(format!("mount --bind '{source}' '{target}'"));
        if mount.access == Access::ReadOnly {
            lines.push(format!("mount -o remount,ro,bind '{target}'"));
        }
    }
    format!(
        "cat > ../inside <<'END'\nset -e\n{}\ncd /; cd {}\n{script}\nEND\n\
         unshare -rm sh ../inside; rm -rf ../held",
        lines.join("\n"),
        place.root
    )
}

#[test]
fn ordinary_work_with_the_mounts() {
    for work in WORK {
        let place = Place::new();
        place.write(".git/info/attributes", "*.bin -diff\n", 0o644);
        let (plan, guard) = place.begin("s1");
        place.sh(&inside(&place, &plan, work.script));
        let report = guard.end();
        assert_eq!(report.reverted, [], "{}", work.name);
        assert_eq!(place.sh(work.then), work.expected, "{}", work.name);
    }
}

#[test]
fn what_the_mounts_keep_off() {
    let place = Place::new();
    place.write(".git/info/attributes", "*.bin -diff\n", 0o644);
    let (plan, guard) = place.begin("s1");
    let script = "\
        git commit --allow-empty -m x 2>&1 | grep user-hook\n\
        printf '#!/bin/sh\\necho installed' > .git/hooks/post-commit; chmod +x .git/hooks/post-commit\n\
        git commit --allow-empty -m x 2>&1 | grep installed\n\
        ! mv .git x 2>&1; ! mv .git/hooks .git/x 2>&1; ! rmdir .git/hooks 2>&1; ! rm -rf .git/info/attributes\n\
        ! echo '* filter=x' 2>&1 > .git/info/attributes\n\
        git worktree prune -v; git worktree list; git gc -q --prune=now; git branch -m other other2\n";
    let told = place.sh(&inside(&place, &plan, script));
    assert!(!told.contains("prunable"), "{told}");
    // None of it is on the host, before anything was looked at.
    assert!(place.read(".git/hooks/pre-commit").contains("user-hook"));
    assert!(!place.root.join(".git/hooks/post-commit").exists());
    assert_eq!(place.read(".git/info/attributes"), "*.bin -diff\n");
    let other = place.sh("git -C ../other status -sb");
    assert_eq!(other, "## other2\n");
    let report = place.shown(&guard.end());
    assert!(report.starts_with("/project/.git/hooks/"), "{report}");
    assert!(
        report.contains("post-commit: was changed inside only"),
        "{report}"
    );
}
