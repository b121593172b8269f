//! What is looked at before it is judged, as plain values.

use std::{collections::BTreeSet, time::SystemTime};

use camino::Utf8PathBuf;

use crate::{
    image::{ImageId, ImageReference, OpencodeVersion},
    runtime::EngineName,
    spec::VolumeName,
};

/// All that there is of ocx's.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) projects: Vec<ProjectFact>,
    pub(super) images: Vec<ImageFact>,
    pub(super) volumes: Vec<VolumeFact>,
    pub(super) programs: Vec<ProgramFact>,
    pub(super) contexts: Vec<FileFact>,
    /// What was left when ocx was interrupted while it removed something.
    pub(super) leftovers: Vec<FileFact>,
    /// What always stays, of the cache and of the state.
    pub(super) cache: Vec<FileFact>,
    pub(super) state: Vec<FileFact>,
    /// Versions of opencode in images of engines that do not answer.
    pub(super) hidden_versions: BTreeSet<OpencodeVersion>,
    /// Images that are on record and are not there any more.
    pub(super) lost: Vec<(EngineName, ImageId)>,
    /// Engines that do not answer, or are left alone.
    pub(super) silent: Vec<EngineName>,
}

/// A project that ocx knows.
#[derive(Clone, Debug)]
pub(super) struct ProjectFact {
    pub(super) root: Utf8PathBuf,
    /// Where its store is, if it has one, with its size.
    pub(super) store: Option<FileFact>,
    pub(super) presence: Presence,
    /// Whether one of its sessions runs.
    pub(super) held: bool,
    /// Whether it had a home on some engine.
    pub(super) had_home: bool,
}

/// Whether a project's directory is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// It is, and uses this.
    There(Vec<Use>),
    /// It is, and what it uses cannot be told.
    Doubtful,
    /// It is not.
    Gone,
}

/// What a project uses on one engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Use {
    pub(super) engine: EngineName,
    pub(super) base: ImageReference,
    /// The ocx image on it, if one was built.
    pub(super) image: Option<(ImageReference, OpencodeVersion)>,
}

/// An image that is on record, and is what the record says.
#[derive(Clone, Debug)]
pub(super) struct ImageFact {
    pub(super) engine: EngineName,
    pub(super) id: ImageId,
    /// The name that ocx gave it.
    pub(super) name: ImageReference,
    pub(super) names: Names,
    pub(super) made_of: Made,
    pub(super) size: u64,
    /// Whether a container of a session is made of it.
    pub(super) running: bool,
    pub(super) since: SystemTime,
}

/// Which names an image has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// The one that ocx gave it.
    Own,
    /// None at all.
    None,
    /// This one, which somebody else gave it.
    Other(String),
}

/// What an image is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Made {
    Layer {
        base: ImageReference,
        base_id: ImageId,
        version: OpencodeVersion,
    },
    Base,
}

/// The home of a project.
#[derive(Clone, Debug)]
pub(super) struct VolumeFact {
    pub(super) engine: EngineName,
    pub(super) name: VolumeName,
    /// The root of its project.
    pub(super) root: Utf8PathBuf,
    pub(super) size: Option<u64>,
}

/// A downloaded program.
#[derive(Clone, Debug)]
pub(super) struct ProgramFact {
    pub(super) what: Downloaded,
    pub(super) file: FileFact,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Downloaded {
    Opencode(OpencodeVersion),
    /// Another program, in the version that is used now or not.
    Tool {
        name: String,
        is_current: bool,
    },
}

/// A file or directory.
#[derive(Clone, Debug)]
pub(super) struct FileFact {
    pub(super) path: Utf8PathBuf,
    pub(super) size: u64,
    /// When it was last written to.
    pub(super) since: SystemTime,
}
