//! What ocx would make of an image: a pure function of the image's configuration and files, the
//! host and the engine.

use camino::Utf8PathBuf;

use crate::ops::BuildError;
use crate::{
    base::{BaseContents, BaseProbe, ProbeError},
    host::{Arch, Host},
    identity::{RequestedIds, user_mapping},
    image::{ImageReference, OpencodeVersion, ocx_image},
    layer::LayerDockerfile,
    layout,
    opencode::{Build, Libc, candidates},
    runtime::{EngineInfo, EngineName, HealthCheck, ImageInfo},
    search_path::{OutOfReach, SearchPath},
    settings::Settings,
};

/// What ocx would make of an image.
#[derive(Debug)]
pub struct Compatibility {
    /// The image.
    pub image: ImageInfo,
    /// The name that a base of this image would have in the settings; `None` for an image without
    /// any name.
    pub name: Option<ImageReference>,
    /// What speaks against it, each with an error of its own; none for an image that can be used.
    pub problems: Vec<BuildError>,
    /// What the image calls itself, such as `Debian GNU/Linux 12 (bookworm)`.
    pub os_name: Option<String>,
    /// The C library that opencode would use.
    pub libc: Option<Libc>,
    /// The builds of opencode that would be tried, the best first.
    pub builds: Vec<Build>,
    /// The user's shell in a session.
    pub shell: Shell,
    /// How the caller would appear; `None` where the engine cannot show them at all.
    pub user: Option<Inside>,
    /// The search path of a session.
    pub path: String,
    /// What of the search path the caller could not run in a session, as the last trial on a base of this
    /// content found; `None` if there was none.
    pub out_of_reach: Option<Vec<OutOfReach>>,
    /// What becomes of the image's own settings; those that it does not have are left out.
    pub changes: Vec<Instruction>,
    /// The ocx image that would be built; `None` without a name for the base or a version.
    pub result: Option<ImageReference>,
}

/// The shell in an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shell {
    /// There is one.
    At(Utf8PathBuf),
    /// There is none.
    Missing,
    /// The image's files could not be read.
    Unknown,
}

/// How the caller appears in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inside {
    /// Login name.
    pub name: String,
    /// User ID.
    pub uid: u32,
    /// Group ID.
    pub gid: u32,
    /// Names that the image has for that ID; the caller's own comes before them.
    pub same_id: Vec<String>,
    /// The ID of the image's user with that name, whose entry the caller's replaces.
    pub same_name: Option<String>,
}

/// What becomes of an instruction of the image's Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// The instruction, such as `ENTRYPOINT`.
    pub instruction: &'static str,
    /// Its value in the image.
    pub value: String,
    /// What becomes of it.
    pub outcome: InstructionOutcome,
}

/// What becomes of an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstructionOutcome {
    /// ocx's layer sets another value, or none.
    Reset,
    /// It stays in the image, and a session sets its own.
    Overridden,
    /// It stays and counts.
    Kept,
}

/// Facts that [`Compatibility::new`] needs.
pub(in crate::ops) struct Facts<'a> {
    pub(in crate::ops) host: &'a Host,
    pub(in crate::ops) settings: &'a Settings,
    pub(in crate::ops) engine: &'a EngineInfo,
    pub(in crate::ops) engine_name: EngineName,
    /// How the image is called in messages.
    pub(in crate::ops) called: &'a ImageReference,
    pub(in crate::ops) image: ImageInfo,
    pub(in crate::ops) name: Option<ImageReference>,
    /// The architecture whose files were looked for, and the files; `None` if they could not be read.
    pub(in crate::ops) files: Option<(Arch, Vec<Option<Vec<u8>>>)>,
    /// What the last trial on it found in its search path.
    pub(in crate::ops) search_path: Option<SearchPath>,
    /// The version of opencode that would be used, if it is known without asking anybody.
    pub(in crate::ops) version: Option<OpencodeVersion>,
}

impl Compatibility {
    pub(in crate::ops) fn new(facts: Facts<'_>) -> Self {
        let (image, called) = (facts.image, facts.called);
        let machine =
            Arch::from_engine_name(&facts.engine.architecture).unwrap_or(facts.host.cpu.arch);
        let mut problems: Vec<BuildError> = Vec::new();
        let architecture = BaseProbe::architecture(called, &image, machine);
        problems.extend(architecture.err().map(BuildError::from));
        if !image.on_build.is_empty() {
            problems.push(BuildError::OnBuild {
                base: called.clone(),
                instructions: image.on_build.clone(),
            });
        }
        let arch = facts.files.as_ref().map(|(arch, _)| *arch);
        let files = facts.files.map(|(_, files)| files).unwrap_or_default();
        let contents = BaseContents::read(called, &image, arch.unwrap_or(machine), files);
        let libc = match (arch, &contents.libc) {
            (None, _) | (_, Err(ProbeError::NoLibc { .. })) => None,
            (Some(_), Ok(libc)) => Some(*libc),
            (Some(_), Err(_)) => Some(Libc::Musl),
        };
        if let (Some(_), Err(error)) = (arch, &contents.libc) {
            problems.push(error.clone().into());
        }
        let layer = LayerDockerfile::new(called, &contents.path, &[].into());
        problems.extend(layer.err().map(BuildError::from));
        let requested = RequestedIds::from(facts.settings);
        let mapping = user_mapping(facts.engine_name, facts.engine, &facts.host.user, requested);
        let user = match mapping {
            Ok(mapping) => {
                let name = facts
                    .settings
                    .username
                    .clone()
                    .unwrap_or_else(|| facts.host.user.name.clone());
                Some(Inside::new(name, mapping.ids_inside(), &contents.passwd))
            }
            Err(error) => {
                problems.push(error.into());
                None
            }
        };
        Self {
            os_name: contents.os_name,
            libc,
            builds: arch
                .zip(libc)
                .map(|(arch, libc)| candidates(arch, libc, facts.host.cpu.avx2))
                .unwrap_or_default(),
            shell: match (arch, contents.shell) {
                (None, _) => Shell::Unknown,
                (Some(_), Some(shell)) => Shell::At(shell),
                (Some(_), None) => Shell::Missing,
            },
            user,
            path: format!("{}:{}", layout::BIN, contents.path),
            out_of_reach: facts.search_path.map(|known| known.out_of_reach),
            changes: changes(&image),
            result: facts
                .name
                .as_ref()
                .zip(facts.version.as_ref())
                .map(|(name, version)| ocx_image(name, version)),
            name: facts.name,
            problems,
            image,
        }
    }
}

impl Inside {
    fn new(name: String, (uid, gid): (u32, u32), passwd: &str) -> Self {
        let users = || {
            passwd.lines().filter_map(|line| {
                let mut fields = line.split(':');
                Some((fields.next()?, fields.nth(1)?))
            })
        };
        let own = uid.to_string();
        Self {
            same_id: users()
                .filter(|(user, id)| *id == own && *user != name)
                .map(|(user, _)| user.to_owned())
                .collect(),
            same_name: users()
                .find(|(user, id)| *user == name && *id != own)
                .map(|(_, id)| id.to_owned()),
            name,
            uid,
            gid,
        }
    }
}

fn changes(image: &ImageInfo) -> Vec<Instruction> {
    let words = |words: &[String]| shell_words::join(words);
    let volumes: Vec<String> = image.volumes.iter().map(ToString::to_string).collect();
    let health_check = match image.health_check {
        HealthCheck::Present => "set",
        HealthCheck::Absent => "",
    };
    [
        (
            "ENTRYPOINT",
            words(&image.entrypoint),
            InstructionOutcome::Reset,
        ),
        ("CMD", words(&image.command), InstructionOutcome::Reset),
        (
            "HEALTHCHECK",
            health_check.to_owned(),
            InstructionOutcome::Reset,
        ),
        (
            "STOPSIGNAL",
            image.stop_signal.clone(),
            InstructionOutcome::Reset,
        ),
        ("USER", image.user.clone(), InstructionOutcome::Overridden),
        (
            "WORKDIR",
            image.working_directory.clone(),
            InstructionOutcome::Overridden,
        ),
        ("VOLUME", words(&volumes), InstructionOutcome::Kept),
    ]
    .into_iter()
    .filter(|(_, value, _)| !value.is_empty())
    .map(|(instruction, value, outcome)| Instruction {
        instruction,
        value,
        outcome,
    })
    .collect()
}
