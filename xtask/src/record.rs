//! `cargo xtask record-fixtures`

use std::{fs, process::Command};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};

use crate::step::{Outcome, say, workspace};

/// Prefix of the names of everything that is made in the engine and removed again.
const NAME: &str = "ocx-fixture";

/// A program that needs nothing else in its image and does nothing until it is stopped; both engines
/// bring it along.
const IDLE: [&str; 2] = ["/usr/bin/catatonit", "/usr/libexec/podman/catatonit"];

/// Options of the task.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The engine's command, which must be in `PATH` and reach the engine that is to be recorded
    #[arg(value_name = "docker|podman")]
    engine: Backend,
    /// What sets this engine apart from others of its version, such as `containerd`
    #[arg(long, value_name = "WORD")]
    variant: Option<String>,
    /// Where to put the recording, instead of the fixtures of the engine's crate
    #[arg(long, value_name = "DIRECTORY")]
    output: Option<Utf8PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Backend {
    Docker,
    Podman,
}

impl Backend {
    fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
        }
    }
}

/// Records how an engine answers everything that ocx asks, for the tests of its backend.
pub(crate) fn run(args: &Args) -> Outcome {
    let engine = Recorded {
        program: args.engine.name(),
    };
    engine.remove_all();
    let recording = engine.record(args.engine);
    engine.remove_all();
    let recording = recording?;
    let version = recording["version"].as_str().unwrap_or_default();
    let number: Vec<&str> = version.splitn(3, '.').take(2).collect();
    let variant = args.variant.iter().map(|word| format!("-{word}"));
    let name = format!(
        "engine-{}{}.json",
        number.join("."),
        variant.collect::<String>()
    );
    let directory = args
        .output
        .clone()
        .unwrap_or_else(|| workspace().join(format!("ocx-{}/fixtures", args.engine.name())));
    let file = directory.join(name);
    let text = serde_json::to_string_pretty(&recording).expect("it is JSON") + "\n";
    fs::write(&file, text).map_err(|error| format!("cannot write {file}: {error}"))?;
    say(&format!("recorded {version} in {file}"));
    Ok(())
}

struct Recorded {
    program: &'static str,
}

impl Recorded {
    fn ask(&self, args: &[&str]) -> Outcome<std::process::Output> {
        Command::new(self.program)
            .args(args)
            .output()
            .map_err(|error| format!("cannot run `{}`: {error}", self.program))
    }

    fn require(&self, args: &[&str]) -> Outcome<String> {
        let output = self.ask(args)?;
        if !output.status.success() {
            return Err(format!(
                "`{} {}` ended with {}: {}",
                self.program,
                args.join(" "),
                output.status,
                String::from_utf8_lossy(&output.stderr)
            ));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn remove_all(&self) {
        let _ = self.ask(&["rm", "--force", "--volumes", NAME]);
        let _ = self.ask(&["volume", "rm", NAME]);
        let images = ["imported:1", "built", "built:2"];
        let images = images.map(|image| format!("{NAME}-{image}"));
        let images: Vec<&str> = images.iter().map(String::as_str).collect();
        let _ = self.ask(&[&["rmi", "--force"], images.as_slice()].concat());
    }

    fn record(&self, backend: Backend) -> Outcome<Value> {
        let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
        let directory = Utf8Path::from_path(directory.path()).ok_or("the path is no UTF-8")?;
        let (imported, built) = self.make_images(directory)?;
        let digest = self.digest(&built)?;
        let began = now();
        let container = self.require(&[
            "run",
            "--detach",
            "--name",
            NAME,
            "--network",
            "none",
            "--pull",
            "never",
            "--label",
            "ocx.project=/a,b",
            "--label",
            "ocx.session=0123",
            &built,
        ])?;
        self.require(&["volume", "create", "--label", "ocx.project=/a", NAME])?;
        let (since, until) = (began - 1, now() + 1);
        let (since, until) = (since.to_string(), until.to_string());
        let of_container = format!("container={container}");
        let of_repository = format!("reference={NAME}-built");
        let of_id = format!("id={container}");

        let json = match backend {
            Backend::Docker => "{{json .}}",
            Backend::Podman => "json",
        };
        let mut questions: Vec<(&str, Vec<&str>)> = vec![
            ("version", vec!["version", "--format", json]),
            ("info", vec!["info", "--format", json]),
            ("image imported", vec!["image", "inspect", &imported]),
            ("image built", vec!["image", "inspect", &built]),
            (
                "images all there",
                vec!["image", "inspect", &imported, &built],
            ),
            (
                "images one missing",
                vec!["image", "inspect", &imported, "nope/x:3", &built],
            ),
            (
                "images all missing",
                vec!["image", "inspect", "nope", "nope/x:3"],
            ),
            (
                "ps",
                vec![
                    "ps",
                    "--no-trunc",
                    "--format",
                    json,
                    "--filter",
                    "label=ocx.session=0123",
                ],
            ),
            (
                "ps none",
                vec![
                    "ps",
                    "--no-trunc",
                    "--format",
                    json,
                    "--filter",
                    "label=ocx.nope",
                ],
            ),
            (
                "events",
                vec![
                    "events",
                    "--since",
                    &since,
                    "--until",
                    &until,
                    "--filter",
                    &of_container,
                    "--filter",
                    "event=start",
                ],
            ),
            ("volume there", vec!["volume", "inspect", NAME]),
            ("volume missing", vec!["volume", "inspect", "nope"]),
            ("copy missing", vec!["cp", "ocx-fixture:/nope", "-"]),
            ("stop missing", vec!["stop", "-t", "1", "nope"]),
            ("rmi missing", vec!["rmi", "nope"]),
        ];
        if let Some(digest) = &digest {
            questions.push(("image by digest", vec!["image", "inspect", digest]));
        }
        let list = [
            "image",
            "ls",
            "--no-trunc",
            "--digests",
            "--format",
            json,
            "--all",
        ];
        match backend {
            Backend::Docker => questions.extend([
                (
                    "presence image there",
                    [&list[..], &["--filter", &of_repository]].concat(),
                ),
                (
                    "presence image missing",
                    [&list[..], &["--filter", "reference=nope"]].concat(),
                ),
                (
                    "presence container there",
                    vec![
                        "container",
                        "ls",
                        "--all",
                        "--no-trunc",
                        "--quiet",
                        "--filter",
                        &of_id,
                    ],
                ),
                (
                    "presence container missing",
                    vec![
                        "container",
                        "ls",
                        "--all",
                        "--no-trunc",
                        "--quiet",
                        "--filter",
                        "id=nope",
                    ],
                ),
                (
                    "silent",
                    vec![
                        "--host",
                        "unix:///nonexistent.sock",
                        "version",
                        "--format",
                        json,
                    ],
                ),
            ]),
            Backend::Podman => questions.extend([
                ("presence image there", vec!["image", "exists", &built]),
                ("presence image missing", vec!["image", "exists", "nope"]),
                (
                    "presence container there",
                    vec!["container", "exists", &container],
                ),
                (
                    "presence container missing",
                    vec!["container", "exists", "nope"],
                ),
                (
                    "silent",
                    vec![
                        "--remote",
                        "--url",
                        "unix:///nonexistent.sock",
                        "info",
                        "--format",
                        json,
                    ],
                ),
            ]),
        }
        let mut answers = serde_json::Map::new();
        for (name, args) in questions {
            let output = self.ask(&args)?;
            let answer = json!({
                "args": args.iter().map(|arg| same_everywhere(arg)).collect::<Vec<_>>(),
                "code": output.status.code(),
                "stdout": lines(&output.stdout),
                "stderr": lines(&output.stderr),
            });
            answers.insert(name.to_owned(), answer);
        }
        let format = match backend {
            Backend::Docker => "{{.Server.Version}}",
            Backend::Podman => "{{.Client.Version}}",
        };
        Ok(json!({
            "version": self.require(&["version", "--format", format])?,
            "client": self.require(&["version", "--format", "{{.Client.Version}}"])?,
            "container": container,
            "digest": digest,
            "answers": answers,
        }))
    }

    /// An image without any configuration and one that sets everything, built on it.
    fn make_images(&self, directory: &Utf8Path) -> Outcome<(String, String)> {
        let idle = IDLE
            .iter()
            .find(|program| Utf8Path::new(program).is_file())
            .ok_or_else(|| format!("none of these is installed: {}", IDLE.join(", ")))?;
        let root = directory.join("root");
        let context = directory.join("context");
        for made in [&root, &context] {
            fs::create_dir(made).map_err(|error| error.to_string())?;
        }
        fs::copy(idle, root.join("idle")).map_err(|error| error.to_string())?;
        let archive = directory.join("root.tar");
        let tar = [
            "--create",
            "--file",
            archive.as_str(),
            "--directory",
            root.as_str(),
            ".",
        ];
        let packed = Command::new("tar").args(tar).status();
        if !packed.is_ok_and(|status| status.success()) {
            return Err("cannot run `tar`".to_owned());
        }
        let imported = format!("{NAME}-imported:1");
        self.require(&["import", archive.as_str(), &imported])?;
        let dockerfile = format!(
            "FROM {imported}\nENV A=\"b c\" D=\nLABEL ocx.recipe=1 comma=\"a,b\"\nUSER 1:2\n\
             WORKDIR /work\nVOLUME /data\nSTOPSIGNAL SIGQUIT\nEXPOSE 80\n\
             ENTRYPOINT [\"/idle\"]\nCMD [\"-P\"]\n"
        );
        fs::write(context.join("Dockerfile"), dockerfile).map_err(|error| error.to_string())?;
        let built = format!("{NAME}-built");
        self.require(&["build", "--tag", &built, context.as_str()])?;
        self.require(&["tag", &built, &format!("{built}:2")])?;
        Ok((imported, built))
    }

    /// The image by its digest, where the engine gives one to images that it built.
    fn digest(&self, image: &str) -> Outcome<Option<String>> {
        let format = "{{range .RepoDigests}}{{.}} {{end}}";
        let digests = self.require(&["image", "inspect", "--format", format, image])?;
        Ok(digests.split_whitespace().next().map(str::to_owned))
    }
}

fn now() -> u64 {
    let elapsed = std::time::UNIX_EPOCH.elapsed();
    elapsed.map_or(0, |elapsed| elapsed.as_secs())
}

/// What was printed, by lines, so that changes are easy to look at.
fn lines(printed: &[u8]) -> Vec<String> {
    let text = same_everywhere(&String::from_utf8_lossy(printed));
    text.split('\n').map(str::to_owned).collect()
}

/// A text with the names of this machine and its user replaced by some that are everywhere the same.
fn same_everywhere(text: &str) -> String {
    let mut text = text.to_owned();
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let home = std::env::var("HOME").unwrap_or_default();
    for (value, name) in [(host.trim(), "desk"), (home.trim(), "/home/jane")] {
        if value.len() > 1 {
            text = text.replace(value, name);
        }
    }
    text
}
