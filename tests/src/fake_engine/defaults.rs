//! How the fake engine answers when no rule does.

use std::{collections::BTreeMap, fs, process::ExitCode};

use camino::Utf8PathBuf;
use serde_json::{Value, json};

use super::{
    layers::copied,
    recipe::Recipe,
    script::{Call, Flavour},
    state::{Files, full_name},
    template,
};

const VERSION: &str = include_str!("captured/docker-version.json");
const INFO: &str = include_str!("captured/docker-info.json");
const PODMAN_VERSION: &str = include_str!("captured/podman-version.json");
const PODMAN_INFO: &str = include_str!("captured/podman-info.json");

/// The engine without rules.
pub(super) struct Engine<'a> {
    pub(super) flavour: Flavour,
    pub(super) files: &'a Files,
}

impl Engine<'_> {
    pub(super) fn answer(&self, args: &[String]) -> ExitCode {
        let call = Call {
            args: args.to_vec(),
            env: BTreeMap::new(),
            variables: std::collections::BTreeMap::new(),
            current_dir: String::new(),
            rule: None,
        };
        let words: Vec<&str> = args.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["version", ..] => self.describe(&call, VERSION, PODMAN_VERSION),
            ["info", ..] => self.describe(&call, INFO, PODMAN_INFO),
            ["image", "inspect", rest @ ..] => self.inspect_images(&call, &names(rest)),
            ["image", "ls", ..] => self.list_images(&call),
            ["image", "exists", name] => {
                exit(u8::from(self.files.read_state().image(name).is_none()))
            }
            ["container", "inspect", ..] => {
                println!("{}", super::container_record());
                ExitCode::SUCCESS
            }
            ["container", "exists", id] => exit(u8::from(!self.has_container(id))),
            ["container", "ls", ..] => self.list_containers(&call),
            ["volume", "inspect", rest @ ..] => self.inspect_volumes(&names(rest)),
            ["volume", "create", rest @ ..] => self.create_volume(&call, rest),
            ["volume", "ls", ..] => self.list_volumes(),
            ["volume", "rm", name] => self.remove_volume(name),
            ["network", "inspect", name] => self.inspect_network(name),
            ["network", "create", rest @ ..] => self.create_network(&call, rest),
            ["build", ..] => self.build(&call),
            ["tag", from, to] | ["image", "tag", from, to] => self.tag(from, to),
            ["rmi" | "image", rest @ ..] => self.remove_images(&names(rest)),
            ["create", ..] => self.create(&call),
            ["save", name] => self.save(name),
            ["cp", rest @ ..] => self.copy(&names(rest)),
            ["run", ..] => self.run(&call),
            ["events", ..] => self.events(&call),
            ["pull", name] => self.pull(name),
            ["rm" | "stop" | "kill" | "ps" | "login", ..] => ExitCode::SUCCESS,
            _ => {
                eprintln!("fake-engine: no rule for: {}", words.join(" "));
                exit(1)
            }
        }
    }

    fn describe(&self, call: &Call, docker: &str, podman: &str) -> ExitCode {
        let text = match self.flavour {
            Flavour::Docker => docker,
            Flavour::Podman => podman,
        };
        let value: Value = serde_json::from_str(text).expect("what was captured is JSON");
        let format = [call.values("--format"), call.values("-f")].concat();
        match format.first() {
            None | Some(&"json") => println!("{value}"),
            Some(format) => println!("{}", template::fill(format, &value)),
        }
        ExitCode::SUCCESS
    }

    /// With a network that is not there it makes the container and cannot start it.
    fn run(&self, call: &Call) -> ExitCode {
        let state = self.files.read_state();
        let own = |name: &&&str| name.starts_with("ocx-");
        let networks = call.values("--network");
        let missing = networks
            .iter()
            .filter(own)
            .find(|name| !state.networks.contains_key(**name));
        self.make_container(&call.args, missing.is_none());
        match missing {
            None => ExitCode::SUCCESS,
            Some(name) => {
                eprintln!("docker: Error response from daemon: network {name} not found");
                exit(125)
            }
        }
    }

    fn inspect_network(&self, name: &str) -> ExitCode {
        let state = self.files.read_state();
        let options = state.networks.get(name).map(
            |connects| json!({ "com.docker.network.bridge.enable_icc": connects.to_string() }),
        );
        let record =
            options.map(|options| json!({ "Name": name, "Driver": "bridge", "Options": options }));
        println!("{}", json!(record.iter().collect::<Vec<_>>()));
        exit(u8::from(record.is_none()))
    }

    fn create_network(&self, call: &Call, rest: &[&str]) -> ExitCode {
        let name = rest.last().copied().unwrap_or_default();
        let options = call.values("--opt");
        let connects = !options.contains(&"com.docker.network.bridge.enable_icc=false");
        self.files
            .update_state(|state| state.networks.insert(name.to_owned(), connects));
        ExitCode::SUCCESS
    }

    fn build(&self, call: &Call) -> ExitCode {
        let recipe = Recipe::of(call);
        let context = call.args.last().map(Utf8PathBuf::from).unwrap_or_default();
        let layer = recipe
            .copies()
            .and_then(|(source, target)| copied(&context, source, target).ok())
            .map(|layer| self.files.add_layer(&layer));
        let tags = [call.values("--tag"), call.values("-t")].concat();
        let id = self.files.update_state(|state| {
            let hex = match recipe.key(call, state) {
                Some(key) => state.cached_id(key),
                None => state.new_id(),
            };
            let id = format!("sha256:{hex}");
            for tag in tags {
                let tag = full_name(tag);
                let record = recipe.image(&id, &tag, state, layer.as_deref());
                state.images.insert(tag, record);
            }
            id
        });
        for file in call.values("--iidfile") {
            fs::write(file, &id).unwrap_or_else(|error| eprintln!("{file}: {error}"));
        }
        println!("Successfully built {id}");
        ExitCode::SUCCESS
    }

    fn create(&self, call: &Call) -> ExitCode {
        let state = self.files.read_state();
        if call.args.iter().all(|arg| state.image(arg).is_none()) {
            eprintln!("Error response from daemon: No such image");
            return exit(1);
        }
        let id = self
            .files
            .update_state(|state| state.new_container("", false));
        for file in call.values("--cidfile") {
            fs::write(file, &id).unwrap_or_else(|error| eprintln!("{file}: {error}"));
        }
        println!("{id}");
        ExitCode::SUCCESS
    }

    /// `cp CONTAINER:PATH -`: an archive with one file.
    fn copy(&self, names: &[&str]) -> ExitCode {
        let (container, path) = names
            .first()
            .and_then(|source| source.split_once(':'))
            .unwrap_or_default();
        let state = self.files.read_state();
        let Some(content) = state.files.get(path) else {
            return match self.flavour {
                Flavour::Docker => {
                    eprintln!(
                        "Error response from daemon: Could not find the file {path} in container {container}"
                    );
                    exit(1)
                }
                Flavour::Podman => {
                    eprintln!(
                        "Error: \"{path}\" could not be found on container {container}: no such file or directory"
                    );
                    exit(125)
                }
            };
        };
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_entry_type(tar::EntryType::Regular);
        let mut archive = tar::Builder::new(std::io::stdout().lock());
        let name = path.rsplit('/').next().unwrap_or(path);
        match archive
            .append_data(&mut header, name, content.as_slice())
            .and_then(|()| archive.finish())
        {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => exit(1),
        }
    }
}

/// The arguments that are no options.
fn names<'a>(args: &[&'a str]) -> Vec<&'a str> {
    args.iter()
        .copied()
        .filter(|arg| !arg.starts_with('-'))
        .collect()
}

pub(super) fn pairs(labels: &[&str]) -> BTreeMap<String, String> {
    labels
        .iter()
        .filter_map(|label| label.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

pub(super) fn exit(code: u8) -> ExitCode {
    ExitCode::from(code)
}
