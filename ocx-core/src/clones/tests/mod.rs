//! Clones of real repositories, with real Git.

mod bringing;
mod hostile;
mod making;
mod taking_over;

use std::{fs, process::Command};

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    Brought, CloneDir, CloneError, TakenOver, Work,
    bring::bring,
    create::{Clone, CloneRequest},
    git::HostGit,
    refs::Refs,
    source::{git_dir, read_refs},
    take_over::take_over,
    work,
};
use crate::project::{Project, discover, sandbox::Sandbox};

/// A repository of the user's at `home/work/app`, with a commit.
struct User {
    sandbox: Sandbox,
    store: Utf8PathBuf,
    hidden: Vec<Utf8PathBuf>,
    include: Vec<Utf8PathBuf>,
}

impl User {
    fn new() -> Self {
        Self::with(&["init", "--quiet", "--initial-branch=main"])
    }

    /// Whose repository is made like this.
    fn with(init: &[&str]) -> Self {
        let user = Self::without_commit(init);
        user.write("a.txt", "one\n");
        user.write("src/b.txt", "two\n");
        user.commit("first");
        user
    }

    fn without_commit(init: &[&str]) -> Self {
        let mut sandbox = Sandbox::new();
        let path = "/usr/local/bin:/usr/bin:/bin".to_owned();
        let home = sandbox.host.home.to_string();
        sandbox.host.environment = [("PATH", path), ("HOME", home)]
            .map(|(name, value)| (name.to_owned(), value))
            .into();
        sandbox.write(
            "home/.gitconfig",
            "[user]\n\tname = Jane\n\temail = jane@example.org\n[protocol \"file\"]\n\tallow = always\n",
        );
        let user = Self {
            store: sandbox.top.join("state/p"),
            sandbox,
            hidden: Vec::new(),
            include: Vec::new(),
        };
        user.git(init);
        user
    }

    fn root(&self) -> &Utf8Path {
        &self.sandbox.host.current_dir
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).unwrap()
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "-m", message]);
    }

    fn git(&self, args: &[&str]) -> String {
        git(&self.sandbox, self.root(), args)
    }

    fn project(&self) -> Project {
        discover(&self.sandbox.host, None).unwrap()
    }

    async fn try_clone(&self, session: &str) -> Result<Clone, CloneError> {
        self.clone_of(&self.project(), session).await
    }

    async fn clone_of(&self, project: &Project, session: &str) -> Result<Clone, CloneError> {
        Clone::make(CloneRequest {
            host: &self.sandbox.host,
            project,
            store: &self.store,
            session,
            container: "c",
            engine: "e",
            hidden: &self.hidden,
            patterns: &[],
            include: &self.include,
            planned: false,
        })
        .await
    }

    /// A session that does this in its clone.
    async fn session(&self, name: &str, does: impl FnOnce(&Agent<'_>)) -> Clone {
        let clone = self.try_clone(name).await.unwrap();
        does(&Agent {
            sandbox: &self.sandbox,
            tree: clone.dir.tree(),
        });
        clone
    }

    async fn bring(&self, clone: &Clone) -> Result<Brought, CloneError> {
        bring(&self.sandbox.host, &clone.dir, &clone.record).await
    }

    /// The same for one that leaves nothing but what can be brought.
    async fn after(&self, name: &str, does: impl FnOnce(&Agent<'_>)) -> Work {
        let clone = self.session(name, does).await;
        let brought = self.bring(&clone).await.unwrap();
        let expected = Brought::Work {
            repositories: Vec::new(),
        };
        assert_eq!(brought, expected);
        assert!(!clone.dir.path().exists(), "the clone is still there");
        self.work(name).await
    }

    async fn all_work(&self) -> Vec<Work> {
        let git = HostGit::neutral(&self.sandbox.host);
        let project = self.project();
        work::all(&git, git_dir(project.git.as_ref().unwrap()))
            .await
            .unwrap()
    }

    async fn work(&self, session: &str) -> Work {
        let all = self.all_work().await;
        work::choose(&all, Some(session)).unwrap().clone()
    }

    async fn take_over(&self, session: &str) -> Result<TakenOver, CloneError> {
        let project = self.project();
        let work = self.work(session).await;
        take_over(&self.sandbox.host, project.git.as_ref().unwrap(), &work).await
    }

    /// All references, by name.
    async fn refs(&self) -> Refs {
        let git = HostGit::neutral(&self.sandbox.host);
        let project = self.project();
        let git_dir = git_dir(project.git.as_ref().unwrap());
        read_refs(&git, git_dir, &["refs/"]).await.unwrap()
    }

    fn clones(&self) -> Vec<CloneDir> {
        CloneDir::all(&self.store)
    }
}

/// Whoever works in a clone.
struct Agent<'a> {
    sandbox: &'a Sandbox,
    tree: Utf8PathBuf,
}

impl Agent<'_> {
    fn git(&self, args: &[&str]) -> String {
        git(self.sandbox, &self.tree, args)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.tree.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "-m", message]);
    }

    /// A program that leaves a mark on the host, at which it can be seen.
    fn program(&self) -> String {
        let program = self.tree.join("evil.sh");
        fs::write(
            &program,
            format!("#!/bin/sh\ntouch {}\ncat\n", mark(self.sandbox)),
        )
        .unwrap();
        make_executable(&program);
        program.into_string()
    }
}

fn make_executable(path: &Utf8Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The file that is made by what must not be run.
fn mark(sandbox: &Sandbox) -> Utf8PathBuf {
    sandbox.top.join("home/taken-over")
}

fn git(sandbox: &Sandbox, directory: &Utf8Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .args(args)
        .current_dir(directory)
        .env_clear()
        .envs(&sandbox.host.environment)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {said}");
    String::from_utf8(output.stdout)
        .unwrap()
        .trim_end()
        .to_owned()
}
