//! How the fake engine answers about images that are there, and fetches others.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::{
    defaults::{Engine, exit},
    script::{Call, Flavour},
    state::full_name,
    template,
};

impl Engine<'_> {
    pub(super) fn inspect_images(&self, call: &Call, names: &[&str]) -> ExitCode {
        let state = self.files.read_state();
        let format = [call.values("--format"), call.values("-f")].concat();
        let names: Vec<&&str> = names
            .iter()
            .filter(|name| !format.contains(*name))
            .collect();
        let found: Vec<&Value> = names.iter().filter_map(|name| state.image(name)).collect();
        match format.first() {
            Some(format) => {
                for image in &found {
                    println!("{}", template::fill(format, image));
                }
            }
            None => println!("{}", json!(found)),
        }
        let mut code = 0;
        for name in names.iter().filter(|name| state.image(name).is_none()) {
            match self.flavour {
                Flavour::Docker => {
                    eprintln!(
                        "Error response from daemon: No such image: {}",
                        full_name(name)
                    );
                    code = 1;
                }
                Flavour::Podman => {
                    eprintln!("{name}: image not known");
                    code = 125;
                }
            }
        }
        exit(code)
    }

    /// `image ls` of Docker, one line for each name, or only the IDs.
    pub(super) fn list_images(&self, call: &Call) -> ExitCode {
        let filters = call.values("--filter");
        let wanted = filters
            .first()
            .and_then(|filter| filter.strip_prefix("reference="));
        for (name, image) in self.files.read_state().images {
            let (repository, tag) = name.rsplit_once(':').unwrap_or((&name, "latest"));
            if call.has("--quiet") {
                println!("{}", image["Id"].as_str().unwrap_or_default());
            } else if wanted.is_none_or(|wanted| wanted == repository) {
                let line = json!({
                    "ID": image["Id"],
                    "Repository": repository,
                    "Tag": tag,
                    "Digest": "<none>",
                });
                println!("{line}");
            }
        }
        ExitCode::SUCCESS
    }

    pub(super) fn pull(&self, name: &str) -> ExitCode {
        let name = full_name(name);
        let digest = self.files.update_state(|state| {
            let record = state.published.get(&name)?.clone();
            let digest = record["Id"].to_string();
            state.images.insert(name.clone(), record);
            Some(digest)
        });
        let Some(digest) = digest else {
            eprintln!(
                "Error response from daemon: manifest for {name} not found: manifest unknown"
            );
            return exit(match self.flavour {
                Flavour::Docker => 1,
                Flavour::Podman => 125,
            });
        };
        println!("Digest: {digest}");
        ExitCode::SUCCESS
    }

    pub(super) fn tag(&self, from: &str, to: &str) -> ExitCode {
        let tagged = self.files.update_state(|state| {
            let mut image = state.image(from)?.clone();
            let to = full_name(to);
            image["RepoTags"] = json!([to]);
            state.images.insert(to, image);
            Some(())
        });
        if tagged.is_none() {
            eprintln!(
                "Error response from daemon: No such image: {}",
                full_name(from)
            );
        }
        exit(u8::from(tagged.is_none()))
    }

    pub(super) fn remove_images(&self, names: &[&str]) -> ExitCode {
        let missing = self.files.update_state(|state| {
            names.iter().filter(|name| **name != "rm").find(|name| {
                let before = state.images.len();
                let full = full_name(name);
                state
                    .images
                    .retain(|tag, image| *tag != full && image["Id"].as_str() != Some(**name));
                state.images.len() == before
            })
        });
        if let Some(name) = missing {
            eprintln!(
                "Error response from daemon: No such image: {}",
                full_name(name)
            );
        }
        exit(u8::from(missing.is_some()))
    }
}
