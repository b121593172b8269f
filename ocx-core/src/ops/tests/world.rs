//! A mocked engine with a few images, and everything else that a use case needs.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use sha2::{Digest, Sha256};

use super::super::{Consent, Ocx, OcxError, Program, SessionReport};
use crate::{
    base::probed_paths,
    confinement::Applied,
    engines,
    host::Arch,
    image::{ImageHandle, ImageId, ImageReference},
    opencode::{HttpOptions, ProxyUse, Registry},
    project::{Project, discover, sandbox::Sandbox},
    provenance::ImageRecords,
    report::{Event, EventKind, Reporter},
    runtime::{
        CommandError, ContainerRuntime, EngineInfo, EngineKey, EngineName, EnsuredNetwork,
        Execution, Exit, Failure, ImageInfo, LayerEntry, MockContainerRuntime, Removal, RunOutcome,
        RuntimeError, Started,
    },
    settings::{Override, Settings, VersionRequest, load},
    spec::{BuildSpec, Network, RunSpec},
    testing,
};

/// The images of the mocked engine, and what it was asked to do.
#[derive(Debug, Default)]
pub(super) struct Engine {
    pub(super) images: BTreeMap<ImageReference, ImageInfo>,
    pub(super) calls: Vec<String>,
    pub(super) runs: Vec<RunSpec>,
    /// What it makes of every container.
    pub(super) applied: Applied,
    /// After how many calls it loses the images whose names begin like this.
    pub(super) loses: Option<(usize, String)>,
    /// The networks that it has made.
    pub(super) networks: BTreeSet<String>,
    /// Of what its key is made.
    pub(super) key: String,
    /// What it says of every layer.
    pub(super) layer: Option<Vec<LayerEntry>>,
}

/// Remembers what was said.
#[derive(Debug, Default)]
pub(super) struct Said(Mutex<Vec<String>>);

impl Reporter for Said {
    fn report(&self, event: Event<'_>) {
        if let EventKind::StepBegan(_) | EventKind::Notice(_) = event.kind {
            self.0.lock().unwrap().push(event.to_string());
        }
    }
}

pub(super) struct World {
    pub(super) sandbox: Sandbox,
    pub(super) engine: Arc<Mutex<Engine>>,
    pub(super) said: Arc<Said>,
    runtime: Arc<dyn ContainerRuntime>,
    project: Project,
    settings: Settings,
    registry: Registry,
}

impl World {
    /// A world with these settings and a local opencode binary, in which opencode ends as `exit`
    /// says and the engine is `info`.
    pub(super) fn new(settings: &[(&str, &str)], exit: Exit, info: EngineInfo) -> Self {
        let sandbox = Sandbox::new();
        let binary = sandbox.top.join("opencode");
        std::fs::copy("/bin/true", &binary).unwrap();
        let version = ("opencode_version", "1.18.33");
        let overrides: Vec<Override> = [version, ("opencode_binary", binary.as_str())]
            .iter()
            .chain(settings)
            .map(|&(key, value)| Override {
                key: key.to_owned(),
                value: value.to_owned(),
                flag: String::new(),
            })
            .collect();
        let project = discover(&sandbox.host, None).unwrap();
        let settings = load(&sandbox.host, &project, &overrides).unwrap().settings;
        // A closed port: what is not at hand cannot be fetched.
        let nowhere = "http://127.0.0.1:9/".parse().unwrap();
        let options = HttpOptions {
            connect_timeout: Duration::from_secs(60),
            retry_pauses: vec![],
            proxy: ProxyUse::Never,
            ..HttpOptions::default()
        };
        let engine: Arc<Mutex<Engine>> = Arc::default();
        Self {
            runtime: Arc::new(runtime(&engine, exit, info)),
            engine,
            said: Arc::default(),
            registry: Registry::with_options(&nowhere, options),
            project,
            settings,
            sandbox,
        }
    }

    pub(super) fn with_images(settings: &[(&str, &str)], images: &[&str]) -> Self {
        let world = Self::new(settings, Exit::Code(0), testing::engine_info());
        for image in images {
            world.add_image(image, BTreeMap::new());
        }
        world
    }

    /// With neither a version nor a binary in its settings.
    pub(super) fn following_latest(mut self) -> Self {
        self.settings.opencode_version = VersionRequest::Latest;
        self.settings.opencode_binary = None;
        self
    }

    /// With an opencode that a registry publishes, in the version that is set.
    pub(super) fn with_published(mut self) -> Self {
        self.settings.opencode_binary = None;
        self
    }

    /// The images of another world, and what ocx knows of them.
    pub(super) fn take_over(&self, other: &Self) {
        let images = other.engine.lock().unwrap().images.clone();
        self.engine.lock().unwrap().images = images;
        let [from, to] = [other, self].map(|world| world.sandbox.host.dirs.state.clone());
        let records = ImageRecords::new(&to, &EngineName::from_static("docker"));
        for (name, image) in &other.engine.lock().unwrap().images {
            let known = ImageRecords::new(&from, &EngineName::from_static("docker"));
            if let Some(made_of) = known.find(name, image) {
                records.write(name, image, made_of);
            }
        }
    }

    /// An image that is there.
    pub(super) fn find(&self, name: &str) -> ImageInfo {
        let engine = self.engine.lock().unwrap();
        engine.images[&name.parse().unwrap()].clone()
    }

    pub(super) fn add_image(&self, name: &str, labels: BTreeMap<String, String>) -> ImageId {
        let info = image(&format!("{name} {labels:?}"), labels);
        let id = info.id.clone();
        self.engine
            .lock()
            .unwrap()
            .images
            .insert(name.parse().unwrap(), info);
        id
    }

    pub(super) fn ocx(&self) -> Ocx {
        let said: Arc<dyn Reporter> = Arc::clone(&self.said) as _;
        Ocx::new(
            self.sandbox.host.clone(),
            self.project.clone(),
            self.settings.clone(),
            engines::Engine::of(Arc::clone(&self.runtime)),
        )
        .with_registry(self.registry.clone())
        .with_consent(Consent::Given)
        .reporting_to(said)
    }

    /// Runs opencode with these arguments in a session.
    pub(super) async fn opencode(&self, args: &[&str]) -> Result<SessionReport, OcxError> {
        let program = Program::opencode(args.iter().copied());
        self.ocx().session(program).run().await
    }

    /// What the engine was asked to do since the last time.
    pub(super) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.engine.lock().unwrap().calls)
    }

    pub(super) fn forget_what_was_said(&self) {
        self.said.0.lock().unwrap().clear();
    }

    pub(super) fn said(&self, text: &str) -> bool {
        self.said
            .0
            .lock()
            .unwrap()
            .iter()
            .any(|said| said.contains(text))
    }
}

fn image(content: &str, labels: BTreeMap<String, String>) -> ImageInfo {
    let id = hex::encode(Sha256::digest(content)).parse().unwrap();
    ImageInfo {
        id,
        labels,
        ..testing::image_info()
    }
}

fn runtime(engine: &Arc<Mutex<Engine>>, exit: Exit, info: EngineInfo) -> MockContainerRuntime {
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
                        command: "docker run".to_owned(),
                        failure: Failure::Code(125),
                        stderr: String::new(),
                        told: false,
                    },
                });
            }
            engine.runs.push(spec.clone());
            Ok(RunOutcome {
                exit,
                started: Started::Yes,
                stdout: b"said this\n".to_vec(),
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
    mock.expect_prepare_image().returning(|_, _| Ok(()));
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
