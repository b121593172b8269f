//! A scripted engine: a program called `docker` or `podman` that records how it is called and
//! answers by rules.
//!
//! Without rules it behaves like a small engine of its own: it knows the images that it was given
//! or that were "built" (the same build gives the same image, as an engine's cache has it), and `run`
//! ends with 0 at once. What it says of itself was captured from a
//! Docker 28.2.2 client on a 20.10.24 engine.

mod containers;
mod defaults;
mod images;
mod layers;
mod process;
mod recipe;
mod script;
mod state;
mod template;
mod volumes;

use std::fs;

use camino::Utf8PathBuf;
use serde_json::Value;

use crate::{
    binaries::{Binary, link_or_copy},
    sandbox::Sandbox,
};

pub use layers::layer;
pub use process::serve;
use script::Script;
pub use script::{Call, Flavour, Rule};
pub use state::image_record;
use state::{Files, State};

/// What `container inspect` says of a container that has nothing beyond what ocx asks for, in the
/// parts that count.
#[must_use]
pub fn container_record() -> Value {
    serde_json::json!([{
        "HostConfig": {
            "Privileged": false,
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges"],
            "NetworkMode": "default",
            "IpcMode": "private",
            "PidMode": "",
            "UTSMode": "",
            "CgroupnsMode": "private",
            "Devices": [],
        },
        "Mounts": [],
    }])
}

/// A scripted engine in a sandbox's `PATH`.
#[derive(Debug)]
pub struct FakeEngine {
    files: Files,
    script: Script,
    account: crate::account::Account,
}

impl FakeEngine {
    /// Puts a `docker` into the sandbox.
    #[must_use]
    pub fn docker(sandbox: &Sandbox) -> Self {
        Self::new(sandbox, Flavour::Docker)
    }

    /// Puts a `podman` into the sandbox.
    #[must_use]
    pub fn podman(sandbox: &Sandbox) -> Self {
        Self::new(sandbox, Flavour::Podman)
    }

    fn new(sandbox: &Sandbox, flavour: Flavour) -> Self {
        // The program finds its files by its own path, since ocx decides about its environment.
        let program = sandbox.bin().join(flavour.name());
        link_or_copy(&Binary::FakeEngine.reachable(), &program);
        let directory = sandbox.root().join(format!("{}-files", flavour.name()));
        sandbox.make_directory(&directory);
        let engine = Self {
            files: Files { directory },
            script: Script {
                flavour,
                rules: Vec::new(),
            },
            account: sandbox.account().clone(),
        };
        engine.update(|_| ());
        engine.save();
        engine
    }

    /// Adds a rule. The first one that fits a call answers it.
    pub fn rule(&mut self, rule: Rule) -> &mut Self {
        self.script.rules.push(rule);
        self.save();
        self
    }

    /// Forgets all rules.
    pub fn clear_rules(&mut self) {
        self.script.rules.clear();
        self.save();
    }

    /// Gives the engine an image that is like Debian's, with these labels; returns its ID.
    pub fn add_image(&self, name: &str, labels: &[(&str, &str)]) -> String {
        let labels = labels
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        self.update(|state| state.add_image(name, &labels))
    }

    /// Gives the engine an image by what `image inspect` is to say of it; see [`image_record`].
    pub fn add_image_record(&self, name: &str, record: &Value) {
        self.update(|state| state.images.insert(state::full_name(name), record.clone()));
    }

    /// Gives the registry an image that is like Debian's, in place of what it had under this name;
    /// returns its ID.
    pub fn publish_image(&self, name: &str) -> String {
        self.update(|state| state.publish_image(name))
    }

    /// What `image inspect` says of an image.
    #[must_use]
    pub fn image_record(&self, name: &str) -> Value {
        let state = self.files.read_state();
        let image = state.image(name);
        image
            .unwrap_or_else(|| panic!("there is no {name}"))
            .clone()
    }

    /// Gives the engine a layer for images; see [`layer`]. Returns its digest.
    pub fn add_layer(&self, layer: &[u8]) -> String {
        let digest = self.files.add_layer(layer);
        self.give();
        digest
    }

    /// The layer with this digest.
    #[must_use]
    pub fn layer(&self, digest: &str) -> Vec<u8> {
        let layer = self.files.layer(digest);
        layer.unwrap_or_else(|| panic!("there is no layer {digest}"))
    }

    /// Takes an image away.
    pub fn remove_image(&self, name: &str) {
        self.update(|state| state.images.remove(&state::full_name(name)));
    }

    /// Gives the engine a network in which containers reach each other.
    pub fn add_network(&self, name: &str) {
        self.update(|state| state.networks.insert(name.to_owned(), true));
    }

    /// Takes all networks away.
    pub fn remove_networks(&self) {
        self.update(|state| state.networks.clear());
    }

    /// Puts a file into all images.
    pub fn add_file(&self, path: &str, content: &[u8]) {
        self.update(|state| state.files.insert(path.to_owned(), content.to_vec()));
    }

    /// Takes a file out of all images.
    pub fn remove_file(&self, path: &str) {
        self.update(|state| state.files.remove(path));
    }

    /// The names of the images that the engine has.
    #[must_use]
    pub fn images(&self) -> Vec<String> {
        self.files.read_state().images.into_keys().collect()
    }

    /// The names of the volumes that the engine has.
    #[must_use]
    pub fn volumes(&self) -> Vec<String> {
        self.files.read_state().volumes.into_keys().collect()
    }

    /// A label of an image; empty if it has none of that name.
    #[must_use]
    pub fn label(&self, image: &str, label: &str) -> String {
        let state = self.files.read_state();
        let image = state.images.get(&state::full_name(image));
        image
            .and_then(|image| image["Config"]["Labels"][label].as_str())
            .unwrap_or_default()
            .to_owned()
    }

    /// All calls so far, in their order.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.files.read_calls()
    }

    /// The calls whose arguments begin with `words`.
    #[must_use]
    pub fn calls_of(&self, words: &[&str]) -> Vec<Call> {
        self.calls()
            .into_iter()
            .filter(|call| call.starts_with(words))
            .collect()
    }

    /// Forgets the calls so far.
    pub fn forget_calls(&self) {
        let _lock = self.files.lock();
        let _ = fs::remove_file(self.files.log());
    }

    /// Where files of the engine's lie.
    #[must_use]
    pub fn directory(&self) -> &Utf8PathBuf {
        &self.files.directory
    }

    fn save(&self) {
        self.files.write_script(&self.script);
        self.give();
    }

    fn update<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = self.files.update_state(change);
        self.give();
        result
    }

    /// The fake runs as the sandbox's user.
    fn give(&self) {
        for entry in self.files.directory.read_dir_utf8().into_iter().flatten() {
            self.account.give(entry.expect("it can be listed").path());
        }
    }
}
