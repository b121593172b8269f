//! Containers of the fake engine, and its record of them.

use std::{collections::BTreeMap, process::ExitCode};

use serde_json::json;

use super::{
    defaults::Engine,
    script::{Call, Flavour},
    state::Container,
};

impl Engine<'_> {
    /// Does what an engine does when `run` has made a container, and perhaps started its program.
    pub(super) fn make_container(&self, args: &[String], started: bool) {
        let call = Call {
            args: args.to_vec(),
            env: BTreeMap::new(),
            variables: std::collections::BTreeMap::new(),
            current_dir: String::new(),
            rule: None,
        };
        let name = call.values("--name").first().copied().unwrap_or_default();
        self.files
            .update_state(|state| state.new_container(name, started));
    }

    /// `container ls --filter id=…` and `--filter name=…` of Docker.
    pub(super) fn list_containers(&self, call: &Call) -> ExitCode {
        for filter in call.values("--filter") {
            if let Some(("id" | "name", container)) = filter.split_once('=')
                && self.has_container(container)
            {
                println!("{container}");
            }
        }
        ExitCode::SUCCESS
    }

    /// By its ID or its name.
    pub(super) fn has_container(&self, wanted: &str) -> bool {
        let containers = self.files.read_state().containers;
        containers
            .iter()
            .any(|container| [&container.id, &container.name].contains(&&wanted.to_owned()))
    }

    pub(super) fn events(&self, call: &Call) -> ExitCode {
        let state = self.files.read_state();
        for filter in call.values("--filter") {
            let Some(container) = filter.strip_prefix("container=") else {
                continue;
            };
            // A beginning is enough, as with Docker.
            let meant = |text: &str| text.starts_with(container);
            let all = state.containers.iter();
            for found in all.filter(|found| meant(&found.id) || meant(&found.name)) {
                self.print_event(found, "create");
                if found.started {
                    self.print_event(found, "start");
                }
            }
        }
        ExitCode::SUCCESS
    }

    fn print_event(&self, container: &Container, action: &str) {
        let (id, name) = (&container.id, &container.name);
        let event = match self.flavour {
            Flavour::Docker => json!({ "status": action, "id": id, "Action": action }),
            Flavour::Podman => json!({ "ID": id, "Name": name, "Status": action }),
        };
        println!("{event}");
    }
}
