//! A host's directory with a repository that has a submodule, a linked worktree and a remote.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    process::{Command, Output},
    sync::LazyLock,
};

use camino::{Utf8Path, Utf8PathBuf};

use crate::{
    git_guard::{GitGuard, GitGuardPlan, GitGuardRequest, GitReport},
    project::GitLayout,
};

const SETUP: &str = r#"
git init -q --bare remote.git
git init -q lib && git -C lib commit -q --allow-empty -m lib
git init -q project
cd project
mkdir src && echo one > src/one && echo 'echo hello' > tool.sh && chmod +x tool.sh
git add . && git commit -qm one
git submodule --quiet add ../lib vendor/lib && git commit -qm sub
git remote add origin ../remote.git && git push -qu origin main
printf '#!/bin/sh\necho user-hook\n' > .git/hooks/pre-commit
chmod +x .git/hooks/pre-commit
git config alias.st status
git worktree add -q ../other
rm -f .git/hooks/*.sample .git/modules/vendor/lib/hooks/*.sample ../remote.git/hooks/*.sample ../lib/.git/hooks/*.sample
"#;

/// The place as it is after the setup, made once: `cp` is much quicker than Git.
static TEMPLATE: LazyLock<Place> = LazyLock::new(|| {
    let place = Place::empty();
    place.sh(SETUP);
    place
});

pub(super) struct Place {
    pub(super) top: Utf8PathBuf,
    pub(super) root: Utf8PathBuf,
    _directory: tempfile::TempDir,
}

impl Place {
    fn empty() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let top = Utf8Path::from_path(directory.path())
            .unwrap()
            .canonicalize_utf8()
            .unwrap();
        fs::create_dir(top.join("home")).unwrap();
        fs::write(
            top.join("home/.gitconfig"),
            "[user]\n\tname = Ann\n\temail = ann@example.org\n[init]\n\tdefaultBranch = main\n\
             [protocol \"file\"]\n\tallow = always\n[advice]\n\tdetachedHead = false\n",
        )
        .unwrap();
        Self {
            root: top.join("project"),
            top,
            _directory: directory,
        }
    }

    pub(super) fn new() -> Self {
        let place = Self::empty();
        let template = &TEMPLATE.top;
        let copied = Command::new("cp")
            .args(["-a", template.join(".").as_str(), place.top.as_str()])
            .status();
        assert!(copied.unwrap().success());
        // The files in which Git writes absolute paths.
        for path in [
            "other/.git",
            "project/.git/worktrees/other/gitdir",
            "project/.git/config",
        ] {
            let path = place.top.join(path);
            let text = fs::read_to_string(&path).unwrap();
            fs::write(path, text.replace(template.as_str(), place.top.as_str())).unwrap();
        }
        place
    }

    /// Runs a script as the host's user would, and expects it to work.
    pub(super) fn sh(&self, script: &str) -> String {
        let output = self.try_sh(script);
        assert!(output.status.success(), "{script}\n{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a script in the project, or beside it as long as there is none.
    pub(super) fn try_sh(&self, script: &str) -> Output {
        let directory = if self.root.exists() {
            &self.root
        } else {
            &self.top
        };
        Command::new("sh")
            .args(["-ec", script])
            .current_dir(directory)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.top.join("home"))
            .env("MARK", self.mark())
            .env("TOP", &self.top)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_EDITOR", "true")
            .output()
            .unwrap()
    }

    /// A file that an attack makes if it is executed.
    pub(super) fn mark(&self) -> Utf8PathBuf {
        self.top.join("mark")
    }

    pub(super) fn layout(&self) -> Option<GitLayout> {
        let ask = |what: &str| {
            let text = self.sh(&format!("git rev-parse --path-format=absolute {what}"));
            Utf8PathBuf::from(text.trim())
        };
        self.root.join(".git").exists().then(|| {
            let (common_dir, git_dir) = (ask("--git-common-dir"), ask("--git-dir"));
            GitLayout {
                top_level: self.root.clone(),
                worktree_dir: (git_dir != common_dir).then_some(git_dir),
                common_dir,
            }
        })
    }

    pub(super) fn guard(&self) -> GitGuard {
        self.begin("s1").1
    }

    pub(super) fn begin(&self, session: &str) -> (GitGuardPlan, GitGuard) {
        let layout = self.layout();
        GitGuard::begin(&GitGuardRequest {
            root: &self.root,
            git: layout.as_ref(),
            home: &self.top.join("home"),
            user_configs: &[self.top.join("home/.gitconfig")],
            state: &self.top.join("state/git-guard"),
            session,
        })
        .unwrap()
    }

    pub(super) fn write(&self, path: &str, text: &str, mode: u32) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }

    pub(super) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap()
    }

    /// The report without the paths of this place.
    pub(super) fn shown(&self, report: &GitReport) -> String {
        report.to_string().replace(self.top.as_str(), "")
    }
}
