//! Hooks, and other files that Git runs or writes to.

use super::{Attack, attack};

pub(super) const ATTACKS: &[Attack] = &[
    Attack {
        after: "git commit --allow-empty -m x",
        ..attack(
            "hook",
            "printf '#!/bin/sh\ntouch $MARK' > .git/hooks/post-commit; chmod +x .git/hooks/post-commit",
        )
    },
    Attack {
        after: "git commit --allow-empty -m x",
        ..attack(
            "hook of the user's",
            "printf '#!/bin/sh\ntouch $MARK' > .git/hooks/pre-commit",
        )
    },
    Attack {
        after: "git commit --allow-empty -m x",
        ..attack(
            "hook by a link",
            "printf '#!/bin/sh\ntouch $MARK' > evil; chmod +x evil; ln -s ../../evil .git/hooks/post-commit",
        )
    },
    Attack {
        after: "git commit --allow-empty -m x",
        ..attack(
            "hooks directory replaced",
            "mv .git/hooks .git/x; mkdir .git/hooks; printf '#!/bin/sh\ntouch $MARK' > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit",
        )
    },
    Attack {
        after: "git commit --allow-empty -m x",
        ..attack(
            "hooks directory by a link",
            "mv .git/hooks .git/x; mkdir e; printf '#!/bin/sh\ntouch $MARK' > e/pre-commit; chmod +x e/pre-commit; ln -s ../e .git/hooks",
        )
    },
    Attack {
        after: "git commit --allow-empty -m x",
        ..attack(
            "hooksPath",
            "mkdir h; printf '#!/bin/sh\ntouch $MARK' > h/post-commit; chmod +x h/post-commit; git config core.hooksPath h",
        )
    },
    Attack {
        name: "hooks in the working tree",
        after: "git commit --allow-empty -m x",
        before: "mkdir .githooks; printf '#!/bin/sh\ntrue' > .githooks/pre-commit; chmod +x .githooks/pre-commit; git config core.hooksPath .githooks",
        ..attack(
            "",
            "printf '#!/bin/sh\ntouch $MARK' > .githooks/pre-commit; cp .githooks/pre-commit .githooks/post-commit",
        )
    },
    Attack {
        name: "hooks in the working tree by the user's global configuration",
        after: "git commit --allow-empty -m x",
        before: "git config --global core.hooksPath .githooks",
        ..attack(
            "",
            "mkdir .githooks; printf '#!/bin/sh\ntouch $MARK' > .githooks/post-commit; chmod +x .githooks/post-commit",
        )
    },
    Attack {
        after: "git checkout -b z; test ! -s ../home/.profile || touch $MARK",
        ..attack(
            "log by a link to a file of the host",
            "rm .git/logs/HEAD; ln -s $TOP/home/.profile .git/logs/HEAD; : > $TOP/home/.profile",
        )
    },
    Attack {
        after: "git checkout main; git commit --allow-empty -nm x; test ! -s ../home/.profile || touch $MARK",
        ..attack(
            "log of a branch by a link",
            "rm .git/logs/refs/heads/main; ln -s $TOP/home/.profile .git/logs/refs/heads/main; : > $TOP/home/.profile",
        )
    },
    Attack {
        after: "git commit --allow-empty -m 'touch $MARK'; test ! -s ../home/.profile || touch $MARK",
        ..attack(
            "message by a link to a file of the host",
            "ln -sf $TOP/home/.profile .git/COMMIT_EDITMSG; : > $TOP/home/.profile",
        )
    },
    Attack {
        after: "git rebase --continue",
        ..attack(
            "commands of a rebase that is not finished",
            "git commit -q --allow-empty -m x; GIT_SEQUENCE_EDITOR=\"sed -i '1s#.*#break\\nexec touch $MARK#'\" git rebase -i HEAD~1",
        )
    },
    Attack {
        after: "git commit --allow-empty -m x",
        ..attack(
            "working tree of the repository is .git/hooks",
            "git config core.worktree \"$PWD/.git/hooks\"; git config core.bare false; mkdir -p h; printf '#!/bin/sh\ntouch $MARK' > .git/hooks/post-commit; chmod +x .git/hooks/post-commit",
        )
    },
];
