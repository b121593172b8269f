//! Why an image could not be built, or told about.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::UseCaseError;
use crate::ops::{BuildNotTrusted, confine::Finding};
use crate::{
    base::{BaseError, MissingSource, NewerSyntax, ProbeError},
    disk::ContentStoreError,
    identity::IdentityError,
    image::{ImageReference, OpencodeVersion},
    layer::{ContextError, UnusablePath},
    opencode::{FetchError, LatestError},
    project::ProjectError,
    runtime::{BuildObstacle, CommandError, EngineName, RuntimeError},
    spec::BuildNetwork,
    trust::TrustError,
};

/// Why an image could not be built, or what has to be known for that could not be found out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The place is no project.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// The base cannot be resolved.
    #[error(transparent)]
    Base(#[from] BaseError),
    /// The base image does not exist, and nothing says how to make it.
    #[error(
        "base image `{image}` is not in the local storage of {engine}, and no `custom_base_dockerfile` is set to build it from"
    )]
    BaseMissing {
        /// The image.
        image: ImageReference,
        /// The engine.
        engine: EngineName,
    },
    /// An image of the base's name was built by ocx, but from another Dockerfile.
    #[error(
        "base image `{image}` was built from another Dockerfile, `{built_from}`{}; the project `{project}` has `{wanted}`",
        for_project(.maker.as_deref())
    )]
    BaseOfAnother {
        /// The image.
        image: ImageReference,
        /// The Dockerfile that it was built from.
        built_from: Utf8PathBuf,
        /// The project that had it built, if that is on record and another than this.
        maker: Option<Utf8PathBuf>,
        /// The Dockerfile in the settings.
        wanted: Utf8PathBuf,
        /// The project that wants it.
        project: Utf8PathBuf,
    },
    /// The settings name a base without a Dockerfile, and ocx built the image of that name from a
    /// Dockerfile of another project.
    #[error(
        "base image `{image}` was built from `{built_from}`{}, so the project `{project}` does not take it for its own base",
        for_project(.maker.as_deref())
    )]
    BaseOfAnotherProject {
        /// The image.
        image: ImageReference,
        /// The Dockerfile that it was built from.
        built_from: Utf8PathBuf,
        /// The project that had it built, if that is on record.
        maker: Option<Utf8PathBuf>,
        /// The project that wants it.
        project: Utf8PathBuf,
    },
    /// The base could not be built.
    #[error(transparent)]
    BaseBuild(Box<BaseBuildError>),
    /// Nobody has agreed to build the base from what lies in the project.
    #[error(transparent)]
    NotTrusted(Box<BuildNotTrusted>),
    /// The base has `ONBUILD` instructions, which would run in ocx's layer.
    #[error("base image `{base}` has ONBUILD instructions, which would run when ocx adds its layer: {}", .instructions.join("; "))]
    OnBuild {
        /// The base.
        base: ImageReference,
        /// The instructions.
        instructions: Vec<String>,
    },
    /// opencode cannot run in the base.
    #[error(transparent)]
    Probe(#[from] ProbeError),
    /// The base's search path cannot be used.
    #[error(transparent)]
    Path(#[from] UnusablePath),
    /// The newest version of opencode cannot be told.
    #[error("could not find out the newest version of opencode")]
    Latest(#[from] LatestError),
    /// opencode could not be fetched.
    #[error("could not get opencode")]
    Fetch(#[from] FetchError),
    /// The build context could not be written.
    #[error(transparent)]
    Context(#[from] ContextError),
    /// No build of opencode runs in the new image.
    #[error("opencode {version} does not run in base image `{base}`")]
    Verification {
        /// The base.
        base: ImageReference,
        /// The version.
        version: OpencodeVersion,
        /// What each build that was tried said, by its package's name.
        said: Vec<(String, String)>,
    },
    /// An image that was there, or has just been built, is gone: somebody removed it meanwhile.
    #[error("image `{image}` is gone: something removed it while it was needed")]
    ImageVanished {
        /// The image.
        image: ImageReference,
    },
    /// The host user cannot appear in the engine's containers.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The engine gives containers more than a session may have.
    #[error("{engine} gives its containers more than a session may have: {}", .findings.iter().map(|finding| finding.excess.to_string()).collect::<Vec<_>>().join("; "))]
    Unconfined {
        /// The engine.
        engine: EngineName,
        /// What they have.
        findings: Vec<Finding>,
    },
    /// The record of what is trusted cannot be used.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// A generated file could not be written.
    #[error(transparent)]
    Content(#[from] ContentStoreError),
    /// A file of ocx could not be written or read.
    #[error("could not use `{path}`")]
    File {
        /// The file.
        path: Utf8PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    NoRandomness {
        /// What it said.
        #[source]
        source: io::Error,
    },
    /// The engine is not to be changed, so nothing was done; see [`Ocx::dry_run`](crate::Ocx::dry_run).
    #[error("nothing was done, since the engine only plans")]
    OnlyPlanned,
    /// The engine failed.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

fn for_project(project: Option<&Utf8Path>) -> String {
    project.map_or_else(String::new, |project| {
        format!(" for the project `{project}`")
    })
}

impl BuildError {
    /// Whether a request to end was the reason.
    #[must_use]
    pub fn is_interruption(&self) -> bool {
        matches!(self, Self::Runtime(RuntimeError::Interrupted { .. }))
    }
}

impl UseCaseError for BuildError {
    fn may_be_interruption(&self) -> bool {
        matches!(self, Self::Runtime(_) | Self::BaseBuild(_)) && !self.is_interruption()
    }

    fn may_be_of_engine_facts(&self) -> bool {
        matches!(
            self,
            Self::Runtime(_) | Self::BaseBuild(_) | Self::Identity(_)
        )
    }
}

/// Why a base could not be built.
#[derive(Debug, thiserror::Error)]
#[error("could not build image `{image}`")]
pub struct BaseBuildError {
    /// The base.
    pub image: ImageReference,
    /// Its Dockerfile.
    pub dockerfile: Utf8PathBuf,
    /// What is in the Dockerfile that not every builder understands. The engine's own message may
    /// have gone straight to the user, so it is not known whether that was the reason.
    pub newer_syntax: Option<NewerSyntax>,
    /// What keeps the engine from building anything.
    pub obstacle: Option<Box<BuildObstacle>>,
    /// Images that the Dockerfile begins with and that are not in local storage, so that the engine
    /// had to fetch them.
    pub not_here: Vec<ImageReference>,
    /// What else is known that may have to do with it.
    pub facts: BuildFacts,
    /// What the engine said, and in which step.
    pub source: CommandError,
}

/// What ocx knows of a failed build without reading what the engine said. Whether it was the reason is
/// not known.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BuildFacts {
    /// A build argument in a `FROM` line that has neither a default nor a value.
    pub unset_argument: Option<String>,
    /// What the step that failed takes from the build context, and is not in there.
    pub missing_sources: Vec<MissingSource>,
    /// The build context.
    pub context: Utf8PathBuf,
    /// The frontend that the Dockerfile asks for, `# syntax=…`.
    pub frontend: Option<String>,
    /// Registries that would be asked, and whose names this machine cannot resolve.
    pub unresolved: Vec<String>,
    /// The variable by which a proxy is set on this machine.
    pub proxy: Option<&'static str>,
    /// What the step that failed may reach.
    pub network: BuildNetwork,
}
