//! What is measured on: a project with a base on an engine, and the release build of ocx.

use std::{fs, process::Command};

use camino::{Utf8Path, Utf8PathBuf};
use ocx_tests::{
    bases,
    engine::{Engine, EngineCli, EngineKind},
    registry::Registry,
    sandbox::Sandbox,
};

use crate::step::{Outcome, read, say, workspace};

/// What takes seconds runs no more often than this.
const LONG_ROUNDS: usize = 7;

/// A project with a base on an engine, and the release build of ocx.
pub(super) struct Scene<'a> {
    engine: &'a Engine,
    pub(super) sandbox: Sandbox,
    ocx: Utf8PathBuf,
    pub(super) rounds: usize,
}

/// The Debian base under a name of this sandbox's own, so that everything made from it goes with it.
fn named_base(engine: &Engine, sandbox: &Sandbox) -> String {
    let name = format!("{}-bench", sandbox.name());
    engine
        .cli()
        .require(&["tag", &bases::debian(engine), &name]);
    name
}

impl<'a> Scene<'a> {
    pub(super) fn prepare(engine: &'a Engine, registry: &Registry, rounds: usize) -> Outcome<Self> {
        let mut sandbox = Sandbox::new();
        sandbox.use_engine(engine);
        sandbox.set_env("OCX_OPENCODE_REGISTRY", &registry.url());
        let ocx = sandbox.root().join("bin/ocx-release");
        let built = workspace().join("target/release/ocx");
        fs::copy(&built, &ocx).map_err(|error| format!("{built} to {ocx}: {error}"))?;
        sandbox.write(
            "ocx.toml",
            format!("custom_base_image = \"{}\"\n", named_base(engine, &sandbox)),
        );
        let scene = Self {
            engine,
            sandbox,
            ocx,
            rounds,
        };
        say("building the image once, so that the binary is cached");
        scene.once(&["build"]);
        scene.once(&["opencode", "--version"]);
        Ok(scene)
    }

    /// How often what takes seconds runs.
    pub(super) fn long_rounds(&self) -> usize {
        self.rounds.min(LONG_ROUNDS)
    }

    pub(super) fn program(&self) -> &'static str {
        self.engine.kind().program()
    }

    pub(super) fn kind(&self) -> EngineKind {
        self.engine.kind()
    }

    pub(super) fn cli(&self) -> &EngineCli {
        self.engine.cli()
    }

    /// The Debian image that bases are made from.
    pub(super) fn debian(&self) -> String {
        bases::debian(self.engine)
    }

    pub(super) fn ocx(&self, args: &[&str]) -> Command {
        self.sandbox
            .command(self.ocx.as_str(), args.iter().copied())
            .command()
    }

    /// ocx with its caches and all that it remembers elsewhere.
    pub(super) fn ocx_with_home(&self, home: &Utf8Path, args: &[&str]) -> Command {
        self.sandbox
            .command(self.ocx.as_str(), args.iter().copied())
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("XDG_STATE_HOME", home.join("state"))
            .env("XDG_DATA_HOME", home.join("data"))
            .command()
    }

    pub(super) fn invocation<'b>(&'b self, args: &'b [&'b str]) -> ocx_tests::ocx::Invocation<'b> {
        self.sandbox
            .command(self.ocx.as_str(), args.iter().copied())
    }

    /// A command as a person would type it.
    pub(super) fn by_hand(&self, words: &[String]) -> Command {
        self.sandbox
            .command(&words[0], words[1..].iter().map(String::as_str))
            .command()
    }

    /// Several commands, one after the other.
    pub(super) fn script(&self, lines: &[String]) -> Command {
        let script = format!("{{ {}; }} >/dev/null 2>&1", lines.join(" && "));
        self.by_hand(&["sh", "-c", &script].map(str::to_owned))
    }

    pub(super) fn once(&self, args: &[&str]) {
        self.invocation(args).run().success().done();
    }

    /// The engine commands that ocx would run.
    pub(super) fn planned(&self, args: &[&str]) -> Outcome<Vec<String>> {
        let args: Vec<&str> = std::iter::once("--dry-run")
            .chain(args.iter().copied())
            .collect();
        let text = read(&mut self.ocx(&args))?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// The last planned command of the engine with this name: the base's build comes before the layer's.
    pub(super) fn planned_one(&self, args: &[&str], command: &str) -> Outcome<Vec<String>> {
        let mut last = None;
        for line in self.planned(args)? {
            let words = split(&line)?;
            if words.get(1).is_some_and(|word| word == command) {
                last = Some(words);
            }
        }
        last.ok_or(format!("no `{command}` was planned"))
    }
}

/// The words of a line.
pub(super) fn split(line: &str) -> Outcome<Vec<String>> {
    shell_words::split(line).map_err(|error| format!("`{line}`: {error}"))
}
