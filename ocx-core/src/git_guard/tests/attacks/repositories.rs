//! Repositories, submodules and worktrees that are planted or changed.

use super::{Attack, attack};

pub(super) const ATTACKS: &[Attack] = &[
    Attack {
        after: "git submodule update",
        ..attack(
            "submodule update",
            "git config submodule.vendor/lib.update '!touch $MARK'; git -C vendor/lib checkout -q --detach; git -C vendor/lib commit -q --allow-empty -m x; git update-index --cacheinfo 160000,$(git -C vendor/lib rev-parse HEAD),vendor/lib; git -C vendor/lib checkout -q HEAD~1",
        )
    },
    Attack {
        after: "git push",
        ..attack(
            "remote in the project with hooks",
            "git clone -q --bare . e.git; printf '#!/bin/sh\ntouch $MARK' > e.git/hooks/pre-receive; chmod +x e.git/hooks/pre-receive; git config remote.origin.url \"$PWD/e.git\"; git commit -q --allow-empty -m x",
        )
    },
    Attack {
        after: "git -C vendor/lib status",
        ..attack(
            "configuration of a submodule",
            "git -C vendor/lib config core.fsmonitor 'touch $MARK; false'",
        )
    },
    Attack {
        after: "git -C vendor/lib commit --allow-empty -m x",
        ..attack(
            "hook of a submodule",
            "printf '#!/bin/sh\ntouch $MARK' > .git/modules/vendor/lib/hooks/post-commit; chmod +x .git/modules/vendor/lib/hooks/post-commit",
        )
    },
    Attack {
        after: "git -C vendor/lib status",
        ..attack(
            "submodule's working tree made a repository",
            "rm vendor/lib/.git; cp -r .git/modules/vendor/lib vendor/lib/.git; printf '[core]\nrepositoryformatversion = 0\nbare = false\nfsmonitor = touch $MARK\n' > vendor/lib/.git/config",
        )
    },
    Attack {
        after: "git -C vendor/lib status",
        ..attack(
            "submodule's .git leads to a payload",
            "cp -r .git/modules/vendor/lib payload; printf '[core]\nworktree = ../vendor/lib\nfsmonitor = touch $MARK\n' >> payload/config; echo 'gitdir: ../../payload' > vendor/lib/.git",
        )
    },
    attack(
        "new submodule",
        "git init -q -b main n; git -C n commit -q --allow-empty -m n; git add n; git -C n config core.fsmonitor 'touch $MARK; false'",
    ),
    attack(
        "repository planted as a gitlink",
        "mkdir -p a/b; git init -q a/b; git -C a/b commit -q --allow-empty -m x; git add a/b; git -C a/b config core.fsmonitor 'touch $MARK; false'",
    ),
    Attack {
        after: "cd deep/er && git status; git commit --allow-empty -m x",
        ..attack(
            "repository planted deep in the tree",
            "git init -q deep/er; printf '#!/bin/sh\ntouch $MARK' > deep/er/.git/hooks/pre-commit; chmod +x deep/er/.git/hooks/pre-commit; git -C deep/er config core.fsmonitor 'touch $MARK; false'",
        )
    },
    Attack {
        after: "cd bare/w && git status",
        ..attack(
            "bare repository planted in the tree",
            "cp -r .git bare; rm -rf bare/worktrees bare/modules; mkdir bare/w; printf '[core]\nrepositoryformatversion = 0\nbare = false\nworktree = w\nfsmonitor = touch $MARK\n' > bare/config",
        )
    },
    Attack {
        after: "cd bare/x && git status",
        ..attack(
            "repository hidden in a bare one",
            "cp -r .git bare; mkdir bare/x; git init -q bare/x; git -C bare/x config core.fsmonitor 'touch $MARK; false'",
        )
    },
    attack(
        "config.worktree",
        "git config extensions.worktreeConfig true; git config --worktree core.fsmonitor 'touch $MARK; false'",
    ),
    Attack {
        after: "git -C ../other status",
        ..attack(
            "config.worktree of another worktree",
            "git config extensions.worktreeConfig true; printf '[core]\nfsmonitor = touch $MARK\n' > .git/worktrees/other/config.worktree",
        )
    },
    attack(
        "commondir of the repository",
        "cp -r .git payload; printf '[core]\nfsmonitor = touch $MARK\n' >> payload/config; echo ../payload > .git/commondir",
    ),
    Attack {
        after: "git -C ../other status",
        ..attack(
            "commondir of another worktree",
            "cp -r .git payload; printf '[core]\nfsmonitor = touch $MARK\n' >> payload/config; echo $PWD/payload > .git/worktrees/other/commondir",
        )
    },
    Attack {
        after: "git -C ../other status",
        ..attack(
            "commondir of another worktree removed",
            "rm .git/worktrees/other/commondir; mkdir -p .git/worktrees/other/objects .git/worktrees/other/refs; cp -r .git/objects .git/refs .git/worktrees/other; printf '[core]\nrepositoryformatversion = 0\nworktree = ../../../../other\nfsmonitor = touch $MARK\n' > .git/worktrees/other/config",
        )
    },
    attack(
        "repository replaced",
        "mv .git old; git init -q; git config core.fsmonitor 'touch $MARK; false'",
    ),
    attack(
        ".git made a link",
        "mv .git old; ln -s old .git; git config core.fsmonitor 'touch $MARK; false'",
    ),
    attack(
        ".git made a file",
        "mv .git old; echo 'gitdir: old' > .git; git config core.fsmonitor 'touch $MARK; false'",
    ),
];
