//! How the mocked engine answers.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use sha2::{Digest, Sha256};

use super::world::Engine;
use crate::{
    base::probed_paths,
    host::Arch,
    image::{ImageHandle, ImageReference},
    runtime::{
        CommandError, CommandLine, EngineInfo, EngineKey, EngineName, EnsuredNetwork, Execution,
        Exit, Failure, ImageInfo, MockContainerRuntime, Removal, RunOutcome, RuntimeError, Started,
    },
    spec::{BuildSpec, Network},
    testing,
};

pub(super) fn image(content: &str, labels: BTreeMap<String, String>) -> ImageInfo {
    let id = hex::encode(Sha256::digest(content)).parse().unwrap();
    ImageInfo {
        id,
        labels,
        ..testing::image_info()
    }
}

pub(super) fn runtime(
    engine: &Arc<Mutex<Engine>>,
    exit: Exit,
    info: EngineInfo,
) -> MockContainerRuntime {
    let mut mock = MockContainerRuntime::new();
    let log = {
        let engine = Arc::clone(engine);
        move |call: String| {
            let mut engine = engine.lock().unwrap();
            engine.calls.push(call);
            if let Some((after, name)) = engine.loses.clone()
                && engine.calls.len() > after
            {
                engine
                    .images
                    .retain(|image, _| !image.as_str().starts_with(&name));
                engine.loses = None;
            }
        }
    };
    mock.expect_name()
        .return_const(EngineName::from_static("docker"));
    mock.expect_execution().return_const(Execution::Run);
    mock.expect_key().returning({
        let engine = Arc::clone(engine);
        move || EngineKey::new(&["test", &engine.lock().unwrap().key])
    });
    {
        let log = log.clone();
        mock.expect_engine_info().returning(move || {
            log("info".to_owned());
            Ok(info.clone())
        });
    }
    {
        let (log, engine) = (log.clone(), Arc::clone(engine));
        mock.expect_find_images().returning(move |names| {
            log(format!(
                "find {}",
                names
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(" ")
            ));
            let engine = engine.lock().unwrap();
            Ok(names
                .iter()
                .map(|name| engine.images.get(name).cloned())
                .collect())
        });
    }
    {
        let log = log.clone();
        mock.expect_read_files().returning(move |_, paths| {
            log("read".to_owned());
            let loader = &probed_paths(Arch::X64)[5];
            Ok(paths
                .iter()
                .map(|path| (path == loader).then(Vec::new))
                .collect())
        });
    }
    mock.expect_read_layer().returning({
        let (log, engine) = (log.clone(), Arc::clone(engine));
        move |_, _| {
            log("read layer".to_owned());
            Ok(engine.lock().unwrap().layer.clone())
        }
    });
    {
        let (log, engine) = (log.clone(), Arc::clone(engine));
        mock.expect_build_image()
            .returning(move |spec: &BuildSpec| {
                log(format!("build {}", spec.image));
                let dockerfile = std::fs::read_to_string(&spec.dockerfile).unwrap();
                let meanwhile = engine.lock().unwrap().meanwhile;
                if let Some(act) = meanwhile {
                    act(&spec.context);
                }
                let mut labels = spec.labels.clone();
                labels.extend(written_labels(&dockerfile));
                let info = image(&format!("{dockerfile} {labels:?}"), labels);
                engine
                    .lock()
                    .unwrap()
                    .images
                    .insert(spec.image.clone(), info);
                Ok(())
            });
    }
    {
        let (log, engine) = (log.clone(), Arc::clone(engine));
        mock.expect_tag_image().returning(move |from, to| {
            log(format!("tag {to}"));
            let mut engine = engine.lock().unwrap();
            let info = engine
                .images
                .iter()
                .find(|(name, info)| match from {
                    ImageHandle::Id(id) => info.id == *id,
                    ImageHandle::Name(wanted) => *name == wanted,
                })
                .map(|(_, info)| info.clone());
            let Some(info) = info else {
                return Err(not_found(to));
            };
            engine.images.insert(to.clone(), info);
            Ok(())
        });
    }
    {
        let (log, engine) = (log.clone(), Arc::clone(engine));
        mock.expect_remove_image().returning(move |handle| {
            let ImageHandle::Name(name) = handle else {
                log("remove by id".to_owned());
                return Ok(());
            };
            log(format!("remove {name}"));
            engine.lock().unwrap().images.remove(name);
            Ok(())
        });
    }
    {
        let (log, engine) = (log.clone(), Arc::clone(engine));
        mock.expect_remove_nameless().returning(move |id| {
            log("remove by id".to_owned());
            let named = |info: &ImageInfo| info.id == *id;
            Ok(if engine.lock().unwrap().images.values().any(named) {
                Removal::Named
            } else {
                Removal::Gone
            })
        });
    }
    {
        let (log, engine) = (log.clone(), Arc::clone(engine));
        mock.expect_run().returning(move |spec| {
            log(format!("run {} {}", spec.image, spec.command.join(" ")));
            if !engine.lock().unwrap().images.contains_key(&spec.image) {
                return Err(not_found(&spec.image));
            }
            let mut engine = engine.lock().unwrap();
            if let Network::Named(name) = &spec.network
                && !engine.networks.contains(name)
            {
                return Err(RuntimeError::StartFailed {
                    engine: EngineName::from_static("docker"),
                    source: CommandError {
                        command: CommandLine::new("docker run", "docker run …"),
                        failure: Failure::Code(125),
                        stderr: String::new(),
                        told: false,
                        step: None,
                    },
                });
            }
            engine.runs.push(spec.clone());
            if let Some(happens) = engine.during_run {
                happens(spec);
            }
            let launched = (!spec.launcher.is_empty()).then_some(engine.exit_of_launched);
            Ok(RunOutcome {
                exit: launched.flatten().unwrap_or(exit),
                started: Started::Yes,
                stdout: engine
                    .says
                    .clone()
                    .unwrap_or("said this\n".to_owned())
                    .into(),
                stderr: Vec::new(),
            })
        });
    }
    mock.expect_rehearse().returning({
        let engine = Arc::clone(engine);
        let log = log.clone();
        move |_| {
            log("rehearse".to_owned());
            Ok(engine.lock().unwrap().applied.clone())
        }
    });
    mock.expect_configuration_behind()
        .returning(|_| vec!["its settings".to_owned()]);
    mock.expect_stop_container().returning({
        let log = log.clone();
        move |container, _| {
            log(format!("stop {}", container.0));
            Ok(())
        }
    });
    mock.expect_ensure_network().returning({
        let engine = Arc::clone(engine);
        let log = log.clone();
        move |spec| {
            log(format!("network {}", spec.name));
            let mut engine = engine.lock().unwrap();
            Ok(if engine.networks.insert(spec.name.clone()) {
                EnsuredNetwork::Made
            } else {
                EnsuredNetwork::There
            })
        }
    });
    mock.expect_ensure_volume().returning(move |spec| {
        log(format!("volume {}", spec.name));
        Ok(())
    });
    mock
}

fn not_found(image: &ImageReference) -> RuntimeError {
    RuntimeError::ImageNotFound {
        engine: EngineName::from_static("docker"),
        image: image.to_string(),
    }
}

/// The labels in a Dockerfile of ocx's own.
fn written_labels(dockerfile: &str) -> BTreeMap<String, String> {
    let line = dockerfile
        .lines()
        .find_map(|line| line.strip_prefix("LABEL "))
        .unwrap_or_default();
    shell_words::split(line)
        .unwrap()
        .iter()
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
