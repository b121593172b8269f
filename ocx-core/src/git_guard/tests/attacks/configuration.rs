//! Variables that execute, include or redirect.

use super::{Attack, attack};

pub(super) const ATTACKS: &[Attack] = &[
    attack(
        "fsmonitor",
        "git config core.fsmonitor 'touch $MARK; false'",
    ),
    attack(
        "fsmonitor on the header's line",
        "printf '[core] FSmonitor=\"touch $MARK; false\"' >> .git/config",
    ),
    attack(
        "fsmonitor with a continued line",
        "printf '[core]\nfsmonitor = \\\\\ntouch $MARK;false' >> .git/config",
    ),
    attack(
        "fsmonitor after a BOM",
        "{ printf '\\357\\273\\277[core]\nfsmonitor=touch $MARK\n'; cat .git/config; } > c; mv c .git/config",
    ),
    attack("alias", "git config alias.st '!touch $MARK'"),
    attack(
        "pager",
        "git config core.pager 'touch $MARK'; git config pager.status true; git config pager.st 'touch $MARK'; git config alias.st '!touch $MARK'",
    ),
    attack(
        "include",
        "printf '[core]\nfsmonitor = touch $MARK\n' > c; git config include.path ../c",
    ),
    attack(
        "includeIf",
        "printf '[core]\nfsmonitor = touch $MARK\n' > c; git config includeIf.onbranch:main.path ../c",
    ),
    Attack {
        name: "file that the user includes",
        before: "printf '[alias]\nx = log\n' > .shared; git config include.path ../.shared",
        ..attack("", "printf '[core]\nfsmonitor = touch $MARK\n' >> .shared")
    },
    Attack {
        name: "file that the user includes and that is not there yet",
        before: "git config include.path ../.local-config",
        ..attack(
            "",
            "printf '[core]\nfsmonitor = touch $MARK\n' > .local-config",
        )
    },
    Attack {
        name: "file that an included file includes",
        before: "printf '[include]\npath = .deeper' > .shared; touch .deeper; git config include.path ../.shared",
        ..attack("", "printf '[core]\nfsmonitor = touch $MARK\n' > .deeper")
    },
    Attack {
        after: "git add -A",
        ..attack(
            "filter",
            "git config filter.x.clean 'touch $MARK; cat'; echo '* filter=x' > .gitattributes; touch src/one",
        )
    },
    Attack {
        after: "git add -A",
        ..attack(
            "filter named lfs",
            "git config filter.lfs.clean 'touch $MARK; cat'; echo '* filter=lfs' > .gitattributes; echo two > src/one",
        )
    },
    Attack {
        after: "git diff HEAD",
        ..attack(
            "external diff",
            "git config diff.external 'touch $MARK'; echo two > src/one",
        )
    },
    Attack {
        after: "git log -1 -p HEAD",
        ..attack(
            "textconv",
            "git config diff.x.textconv 'touch $MARK; cat'; echo '* diff=x' > .git/info/attributes; echo two > src/one",
        )
    },
    Attack {
        name: "attributes that call a filter of the user's",
        after: "git add -A",
        before: "git config filter.mine.clean 'touch $MARK; cat'",
        ..attack(
            "",
            "echo '* filter=mine' > .git/info/attributes; echo two > src/one",
        )
    },
    Attack {
        after: "git fetch",
        ..attack(
            "sshCommand",
            "git config core.sshCommand 'touch $MARK; false'; git config remote.origin.url git@localhost:x",
        )
    },
    Attack {
        after: "git fetch",
        ..attack(
            "uploadpack",
            "git config remote.origin.uploadpack 'touch $MARK; git-upload-pack'",
        )
    },
    Attack {
        after: "git push",
        ..attack(
            "receivepack",
            "git config remote.origin.receivepack 'touch $MARK; git-receive-pack'; git commit -qm x --allow-empty",
        )
    },
    Attack {
        after: "git fetch",
        ..attack(
            "ext URL",
            "git config protocol.ext.allow always; git config remote.origin.url 'ext::sh -c \"touch% $MARK\"'; git config remote.origin.url \"ext::touch $MARK\"",
        )
    },
    attack(
        "credential helper",
        "git config core.askPass true; git config credential.helper '!touch $MARK; false'; git config remote.origin.url https://127.0.0.1:9/x; git config http.proxy ''; git config alias.st '!git credential fill < ../home/ask'; printf 'protocol=https\nhost=a\n\n' > ../home/ask",
    ),
    Attack {
        after: "git fetch",
        ..attack(
            "insteadOf",
            "git config protocol.ext.allow always; git config \"url.ext::touch $MARK #.insteadOf\" ../",
        )
    },
    Attack {
        after: "git commit --allow-empty -m x",
        ..attack(
            "gpg",
            "git config commit.gpgSign true; git config gpg.program \"$PWD/g\"; printf '#!/bin/sh\ntouch $MARK; exit 1' > g; chmod +x g",
        )
    },
    Attack {
        after: "env -u GIT_EDITOR git commit --allow-empty",
        ..attack("editor", "git config core.editor 'touch $MARK; true'")
    },
    attack(
        "configuration by a link",
        "{ cat .git/config; printf '[core]\nfsmonitor = touch $MARK\n'; } > c; rm .git/config; ln -s ../c .git/config",
    ),
    attack(
        "merge driver",
        "echo '* merge=x' > .gitattributes; git add -A; git commit -qnm a; git config merge.x.driver 'touch $MARK'; git checkout -q -b q; echo q > src/one; git commit -qnam q; git checkout -q main; echo m > src/one; git commit -qnam m; git config alias.st 'merge q'",
    ),
    attack(
        "a thing that no list knows",
        "git config trailer.x.command 'touch $MARK'; git config alias.st 'interpret-trailers --trailer x=1 tool.sh'",
    ),
];
