//! Volumes of the fake engine.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::{
    defaults::{Engine, exit, pairs},
    script::{Call, Flavour},
};

impl Engine<'_> {
    pub(super) fn inspect_volumes(&self, names: &[&str]) -> ExitCode {
        let state = self.files.read_state();
        let known = |name: &&str| state.volumes.contains_key(*name);
        let found: Vec<Value> = names
            .iter()
            .filter(|name| known(name))
            .map(|name| json!({ "Name": name, "Labels": state.volumes[*name] }))
            .collect();
        println!("{}", json!(found));
        match names.iter().find(|name| !known(name)) {
            None => ExitCode::SUCCESS,
            Some(name) => {
                eprintln!("Error response from daemon: get {name}: no such volume");
                exit(match self.flavour {
                    Flavour::Docker => 1,
                    Flavour::Podman => 125,
                })
            }
        }
    }

    pub(super) fn create_volume(&self, call: &Call, rest: &[&str]) -> ExitCode {
        let name = rest.last().copied().unwrap_or_default();
        let labels = pairs(&call.values("--label"));
        self.files
            .update_state(|state| state.volumes.insert(name.to_owned(), labels));
        println!("{name}");
        ExitCode::SUCCESS
    }

    /// `volume ls --quiet`.
    pub(super) fn list_volumes(&self) -> ExitCode {
        for name in self.files.read_state().volumes.into_keys() {
            println!("{name}");
        }
        ExitCode::SUCCESS
    }

    pub(super) fn remove_volume(&self, name: &str) -> ExitCode {
        let removed = self
            .files
            .update_state(|state| state.volumes.remove(name).is_some());
        if !removed {
            eprintln!("Error response from daemon: get {name}: no such volume");
        }
        exit(u8::from(!removed))
    }
}
