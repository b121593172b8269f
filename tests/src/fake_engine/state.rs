//! What the fake engine remembers from call to call.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    hash::{DefaultHasher, Hash, Hasher},
    io::Write,
};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::script::{Call, Script};

/// The engine's images, files and containers.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    /// What `image inspect` says, by full name.
    pub(super) images: BTreeMap<String, Value>,
    /// What a registry has, likewise. It need not have the same.
    #[serde(default)]
    pub(super) published: BTreeMap<String, Value>,
    /// The files that are in all images.
    pub(super) files: BTreeMap<String, Vec<u8>>,
    /// The containers that there ever were.
    pub(super) containers: Vec<Container>,
    /// The networks, and whether containers reach each other in them.
    #[serde(default)]
    pub(super) networks: BTreeMap<String, bool>,
    /// The volumes and their labels.
    pub(super) volumes: BTreeMap<String, BTreeMap<String, String>>,
    /// The IDs of what was built, by what it was built from.
    pub(super) built: BTreeMap<u64, String>,
    /// How many IDs were handed out.
    pub(super) ids: u64,
}

/// A container that was made.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Container {
    pub(super) id: String,
    pub(super) name: String,
    /// Whether its program was started.
    pub(super) started: bool,
}

impl State {
    /// The ID of a container that is made now.
    pub(super) fn new_container(&mut self, name: &str, started: bool) -> String {
        let id = self.new_id();
        self.containers.push(Container {
            id: id.clone(),
            name: name.to_owned(),
            started,
        });
        id
    }

    /// An ID that looks like the real ones.
    pub(super) fn new_id(&mut self) -> String {
        self.ids += 1;
        (0..4u64)
            .map(|part| {
                let mut hasher = DefaultHasher::new();
                (self.ids, part).hash(&mut hasher);
                format!("{:016x}", hasher.finish())
            })
            .collect()
    }

    /// The ID of the image that was built from the same before, or a new one.
    pub(super) fn cached_id(&mut self, key: u64) -> String {
        if let Some(id) = self.built.get(&key) {
            return id.clone();
        }
        let id = self.new_id();
        self.built.insert(key, id.clone());
        id
    }

    pub(super) fn add_image(&mut self, name: &str, labels: &BTreeMap<String, String>) -> String {
        let id = format!("sha256:{}", self.new_id());
        let name = full_name(name);
        let record = image_record(&id, &name, labels);
        self.images.insert(name, record);
        id
    }

    pub(super) fn publish_image(&mut self, name: &str) -> String {
        let id = self.new_id();
        let name = full_name(name);
        let mut record = image_record(&format!("sha256:{id}"), &name, &BTreeMap::new());
        let repository = name
            .rsplit_once(':')
            .map_or(name.as_str(), |(start, _)| start);
        record["RepoDigests"] = json!([format!("{repository}@sha256:{id}")]);
        self.published.insert(name, record);
        format!("sha256:{id}")
    }

    /// An image by name or ID.
    pub(super) fn image(&self, name: &str) -> Option<&Value> {
        self.images.get(&full_name(name)).or_else(|| {
            self.images
                .values()
                .find(|image| image["Id"].as_str() == Some(name))
        })
    }
}

/// What `image inspect` says of an image, in the parts that count.
#[must_use]
pub fn image_record(id: &str, name: &str, labels: &BTreeMap<String, String>) -> Value {
    json!({
        "Id": id,
        "RepoTags": [name],
        "RepoDigests": [],
        "Parent": "",
        "Created": "2026-01-02T03:04:05.678901234Z",
        "Config": {
            "User": "",
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            "Cmd": ["bash"],
            "Volumes": null,
            "WorkingDir": "",
            "Entrypoint": null,
            "OnBuild": null,
            "Labels": labels,
        },
        // Podman has them here as well.
        "Labels": labels,
        "Architecture": if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" },
        "Os": "linux",
        "Size": 164_047_917,
        "RootFS": { "Type": "layers", "Layers": [id] },
    })
}

/// A name with its tag.
pub(super) fn full_name(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or(name);
    if last.contains(':') {
        name.to_owned()
    } else {
        format!("{name}:latest")
    }
}

/// The files of one fake engine.
#[derive(Clone, Debug)]
pub(super) struct Files {
    pub(super) directory: Utf8PathBuf,
}

impl Files {
    pub(super) fn script(&self) -> Utf8PathBuf {
        self.directory.join("script.json")
    }

    pub(super) fn log(&self) -> Utf8PathBuf {
        self.directory.join("calls.jsonl")
    }

    fn state(&self) -> Utf8PathBuf {
        self.directory.join("state.json")
    }

    /// Calls may come at the same time.
    pub(super) fn lock(&self) -> File {
        let path = self.directory.join("lock");
        let file = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        file.lock()
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        file
    }

    pub(super) fn read_script(&self) -> Script {
        let path = self.script();
        let text = fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(super) fn read_state(&self) -> State {
        fs::read(self.state())
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default()
    }

    pub(super) fn update_state<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let _lock = self.lock();
        let mut state = self.read_state();
        let result = change(&mut state);
        let text = serde_json::to_vec(&state).expect("the state is JSON");
        replace(&self.state(), &text);
        result
    }

    pub(super) fn write_script(&self, script: &Script) {
        let _lock = self.lock();
        let text = serde_json::to_vec(script).expect("scripts are JSON");
        replace(&self.script(), &text);
    }

    pub(super) fn read_calls(&self) -> Vec<Call> {
        let text = fs::read(self.log()).unwrap_or_default();
        // Of a long line the kernel may show a part while it is written.
        let whole = text.iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
        text[..whole]
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).expect("calls are written whole"))
            .collect()
    }

    pub(super) fn append_call(&self, call: &Call) {
        let mut line = serde_json::to_vec(call).expect("calls are JSON");
        line.push(b'\n');
        File::options()
            .create(true)
            .append(true)
            .open(self.log())
            .and_then(|mut log| log.write_all(&line))
            .unwrap_or_else(|error| panic!("{}: {error}", self.log()));
    }
}

/// Puts a new content into a file in one go: others read it meanwhile without a lock, and would take
/// a file that is half written for an engine without images.
fn replace(file: &Utf8Path, content: &[u8]) {
    let unfinished = file.with_added_extension("new");
    fs::write(&unfinished, content)
        .and_then(|()| fs::rename(&unfinished, file))
        .unwrap_or_else(|error| panic!("{file}: {error}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_never_sees_a_state_that_is_half_written() {
        let directory = tempfile::tempdir().unwrap();
        let files = Files {
            directory: Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap(),
        };
        files.update_state(|state| state.add_image("team", &BTreeMap::new()));
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                for _ in 0..200 {
                    files.update_state(State::new_id);
                }
            });
            while !writer.is_finished() {
                assert!(files.read_state().image("team").is_some());
            }
        });
    }
}
