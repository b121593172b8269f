//! Projects in which sessions are opened on a real engine.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    process::Command,
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use camino::{Utf8Path, Utf8PathBuf};
use ocx_tests::{
    bases, cache,
    engine::Engine,
    ocx::Invocation,
    output::Output,
    registry::{self, Registry},
    running::Running,
    sandbox::Sandbox,
    stub_model::{Options, StubModel, project_config},
};
use serde_json::Value;

/// How long a session may take to start, on a busy machine, where its image may have to be built before.
pub(crate) const START: Duration = Duration::from_secs(180);

/// How long a session may take to end, on a busy machine.
pub(crate) const END: Duration = Duration::from_secs(45);

/// What a script of [`Project::seen_inside`] prints last.
const LAST_WORD: &str = "(all said)";

/// A program that stands in for opencode; see `stand_in.c`.
const STAND_IN: &str = include_str!("stand_in.c");

/// A sandbox whose project is ready for sessions.
pub(crate) struct Project {
    pub(crate) engine: Engine,
    pub(crate) sandbox: Sandbox,
}

impl Project {
    /// A project of the ordinary user on the image `base`, with the host's network.
    pub(crate) fn on(engine: &Engine, base: &str) -> Self {
        Self::in_sandbox(Sandbox::new(), engine, base)
    }

    /// A project of the ordinary user on Debian.
    pub(crate) fn new(engine: &Engine) -> Self {
        Self::on(engine, &bases::debian(engine))
    }

    /// A project of root's on Debian. `None` if the tests are not run by root.
    pub(crate) fn of_root(engine: &Engine) -> Option<Self> {
        let sandbox = Sandbox::of_root()?;
        Some(Self::in_sandbox(sandbox, engine, &bases::debian(engine)))
    }

    fn in_sandbox(sandbox: Sandbox, engine: &Engine, base: &str) -> Self {
        sandbox.write("ocx.toml", format!("custom_base_image = \"{base}\"\n"));
        Self::bare(sandbox, engine)
    }

    /// A project without settings files.
    pub(crate) fn bare(mut sandbox: Sandbox, engine: &Engine) -> Self {
        sandbox.use_engine(engine);
        let (version, downloads) = downloads();
        sandbox.seed_cache_from(downloads);
        sandbox.set_env("OCX_OPENCODE_VERSION", version);
        sandbox.set_env("OCX_OPENCODE_REGISTRY", registry::unreachable_url());
        sandbox.set_env("OCX_NETWORK", "host");
        // What an engine cannot enforce is told once on each machine, and this is not the first time.
        for name in ["docker", "podman"] {
            let told = sandbox.state().join(format!("ocx/unenforced-{name}.json"));
            sandbox.write(told, r#"["memory", "cpus", "pids_limit"]"#);
        }
        Self {
            engine: engine.clone(),
            sandbox,
        }
    }

    /// Adds lines to `ocx.toml`.
    pub(crate) fn configure(&self, lines: &str) {
        let text = format!("{lines}\n{}", self.sandbox.read("ocx.toml"));
        self.sandbox.write("ocx.toml", text);
    }

    /// Makes the stand-in play opencode.
    pub(crate) fn use_stand_in(&mut self) {
        self.sandbox
            .set_env("OCX_OPENCODE_BINARY", stand_in().as_str());
        // They would have no effect, and ocx warns of that.
        self.sandbox.unset_env("OCX_OPENCODE_REGISTRY");
        self.sandbox.unset_env("OCX_OPENCODE_VERSION");
    }

    /// Makes opencode use a model.
    pub(crate) fn use_model(&self, base_url: &str) {
        self.sandbox
            .write("opencode.json", project_config(base_url));
    }

    /// Starts a model and makes opencode use it. `None`, with a message, if sessions on this engine
    /// cannot reach one.
    pub(crate) fn start_model(&self) -> Option<StubModel> {
        self.start_model_with(Options::default())
    }

    /// Like [`start_model`](Self::start_model), with options.
    pub(crate) fn start_model_with(&self, options: Options) -> Option<StubModel> {
        let network = self.engine.host_network()?;
        let model = StubModel::with(Options { network, ..options });
        self.use_model(&model.base_url());
        Some(model)
    }

    /// `ocx opencode` with these arguments, on an image that is there.
    pub(crate) fn opencode<'a>(&'a self, args: &[&'a str]) -> Invocation<'a> {
        self.ensure_image();
        let args = ["opencode"].iter().chain(args).copied();
        self.sandbox.ocx(args.collect::<Vec<_>>())
    }

    /// Builds the image. Projects on one base share it, so only one of them shall do it.
    pub(crate) fn ensure_image(&self) {
        let lock = format!("{}-session-image", self.engine.lane());
        let _lock = cache::lock(&cache::directory("locks").join(lock));
        self.sandbox
            .ocx(["build", "--quiet"])
            .run()
            .success()
            .done();
    }

    /// Runs a shell script in a session of the stand-in.
    pub(crate) fn inside(&self, script: &str) -> Output {
        self.opencode(&["exec", "sh", "-c", script]).run()
    }

    /// What a script prints that only looks at something. A busy engine may lose all output of a short
    /// session (seen with Docker 26.1 and Podman 4.3), so that a session without its last word is no
    /// answer, and the script is run again.
    pub(crate) fn seen_inside(&self, script: &str) -> String {
        let script = format!("{script}\necho '{LAST_WORD}'");
        for _ in 0..3 {
            let output = self.inside(&script).success();
            if let Some(printed) = output.stdout().strip_suffix(&format!("{LAST_WORD}\n")) {
                return printed.to_owned();
            }
            eprintln!("lost output: {output}");
        }
        panic!("the output of a session was lost three times");
    }

    /// Lets the agent run a command with its shell tool, and returns what the model was told.
    pub(crate) fn agent_runs(&self, model: &StubModel, command: &str) -> String {
        let prompt = format!("run: {command}");
        self.opencode(&["run", &prompt]).run().success().done();
        tool_result(model)
    }

    /// Starts a session of the stand-in that waits.
    pub(crate) fn waiting(&self) -> Running {
        let mut session = self.opencode(&["wait"]).start();
        session.wait_for("waiting", START);
        session
    }

    /// The label of the project's sessions.
    pub(crate) fn label(&self) -> String {
        format!("ocx.project={}", self.sandbox.project())
    }

    /// The project's only running container.
    pub(crate) fn container(&self) -> Value {
        // A program may say something before the engine lists its container.
        let started = Instant::now();
        let mut running = self.engine.running(&self.label());
        while running.is_empty() && started.elapsed() < END {
            thread::sleep(Duration::from_millis(100));
            running = self.engine.running(&self.label());
        }
        assert_eq!(running.len(), 1, "{running:#?}");
        running.remove(0)
    }

    /// Fails the test unless the project's containers are gone, stopped ones too.
    #[track_caller]
    pub(crate) fn assert_no_containers(&self) {
        let filter = format!("label={}", self.label());
        let list = || {
            self.engine
                .cli()
                .lines(&["ps", "--all", "--quiet", "--filter", &filter])
        };
        // The engine removes a container just after its client has ended.
        let deadline = std::time::Instant::now() + END;
        while !list().is_empty() && std::time::Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(50));
        }
        assert_eq!(list(), Vec::<String>::new());
    }

    /// The project's home volumes.
    pub(crate) fn volumes(&self) -> Vec<Value> {
        let filter = format!("label={}", self.label());
        let names = self
            .engine
            .cli()
            .lines(&["volume", "ls", "--quiet", "--filter", &filter]);
        self.engine.cli().inspect("volume", &names)
    }
}

/// The result of the tool that was called last.
pub(crate) fn tool_result(model: &StubModel) -> String {
    let requests = model.requests();
    let result = requests
        .iter()
        .rev()
        .filter_map(|request| request["messages"].as_array())
        .find_map(|messages| messages.iter().rfind(|message| message["role"] == "tool"))
        .expect("a tool was called");
    match &result["content"] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The newest opencode, and a cache directory of ocx with what it downloads for that: filled once.
fn downloads() -> (&'static str, &'static Utf8Path) {
    static DOWNLOADS: OnceLock<(String, Utf8PathBuf)> = OnceLock::new();
    let (version, directory) = DOWNLOADS.get_or_init(|| {
        let metadata = registry::fetch("/opencode-ai/latest").expect("the registry is there");
        let metadata: Value = serde_json::from_slice(&metadata).expect("it answers in JSON");
        let version = metadata["version"].as_str().expect("a version").to_owned();
        let directory = cache::directory("sessions").join(&version);
        cache::file(&directory, |unfinished| {
            download(&version, unfinished);
            Ok::<_, String>(())
        })
        .unwrap();
        (version, directory)
    });
    (version, directory)
}

fn download(version: &str, to: &Utf8Path) {
    let engine = Engine::any().expect("sessions need an engine");
    let registry = Registry::start();
    let mut sandbox = Sandbox::new();
    sandbox.use_engine(engine);
    sandbox.set_env("OCX_OPENCODE_VERSION", version);
    sandbox.set_env("OCX_OPENCODE_REGISTRY", &registry.url());
    sandbox.set_env("OCX_CUSTOM_BASE_IMAGE", &bases::debian(engine));
    sandbox.ocx(["build"]).run().success().done();
    let _ = fs::remove_dir_all(to);
    // Only the programs: the rest is about that sandbox.
    let from = sandbox.cache().join("ocx");
    for kind in ["opencode", "ripgrep"] {
        copy_programs(&from.join(kind), &to.join(kind));
    }
}

/// Copies programs and their records so that any user's ocx takes them for its own: readable, and
/// with the times that the records tell. Lock files stay behind; each user makes their own.
fn copy_programs(from: &Utf8Path, to: &Utf8Path) {
    fs::create_dir_all(to).unwrap();
    for entry in from.read_dir_utf8().unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_programs(entry.path(), &target);
        } else if entry.file_name() != "lock" {
            fs::copy(entry.path(), &target).unwrap();
            let mode = if target.extension().is_some() {
                0o644
            } else {
                0o755
            };
            fs::set_permissions(&target, PermissionsExt::from_mode(mode)).unwrap();
            let modified = entry.metadata().unwrap().modified().unwrap();
            let copy = fs::File::options().write(true).open(&target).unwrap();
            copy.set_modified(modified).unwrap();
        }
    }
}

/// The stand-in, compiled without shared libraries so that it runs on any base.
pub(crate) fn stand_in() -> &'static Utf8Path {
    static PROGRAM: OnceLock<Utf8PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let directory = cache::directory("stand-in");
        // Any user must reach it, and the build directory may lie in a closed home.
        let program = Utf8PathBuf::from(format!("/tmp/{}", ocx_tests::run_id::RunId::current()))
            .join("stand-in");
        fs::create_dir_all(program.parent().unwrap()).unwrap();
        cache::file(&program, |unfinished| {
            let source = directory.join("stand_in.c");
            fs::write(&source, STAND_IN).unwrap();
            let output = Command::new("cc")
                .args(["-static", "-Os", "-o", unfinished.as_str(), source.as_str()])
                .output()
                .map_err(|error| format!("cc, which Rust needs too: {error}"))?;
            if output.status.success() {
                Ok(())
            } else {
                Err(String::from_utf8_lossy(&output.stderr).into_owned())
            }
        })
        .unwrap();
        program
    })
}
