//! What differs between Docker-compatible engines.

use std::{collections::BTreeMap, fmt};

use camino::Utf8PathBuf;

use super::{Captured, EngineVersion};
use crate::{
    confinement::{Applied, Excess},
    image::{ImageHandle, ImageReference},
    runtime::{
        BuildObstacle, ContainerFilter, ContainerId, ContainerInfo, ContainerUsage, EngineInfo,
        EngineName, ImageInfo,
    },
    spec::{BuildSpec, Gpus, Init, UserMapping},
};

/// A reason that a record could not be read.
pub type ParseError = Box<dyn std::error::Error + Send + Sync>;

/// Why what an engine says of itself is of no use.
#[derive(Debug)]
pub enum InfoError {
    /// It is not what this engine prints.
    Unreadable {
        /// Which answer it is.
        answer: usize,
        /// Why it could not be read.
        reason: ParseError,
    },
    /// It is older than what ocx needs.
    TooOld {
        /// What is: the engine, or the command that talks to it.
        program: &'static str,
        /// Its version.
        version: String,
        /// The oldest that will do.
        oldest: EngineVersion,
    },
    /// It is an engine that ocx cannot use in this way.
    Unsupported {
        /// What does not work.
        feature: String,
        /// What to do instead.
        remedy: String,
    },
}

/// Something that an engine may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing<'a> {
    /// An image.
    Image(&'a ImageHandle),
    /// A container, running or not, by its ID.
    Container(&'a str),
}

/// Whether an engine holds something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It does.
    There,
    /// It does not.
    Missing,
}

/// Whether an engine is at work at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// It answers.
    Answers,
    /// It does not.
    Silent {
        /// The socket that leads to it, where that is known to be one of this machine.
        socket: Option<Utf8PathBuf>,
    },
}

/// What differs between Docker-compatible engines.
///
/// There are no default methods, so that each engine answers each question; nothing else may ask
/// which engine it is talking to.
pub trait Dialect: fmt::Debug + Send + Sync + 'static {
    /// Name in settings and messages.
    fn name(&self) -> EngineName;

    /// Questions whose answers together make the [`EngineInfo`], as arguments of the engine's
    /// program.
    fn info_questions(&self) -> Vec<Vec<&'static str>>;

    /// Makes the [`EngineInfo`] from what the [questions](Self::info_questions) printed.
    ///
    /// # Errors
    ///
    /// If the answers are not what this engine prints, or tell that ocx cannot use it in this way.
    fn parse_info(&self, answers: &[Vec<u8>]) -> Result<EngineInfo, InfoError>;

    /// The flags that make a container's program run as this user.
    fn user_flags(&self, user: UserMapping) -> Vec<String>;

    /// The flags that set back what the engine's own configuration may have changed for every
    /// container and a plan never asks for: namespaces of the host, variables of the caller, a log
    /// of what the program prints.
    fn isolation_flags(&self) -> Vec<String>;

    /// The flags without which the engine would set a limit on processes that nobody asked for and
    /// that it may not be able to enforce.
    fn no_process_limit_flags(&self, user: UserMapping) -> Vec<String>;

    /// The value of `--tmpfs` behind the colon for an empty, executable directory that the user may
    /// write to, whatever lies beneath it. Must not bring up content from there.
    fn tmpfs_options(&self, size: Option<u64>, user: UserMapping) -> String;

    /// The value of `--add-host` for a name of the host itself; `None` where the engine adds one of
    /// its own accord.
    fn add_host(&self, alias: &str) -> Option<String>;

    /// The flags for these graphics cards.
    fn gpu_flags(&self, gpus: &Gpus) -> Vec<String>;

    /// The values of `--label` of `volume create`, in each of the ways in which versions of the
    /// engine may read them, the newest first. One way where all read these labels alike.
    fn volume_labels(&self, labels: &BTreeMap<String, String>) -> Vec<Vec<String>>;

    /// Flags of `network create` for a network in which containers do not reach each other; `None`
    /// where they do not in the engine's own either, since each has one of its own.
    fn network_flags(&self) -> Option<Vec<String>>;

    /// Whether containers do not reach each other in the network of which `network inspect` printed
    /// this.
    ///
    /// # Errors
    ///
    /// If that is not what this engine prints.
    fn keeps_apart(&self, stdout: &[u8]) -> Result<bool, ParseError>;

    /// Flags of `build` beyond those that all engines share.
    fn build_flags(&self, spec: &BuildSpec) -> Vec<String>;

    /// The exit code of a build that failed because somebody removed an image meanwhile that it only
    /// looked at; `None` if builds of this engine do not fail on that.
    fn build_code_of_a_missing_image(&self) -> Option<i32>;

    /// A question that fails if the builder that the user's variables ask for is not installed, and
    /// what is then missing; `None` if they ask for none.
    fn builder_question(&self) -> Option<(Vec<&'static str>, BuildObstacle)>;

    /// The question where the engine keeps its images. The answer is a path as a text in JSON.
    fn storage_question(&self) -> Vec<&'static str>;

    /// Variables that a build's process needs.
    fn build_environment(&self) -> BTreeMap<String, String>;

    /// Flags that make `cp` follow a symbolic link in a container.
    fn copy_flags(&self) -> &'static [&'static str];

    /// An image's name as the engine wants it for images in local storage.
    fn local_name(&self, image: &ImageReference) -> String;

    /// Arguments of a question that tells whether something is there, by its exit code or in a form
    /// that is made for programs. It is asked only after something went wrong.
    fn presence_question(&self, thing: Thing<'_>) -> Vec<String>;

    /// Whether `thing` is there, by the answer to its [question](Self::presence_question); `None` if
    /// that does not tell.
    fn read_presence(&self, thing: Thing<'_>, answer: &Captured) -> Option<Presence>;

    /// Questions whose answers tell whether the engine is at work, as arguments of its program. They
    /// are asked only after something went wrong.
    fn health_questions(&self) -> Vec<Vec<&'static str>>;

    /// Whether the engine is at work, by the answers to these [questions](Self::health_questions).
    fn read_health(&self, answers: &[Captured]) -> Health;

    /// Reads what `image inspect` printed.
    ///
    /// # Errors
    ///
    /// If that is not what this engine prints.
    fn parse_images(&self, stdout: &[u8]) -> Result<Vec<ImageInfo>, ParseError>;

    /// Arguments that list the running containers that are meant.
    fn list_containers(&self, filter: &ContainerFilter) -> Vec<String>;

    /// Reads what [`list_containers`](Self::list_containers) printed.
    ///
    /// # Errors
    ///
    /// If that is not what this engine prints.
    fn parse_containers(&self, stdout: &[u8]) -> Result<Vec<ContainerInfo>, ParseError>;

    /// Arguments that measure what these running containers use.
    fn measure_containers(&self, containers: &[ContainerId]) -> Vec<String>;

    /// Reads what [`measure_containers`](Self::measure_containers) printed.
    ///
    /// # Errors
    ///
    /// If that is not what this engine prints.
    fn parse_usage(&self, stdout: &[u8]) -> Result<Vec<ContainerUsage>, ParseError>;

    /// Reads what `container inspect` printed of one container that was made and not started, and
    /// adds what the engine gives to every container and does not tell there.
    ///
    /// # Errors
    ///
    /// If that is not what this engine prints.
    fn parse_applied(&self, stdout: &[u8]) -> Result<Applied, ParseError>;

    /// Where the engine's configuration may give a container this, such as "`volumes` in FILE".
    fn configuration_behind(&self, excess: &Excess) -> Vec<String>;

    /// Exit codes, other than 125 to 127, that a run ends with when the first process is `init` and
    /// the program cannot be executed. An `exec` has no init process.
    fn unstarted_codes(&self, init: Init) -> &'static [i32];
}
