//! What there is of ocx's on the disks, piece by piece.

use std::fmt;

use camino::Utf8PathBuf;

use crate::{image::ImageId, runtime::EngineName, spec::VolumeName};

/// One thing that ocx made and that takes space.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DiskItem {
    /// What it is.
    pub kind: DiskKind,
    /// What it is called.
    pub name: String,
    /// The engine that has it; `None` for files.
    pub engine: Option<EngineName>,
    /// Bytes, less what an image shares with others of ocx's; `None` if nobody tells.
    pub size: Option<u64>,
    /// Canonical roots of the known projects that use it now.
    pub projects: Vec<Utf8PathBuf>,
    /// Whether anybody needs it.
    pub verdict: DiskVerdict,
    /// What is removed when it goes.
    pub(super) target: Target,
}

impl DiskItem {
    /// Whether it goes with the rest; what holds the user's data only goes with `volumes`.
    #[must_use]
    pub fn goes(&self, volumes: WithUserData) -> bool {
        match self.verdict {
            DiskVerdict::Needed(_) => false,
            DiskVerdict::Unneeded(_) => true,
            DiskVerdict::UserData(_) => volumes == WithUserData::Yes,
        }
    }

    /// Why it cannot be removed, not even by somebody who names it: what is merely in use or kept, and can be
    /// built or fetched again, can.
    #[must_use]
    pub fn obstacle(&self) -> Option<&Needed> {
        if matches!(self.target, Target::Store(..) | Target::Nothing(_)) {
            return Some(&Needed::Own);
        }
        match &self.verdict {
            DiskVerdict::Unneeded(_) | DiskVerdict::UserData(_) => None,
            DiskVerdict::Needed(
                Needed::InUse | Needed::Newest | Needed::Doubt { .. } | Needed::Young,
            ) => None,
            DiskVerdict::Needed(needed) => Some(needed),
        }
    }

    /// Whether this is the same thing, whatever is thought of it.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.target == other.target
    }
}

/// What it is that takes space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DiskKind {
    /// An image with opencode in it.
    Image,
    /// A base that ocx built.
    Base,
    /// The volume with the home directory of a project's sessions.
    Home,
    /// Downloaded builds of one version of opencode.
    Opencode,
    /// Another downloaded program.
    Tool,
    /// What an image was built from, and is not any more.
    BuildContext,
    /// What was being removed when ocx was interrupted.
    Leftover,
    /// The rest of the cache.
    Cache,
    /// What is kept of a project: conversations, logins, the copy of opencode's configuration, clones.
    Project,
    /// The rest of what is kept.
    State,
}

impl DiskKind {
    /// A word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Base => "base",
            Self::Home => "home",
            Self::Opencode => "opencode",
            Self::Tool => "tool",
            Self::BuildContext => "build-context",
            Self::Leftover => "leftover",
            Self::Cache => "cache",
            Self::Project => "project",
            Self::State => "state",
        }
    }
}

impl fmt::Display for DiskKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Whether anybody needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DiskVerdict {
    /// Somebody does, or may.
    Needed(Needed),
    /// Nobody does.
    Unneeded(Unneeded),
    /// Nobody does any more, but it holds data of the user's.
    UserData(Unneeded),
}

/// Why something stays.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Needed {
    /// A session uses it.
    #[error("a session is running")]
    Running,
    /// Projects use it.
    #[error("in use")]
    InUse,
    /// It is as new as is kept.
    #[error("one of the newest versions")]
    Newest,
    /// Something that is needed is made of it.
    #[error("an image that stays was built on it")]
    Below,
    /// Somebody else gave it a name.
    #[error("it is called {name} as well")]
    OtherName {
        /// The name.
        name: String,
    },
    /// A project may use it whose settings cannot be read.
    #[error("the settings of {root} cannot be read, so it may be in use there")]
    Doubt {
        /// The project.
        root: Utf8PathBuf,
    },
    /// Nobody needs it, but it is younger than what is asked for.
    #[error("not that old")]
    Young,
    /// An engine that does not answer, or is left alone, may have more of it.
    #[error("{engine} was not asked, and may have its home")]
    Silent {
        /// The engine.
        engine: EngineName,
    },
    /// ocx itself works with it.
    #[error("ocx's own")]
    Own,
}

/// Why something goes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unneeded {
    /// Another image has its name.
    #[error("replaced by a newer one")]
    Replaced,
    /// There are enough newer ones.
    #[error("an old version")]
    Old,
    /// No project uses it.
    #[error("no known project uses it")]
    Unused,
    /// It was left by an ocx that was interrupted.
    #[error("left over")]
    LeftOver,
    /// The directory of its project is gone.
    #[error("its project is gone: {root}")]
    ProjectGone {
        /// Where that was.
        root: Utf8PathBuf,
    },
}

/// Whether what holds the user's data goes as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithUserData {
    /// It does.
    Yes,
    /// It stays.
    No,
}

/// What is removed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// An image of an engine.
    Image(EngineName, ImageId),
    /// A volume of an engine, and the store of its project.
    Volume(EngineName, VolumeName, Utf8PathBuf),
    /// A directory in the cache.
    Cached(Utf8PathBuf),
    /// The store of the project at this root.
    Store(Utf8PathBuf, Utf8PathBuf),
    /// What lies in the trash of a directory.
    Trash(Utf8PathBuf),
    /// It is never removed.
    Nothing(Utf8PathBuf),
}
