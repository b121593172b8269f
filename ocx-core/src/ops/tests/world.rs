//! A mocked engine with a few images, and everything else that a use case needs.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use camino::Utf8Path;

use super::super::{Consent, Ocx, Program, SessionError, SessionReport};
use super::mocked_runtime::{image, runtime};
use crate::{
    confinement::Applied,
    engines,
    image::{ImageId, ImageReference},
    opencode::{HttpOptions, ProxyUse, Registry},
    project::{Project, discover, sandbox::Sandbox},
    provenance::ImageRecords,
    report::{Event, EventKind, Reporter},
    runtime::{ContainerRuntime, EngineInfo, EngineName, Exit, ImageInfo, LayerEntry},
    settings::{Override, Settings, VersionRequest, load},
    spec::RunSpec,
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
    /// What somebody does while it builds.
    pub(super) meanwhile: Option<fn(&Utf8Path)>,
    /// Of what its key is made.
    pub(super) key: String,
    /// What happens while a container runs.
    pub(super) during_run: Option<fn(&RunSpec)>,
    /// How containers end in which a program is started by another.
    pub(super) exit_of_launched: Option<Exit>,
    /// What its containers print.
    pub(super) says: Option<String>,
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

    /// With a repository of Git's around the project.
    pub(super) fn with_git(mut self) -> Self {
        self.sandbox.git_dir("home/work/app/.git");
        self.project = discover(&self.sandbox.host, None).unwrap();
        assert!(self.project.git.is_some());
        self
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
    pub(super) async fn opencode(&self, args: &[&str]) -> Result<SessionReport, SessionError> {
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
        self.times_said(text) > 0
    }

    pub(super) fn times_said(&self, text: &str) -> usize {
        let said = self.said.0.lock().unwrap();
        said.iter().filter(|said| said.contains(text)).count()
    }
}
