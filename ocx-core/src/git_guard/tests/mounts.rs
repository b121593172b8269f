//! What is mounted.

use std::{fs, os::unix::fs::PermissionsExt};

use camino::Utf8Path;

use super::place::Place;
use crate::{
    git_guard::{Change, GitGuardPlan},
    spec::{Access, MountSource},
};

/// The mounts of a plan, without the paths of this place.
pub(super) fn mounts(place: &Place, plan: &GitGuardPlan) -> Vec<String> {
    let shown = |path: &Utf8Path| path.as_str().replace(place.top.as_str(), "");
    plan.mounts
        .iter()
        .map(|mount| {
            let MountSource::Bind(source) = &mount.source else {
                panic!("{mount:?}");
            };
            let source = if *source == mount.target {
                "itself".to_owned()
            } else {
                source.file_name().unwrap().to_owned()
            };
            let access = match mount.access {
                Access::ReadWrite => "rw",
                Access::ReadOnly => "ro",
            };
            format!("{} {access} {source}", shown(&mount.target))
        })
        .collect()
}

#[test]
fn mounts_of_a_repository() {
    let place = Place::new();
    place.write(".git/info/attributes", "*.bin -diff\n", 0o644);
    let (plan, guard) = place.begin("s1");
    insta::assert_snapshot!(mounts(&place, &plan).join("\n"), @r"
    /project/.git rw itself
    /project/.git/info/attributes ro itself
    /project/.git/hooks rw hooks
    /other/.git ro itself
    ");
    // The user's hooks run inside.
    let hooks = plan
        .mounts
        .iter()
        .find(|it| it.target.ends_with(".git/hooks"));
    let MountSource::Bind(copy) = &hooks.unwrap().source else {
        panic!();
    };
    let hook = copy.join("pre-commit");
    assert_eq!(hook.metadata().unwrap().permissions().mode() & 0o777, 0o755);
    // What is changed in there is told and kept, and was never the host's.
    fs::write(&hook, "#!/bin/sh\ntouch $MARK\n").unwrap();
    let report = guard.end();
    assert_eq!(report.reverted[0].change, Change::OnlyInside);
    assert!(place.read(".git/hooks/pre-commit").contains("user-hook"));
    assert!(!copy.exists());
}

#[test]
fn mounts_of_a_linked_worktree() {
    let mut place = Place::new();
    place.root = place.top.join("other");
    let (plan, guard) = place.begin("s1");
    // The main repository's own working tree has no registration that could look abandoned.
    insta::assert_snapshot!(mounts(&place, &plan).join("\n"), @r"
    /project/.git/worktrees/other rw itself
    /project/.git/worktrees/other/commondir ro itself
    /project/.git/worktrees/other/gitdir ro itself
    /other/.git ro itself
    /project/.git/hooks rw hooks
    ");
    place.sh("git config core.pager x; git commit -q --allow-empty -m x");
    fs::write(place.root.join(".git"), "gitdir: /elsewhere\n").unwrap();
    let report = guard.end();
    insta::assert_snapshot!(place.shown(&report).lines().take(2).collect::<Vec<_>>().join("\n"), @r"
    /other/.git: put back
    /project/.git/config: put back core.pager
    ");
    assert_eq!(place.sh("git log -1 --format=%s"), "x\n");
}
