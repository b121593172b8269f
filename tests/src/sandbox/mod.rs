//! A home, a project and an environment of a test's own.

mod cache;

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    sync::atomic::{AtomicU32, Ordering},
};

use camino::{Utf8Path, Utf8PathBuf};
use ocx_core::project::ProjectId;

use crate::{
    account::Account,
    binaries::Binary,
    engine::{Engine, System},
    ocx::Invocation,
    run_id::RunId,
};

/// Programs of the host that are on every sandbox's `PATH`. Container engines are not.
const TOOLS: &[&str] = &["sh", "bash", "git", "cat", "env", "sleep", "stty"];

/// A directory with everything that ocx may read or write, removed at the end of the test, along
/// with the containers, images and volumes that carry its name.
///
/// Set `OCX_TEST_KEEP=1` to look at it after the test.
#[derive(Debug)]
pub struct Sandbox {
    name: String,
    root: Utf8PathBuf,
    account: Account,
    groups: Vec<u32>,
    environment: BTreeMap<String, String>,
    engines: Vec<Engine>,
}

impl Sandbox {
    /// A sandbox of an ordinary user.
    #[must_use]
    pub fn new() -> Self {
        Self::of(Account::ordinary())
    }

    /// A sandbox of root; `None`, with a message, if the tests are not run by root.
    #[must_use]
    pub fn of_root() -> Option<Self> {
        let root = Account::root();
        if root.is_none() {
            crate::skip::skip("only root can run ocx as root");
        }
        root.map(Self::of)
    }

    fn of(account: Account) -> Self {
        let (name, root) = new_directory();
        let mut sandbox = Self {
            name,
            root,
            account,
            groups: Vec::new(),
            environment: BTreeMap::new(),
            engines: Vec::new(),
        };
        // Not of the account: it could otherwise replace what the harness put there.
        set_mode(&sandbox.root, 0o755);
        for (directory, mode) in [
            (sandbox.home(), 0o700),
            (sandbox.config(), 0o700),
            (sandbox.cache(), 0o755),
            (sandbox.state(), 0o700),
            (sandbox.data(), 0o700),
            (sandbox.runtime(), 0o700),
            (sandbox.project(), 0o755),
        ] {
            sandbox.make_directory(&directory);
            set_mode(&directory, mode);
        }
        fs::create_dir(sandbox.bin()).expect("the sandbox is writable");
        sandbox.link("ocx", &Binary::Ocx.reachable());
        sandbox.link_programs(TOOLS);
        sandbox.environment = [
            ("PATH", sandbox.bin()),
            ("HOME", sandbox.home()),
            ("XDG_CONFIG_HOME", sandbox.config()),
            ("XDG_CACHE_HOME", sandbox.cache()),
            ("XDG_STATE_HOME", sandbox.state()),
            ("XDG_DATA_HOME", sandbox.data()),
            ("XDG_RUNTIME_DIR", sandbox.runtime()),
        ]
        .map(|(name, path)| (name.to_owned(), path.into_string()))
        .into();
        sandbox.set_env("TERM", "xterm-256color");
        sandbox.set_env("LANG", "C.UTF-8");
        sandbox.trust(&sandbox.project());
        sandbox
    }

    /// The sandbox's name. Whatever has it in its name or in a label's value is removed with the
    /// sandbox, so images that a test makes are to be called `format!("{}-base", sandbox.name())`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The user that commands run as.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The groups that commands run in, besides the user's own one.
    #[must_use]
    pub(crate) fn groups(&self) -> &[u32] {
        &self.groups
    }

    /// Lets commands run in one more group. Only root can do that.
    pub fn join(&mut self, group: u32) {
        self.groups.push(group);
    }

    /// The environment of commands; there is nothing else in it.
    #[must_use]
    pub fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// The directory that holds all others.
    #[must_use]
    pub fn root(&self) -> &Utf8Path {
        &self.root
    }

    /// `HOME`.
    #[must_use]
    pub fn home(&self) -> Utf8PathBuf {
        self.root.join("home")
    }

    /// `XDG_CONFIG_HOME`.
    #[must_use]
    pub fn config(&self) -> Utf8PathBuf {
        self.home().join(".config")
    }

    /// `XDG_CACHE_HOME`.
    #[must_use]
    pub fn cache(&self) -> Utf8PathBuf {
        self.home().join(".cache")
    }

    /// `XDG_STATE_HOME`.
    #[must_use]
    pub fn state(&self) -> Utf8PathBuf {
        self.home().join(".local/state")
    }

    /// `XDG_DATA_HOME`.
    #[must_use]
    pub fn data(&self) -> Utf8PathBuf {
        self.home().join(".local/share")
    }

    /// `XDG_RUNTIME_DIR`.
    #[must_use]
    pub fn runtime(&self) -> Utf8PathBuf {
        self.root.join("run")
    }

    /// The project, which is the current directory of commands.
    #[must_use]
    pub fn project(&self) -> Utf8PathBuf {
        self.root.join("project")
    }

    /// The only directory in `PATH`.
    #[must_use]
    pub fn bin(&self) -> Utf8PathBuf {
        self.root.join("bin")
    }

    /// Sets a variable for all commands from now on.
    pub fn set_env(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    /// Unsets a variable for all commands from now on.
    pub fn unset_env(&mut self, name: &str) {
        self.environment.remove(name);
    }

    /// Puts a real engine on `PATH`, beside others that are there already, and lets the user reach it.
    pub fn use_engine(&mut self, engine: &Engine) {
        assert!(
            self.engines
                .iter()
                .all(|other| other.system() == engine.system()),
            "commands cannot run in two systems at once"
        );
        self.engines.push(engine.clone());
        self.link(engine.kind().program(), engine.cli().program());
        self.link_programs(engine.helpers());
        if engine.system() != System::Machine {
            self.link_programs(TOOLS);
        }
        for (name, value) in engine.cli().environment() {
            self.set_env(name, value);
        }
        self.groups.extend(engine.groups());
    }

    /// Runs commands in one more group from now on, if the tests' own user may do that.
    pub fn join_group(&mut self, group: u32) {
        self.groups.push(group);
    }

    /// Where commands are run: where the engine is.
    pub(crate) fn system(&self) -> System {
        self.engines.first().map_or(System::Machine, Engine::system)
    }

    /// Puts programs of the system on `PATH`, as far as they are there.
    fn link_programs(&self, names: &[&str]) {
        for name in names {
            if let Some(path) = self.system().program(name) {
                self.link(name, &path);
            }
        }
    }

    fn link(&self, name: &str, program: &Utf8Path) {
        let link = self.bin().join(name);
        let _ = fs::remove_file(&link);
        symlink(program, link).expect("bin is writable");
    }

    /// Writes a file of the user's; `path` is relative to the project, or absolute.
    pub fn write(&self, path: impl AsRef<Utf8Path>, content: impl AsRef<[u8]>) {
        let path = self.project().join(path);
        self.make_directory(path.parent().expect("files have directories"));
        fs::write(&path, content).unwrap_or_else(|error| panic!("{path}: {error}"));
        self.account.give(&path);
    }

    /// The text of a file; `path` is relative to the project, or absolute.
    #[must_use]
    pub fn read(&self, path: impl AsRef<Utf8Path>) -> String {
        let path = self.project().join(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Lets ocx take the project at `root` for one that the user has built before, so that sessions
    /// build from its Dockerfile. The sandbox's own project is one.
    pub fn trust(&self, root: &Utf8Path) {
        let record = format!("{{\"root\": {root:?}, \"standing\": \"known\"}}");
        self.write(self.trust_record(root), record);
    }

    /// Takes that back: the project is then as a fresh clone.
    pub fn forget_trust(&self) {
        let record = self.trust_record(&self.project());
        fs::remove_file(&record).unwrap_or_else(|error| panic!("{record}: {error}"));
    }

    fn trust_record(&self, root: &Utf8Path) -> Utf8PathBuf {
        let id = ProjectId::of(root);
        self.data().join(format!("ocx/trust/{id}.json"))
    }

    /// Makes a directory and those above it, all of them the user's.
    pub fn make_directory(&self, path: &Utf8Path) {
        assert!(path.starts_with(&self.root), "{path} is not in the sandbox");
        if !path.is_dir() {
            self.make_directory(path.parent().expect("the sandbox's root exists"));
            fs::create_dir(path).unwrap_or_else(|error| panic!("{path}: {error}"));
            self.account.give(path);
        }
    }

    /// ocx with these arguments.
    pub fn ocx<'a>(&'a self, args: impl IntoIterator<Item = &'a str>) -> Invocation<'a> {
        self.command("ocx", args)
    }

    /// A program of the sandbox's `PATH`, or an absolute path, with these arguments.
    pub fn command<'a>(
        &'a self,
        program: &str,
        args: impl IntoIterator<Item = &'a str>,
    ) -> Invocation<'a> {
        Invocation::new(self, self.bin().join(program), args)
    }
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if std::env::var_os("OCX_TEST_KEEP").is_some() {
            eprintln!("kept: {}", self.root);
            return;
        }
        for engine in &self.engines {
            // An engine that fails here is told, and must not end the other tests: a second panic in
            // a test that fails ends the whole program.
            let _ = std::panic::catch_unwind(|| {
                crate::cleanup::remove_mentioning(engine, &self.name);
            });
            if fs::remove_dir_all(&self.root).is_err() {
                // A container may have left files of root's here, which only root can remove.
                let _ = std::panic::catch_unwind(|| engine.remove_directory(&self.root));
            }
        }
        if let Err(error) = fs::remove_dir_all(&self.root)
            && self.root.exists()
        {
            eprintln!("not removed: {}: {error}", self.root);
        }
    }
}

/// A directory under `/tmp` that no other sandbox of this run has. The path is short, since sockets
/// in it may have no more than 108 characters. No place is taken twice in a process: a test could
/// meet what is left of one that has ended.
fn new_directory() -> (String, Utf8PathBuf) {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let run = RunId::current();
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{run}-{number}");
        let root = Utf8PathBuf::from(format!("/tmp/{name}"));
        match fs::create_dir(&root) {
            Ok(()) => return (name, root),
            // Another process of this run has it.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => panic!("{root}: {error}"),
        }
    }
}

pub(crate) fn set_mode(path: &Utf8Path, mode: u32) {
    fs::set_permissions(path, PermissionsExt::from_mode(mode))
        .unwrap_or_else(|error| panic!("{path}: {error}"));
}

/// A program of the host, looked up in `PATH` and then where Debian keeps programs.
#[must_use]
pub fn find_program(name: &str) -> Option<Utf8PathBuf> {
    let path = std::env::var("PATH").unwrap_or_default();
    path.split(':')
        .chain(["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin"])
        .map(|directory| Utf8Path::new(directory).join(name))
        .find(|program| fs::metadata(program).is_ok_and(|found| found.mode() & 0o111 != 0))
}
