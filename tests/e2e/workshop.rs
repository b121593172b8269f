//! A sandbox in which `ocx build` works: a real engine, and opencode in the cache.

use std::{ops::Deref, sync::OnceLock};

use camino::{Utf8Path, Utf8PathBuf};
use ocx_tests::{
    bases, cache,
    engine::{Engine, local_name},
    registry::{self, Registry},
    sandbox::Sandbox,
};
use serde_json::Value;

/// The npm package of the plain build.
pub(crate) const PACKAGE: &str = if cfg!(target_arch = "aarch64") {
    "opencode-linux-arm64"
} else {
    "opencode-linux-x64"
};

/// The newest version of opencode.
pub(crate) fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let metadata = registry::fetch(&format!("/{PACKAGE}/latest")).unwrap();
        let metadata: Value = serde_json::from_slice(&metadata).unwrap();
        metadata["version"].as_str().unwrap().to_owned()
    })
}

/// A cache directory of ocx that holds [`version`] and ripgrep, and nothing else.
pub(crate) fn seed() -> &'static Utf8Path {
    static SEED: OnceLock<Utf8PathBuf> = OnceLock::new();
    SEED.get_or_init(|| {
        let seed = cache::directory("seeds").join(version());
        let _lock = cache::lock(&seed.with_added_extension("lock"));
        // What is fetched does not depend on the engine.
        let engine = Engine::any().expect("who needs a seed has an engine");
        let registry = Registry::start();
        let workshop = Workshop::without_opencode(engine);
        if seed.exists() {
            workshop.seed_cache_from(&seed);
        }
        let base = workshop.base("seed", &bases::debian(engine));
        workshop
            .ocx(["build"])
            .env("OCX_CUSTOM_BASE_IMAGE", &base)
            .env("OCX_OPENCODE_REGISTRY", registry.url())
            .run()
            .success()
            .done();
        if !seed.exists() || !registry.requests().is_empty() {
            for entry in workshop.ocx_cache().read_dir_utf8().unwrap() {
                let entry = entry.unwrap();
                if !["opencode", "ripgrep"].contains(&entry.file_name()) {
                    std::fs::remove_dir_all(entry.path())
                        .or_else(|_| std::fs::remove_file(entry.path()))
                        .unwrap();
                }
            }
            workshop.save_cache_to(&seed);
        }
        seed
    })
}

/// The sandbox with the engine in it. No registry can be reached from there.
pub(crate) struct Workshop {
    pub(crate) engine: Engine,
    pub(crate) sandbox: Sandbox,
}

impl Workshop {
    /// A sandbox of an ordinary user with opencode in the cache.
    pub(crate) fn new(engine: &Engine) -> Self {
        let workshop = Self::without_opencode(engine);
        workshop.seed_cache_from(seed());
        workshop
    }

    /// A sandbox of an ordinary user with nothing in the cache.
    pub(crate) fn without_opencode(engine: &Engine) -> Self {
        let mut sandbox = Sandbox::new();
        sandbox.use_engine(engine);
        sandbox.set_env("OCX_OPENCODE_VERSION", version());
        sandbox.set_env("OCX_OPENCODE_REGISTRY", registry::unreachable_url());
        Self {
            engine: engine.clone(),
            sandbox,
        }
    }

    /// Makes an image of this sandbox's own that is like `image`, and returns its name.
    pub(crate) fn base(&self, suffix: &str, image: &str) -> String {
        let name = format!("{}-{suffix}", self.name());
        // The label makes it another image than those of tests that run meanwhile.
        let dockerfile = format!("FROM {image}\nLABEL ocxt.sandbox={}\n", self.name());
        bases::build(&self.engine, &name, &dockerfile);
        name
    }

    /// Gives an image a second name. Otherwise it would have none when another image gets its first
    /// one, and whether it goes then is the engine's affair.
    pub(crate) fn keep(&self, image: &str) {
        self.engine
            .cli()
            .require(&["tag", image, &format!("{image}-kept")]);
    }

    /// Makes `image` the base in the project's settings.
    pub(crate) fn use_image(&self, image: &str) {
        self.write("ocx.toml", format!("custom_base_image = {image:?}\n"));
    }

    /// Makes the base in the project's settings one that ocx builds from `docker/Dockerfile`, and
    /// returns its name.
    pub(crate) fn use_dockerfile(&self, instructions: &str) -> String {
        let image = format!("{}-team", self.name());
        self.write(
            "ocx.toml",
            format!(
                "custom_base_image = {image:?}\ncustom_base_dockerfile = \"docker/Dockerfile\"\n"
            ),
        );
        self.write_dockerfile(instructions);
        image
    }

    /// Writes `docker/Dockerfile`: `FROM` Debian and then `instructions`.
    pub(crate) fn write_dockerfile(&self, instructions: &str) {
        let debian = bases::debian(&self.engine);
        self.write(
            "docker/Dockerfile",
            format!("FROM {debian}\n{instructions}\n"),
        );
    }

    /// The name of the ocx image on the base `image`.
    pub(crate) fn ocx_image(&self, image: &str) -> String {
        format!("ocx-{image}:{}", version())
    }

    /// The ID of an image that exists, with its algorithm.
    #[track_caller]
    pub(crate) fn id(&self, image: &str) -> String {
        let found = self.engine.image(image);
        let found = found.unwrap_or_else(|| panic!("there is no image {image}"));
        format!("sha256:{}", bare_id(found["Id"].as_str().unwrap()))
    }

    /// What a command prints in a container of `image`, which has a shell.
    #[track_caller]
    pub(crate) fn in_image(&self, image: &str, command: &[&str]) -> String {
        self.engine.output_in(image, &["--network=none"], command)
    }

    /// The directory that is ocx's own in the cache.
    pub(crate) fn ocx_cache(&self) -> Utf8PathBuf {
        self.cache().join("ocx")
    }

    /// Images that carry this sandbox's name in a tag or a label, by ID, with their tags.
    pub(crate) fn images(&self) -> Vec<(String, Vec<String>)> {
        let mut images: Vec<_> = self
            .engine
            .images()
            .into_iter()
            .filter(|image| {
                let labels = image["Config"]["Labels"].to_string();
                [image["RepoTags"].to_string(), labels]
                    .iter()
                    .any(|text| ocx_tests::run_id::mentions(text, self.name()))
            })
            .map(|image| {
                let tags = image["RepoTags"].as_array().into_iter().flatten();
                let tags = tags.map(|tag| local_name(tag.as_str().unwrap()).to_owned());
                let tags = tags.collect();
                (image["Id"].as_str().unwrap().to_owned(), tags)
            })
            .collect();
        images.sort();
        images
    }

    /// Fails unless builds have cleaned up after themselves: no image without a name, and none of
    /// ocx's temporary names.
    #[track_caller]
    pub(crate) fn assert_tidy(&self) {
        for (id, tags) in self.images() {
            assert!(
                !self.is_dangling(&id),
                "{id} is left over: {:#}",
                self.engine.image(&id).unwrap_or_default()
            );
            let temporary = tags.iter().find(|tag| tag.starts_with("ocx-tmp---"));
            assert_eq!(temporary, None, "left over of {tags:?}");
        }
    }

    pub(crate) fn is_dangling(&self, id: &str) -> bool {
        self.engine
            .cli()
            .lines(&[
                "image",
                "ls",
                "--quiet",
                "--no-trunc",
                "--filter",
                "dangling=true",
            ])
            .iter()
            .any(|dangling| bare_id(dangling) == bare_id(id))
    }

    /// Containers, running or not, of images that carry this sandbox's name.
    pub(crate) fn containers(&self) -> Vec<String> {
        let cli = self.engine.cli();
        let ours = self.images();
        let ids = cli.lines(&["ps", "--all", "--quiet", "--no-trunc"]);
        cli.inspect("container", &ids)
            .into_iter()
            .filter(|container| {
                ours.iter()
                    .any(|(id, _)| container["Image"].as_str() == Some(id))
            })
            .map(|container| container["Id"].to_string())
            .collect()
    }
}

/// Podman puts no algorithm before IDs, except in some listings.
fn bare_id(id: &str) -> &str {
    id.trim_start_matches("sha256:")
}

impl Deref for Workshop {
    type Target = Sandbox;

    fn deref(&self) -> &Sandbox {
        &self.sandbox
    }
}
