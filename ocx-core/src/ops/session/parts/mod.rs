//! What surrounds a session's container. Each part is one file: it prepares something, adds to the
//! container, and puts in order what the session leaves.

mod bridge;
mod caches;
mod carried;
mod config_copy;
mod credentials;
mod data;
mod files;
mod git;
mod home;
mod java;
mod keys;
mod login;
mod more_config;
mod paths;
mod ports;
mod project_config;
mod server;
mod ssh_agent;
mod trust;
mod user_git;
mod variables;
mod workspace;

use std::{collections::BTreeMap, fmt, time::Duration};

pub(super) use bridge::doorways;
pub(in crate::ops) use home::marker as home_marker;

use async_trait::async_trait;
use camino::Utf8Path;

use crate::ops::{
    Ocx, SessionError,
    session::{Program, carried::Carried, keys::OutsideKeys, project_config::ProjectConfig},
};
use crate::{
    base::BasePlan,
    credentials::Reach,
    image::OpencodeVersion,
    session::{
        SessionId,
        plan::{Contribution, Overlays},
    },
    settings::ExtraMount,
    spec::{ContainerName, VolumeSpec},
    state::{HomeParent, PrivatePath, ProjectStore},
};

/// How long the container of a session that nobody waits for gets to end.
pub(in crate::ops) const GRACE: Duration = Duration::from_secs(5);

/// All parts, in the order in which they begin. Their guards end in the reverse order.
pub(in crate::ops) const ALL: [&dyn Part; 22] = [
    &home::Home,
    &data::Data,
    &files::Files,
    &trust::Fingerprints,
    // Before the keys are, or are not, where other sessions would see them.
    &keys::Keys,
    &config_copy::ConfigCopy,
    &credentials::Credentials,
    // Before the variables, which may say otherwise: this and the agent.
    &bridge::Network,
    &ports::Ports,
    // Behind the ports of the settings, of which the login may need one.
    &login::Login,
    &ssh_agent::SshAgent,
    // Before the variables, too: the settings may say otherwise.
    &java::Java,
    &variables::Variables,
    &project_config::LeaveOut,
    &more_config::MoreConfig,
    &server::Server,
    &workspace::Workspace,
    // These two below directories that the workspace brings along.
    &caches::Caches,
    &carried::Carried,
    // Its guard uses Git when it ends, so that of Git's files has ended before.
    &paths::Paths,
    &git::Git,
    // What Git reads has been put in order.
    &user_git::OwnGit,
];

/// What the parts are told of the session that is about to begin.
#[derive(Debug)]
pub(in crate::ops) struct Opening<'a> {
    /// Host, project, settings and engine.
    pub(in crate::ops) ocx: &'a Ocx,
    /// The version of opencode in the image.
    pub(in crate::ops) version: &'a OpencodeVersion,
    /// The base image's name.
    pub(in crate::ops) base_plan: &'a BasePlan,
    /// Variables of the base, as far as they are known.
    pub(in crate::ops) base_variables: &'a BTreeMap<String, String>,
    /// What runs in the container.
    pub(in crate::ops) program: &'a Program,
    /// What becomes of the project's configuration of opencode.
    pub(in crate::ops) project_config: &'a ProjectConfig,
    /// The session's ID.
    pub(in crate::ops) session: &'a SessionId,
    /// The name of its container.
    pub(in crate::ops) container: &'a ContainerName,
    /// The volume of the home directory, if it outlives the session.
    pub(in crate::ops) home: Option<&'a VolumeSpec>,
    /// Whose keys and logins it gets.
    pub(in crate::ops) reach: &'a Reach,
    /// The keys of those that it does not get.
    pub(in crate::ops) keys: &'a OutsideKeys,
    /// The project's directory among ocx's own.
    pub(in crate::ops) store: &'a ProjectStore,
    /// Directories that the project's sessions have for themselves.
    pub(in crate::ops) private: &'a [PrivatePath],
    /// What of the user's own lies elsewhere and comes along.
    pub(in crate::ops) carried: &'a Carried,
    /// Caches that the sessions of all projects share.
    pub(in crate::ops) caches: &'a [ExtraMount],
    /// All that is mounted below the home directory besides what each session has there.
    pub(in crate::ops) more_mounts: &'a [ExtraMount],
    /// Directories on the way to those.
    pub(in crate::ops) home_parents: &'a [HomeParent],
}

impl Opening<'_> {
    /// What of the session's own lies over the project's files, which are in `root`.
    fn overlays(&self, root: &Utf8Path) -> Overlays<'_> {
        Overlays {
            has_tmp: root.join("tmp").is_dir(),
            private: self.private,
            home: self.home_parents,
        }
    }
}

/// A part of a session.
#[async_trait]
pub(in crate::ops) trait Part: Sync {
    /// What it is for, in words for the user: `your logins`.
    fn purpose(&self) -> &'static str;

    /// Prepares what the part needs. In a dry run, files are prepared all the same, so that what is
    /// printed can be run.
    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, SessionError>;
}

/// What a part has begun.
#[derive(Debug, Default)]
pub(in crate::ops) struct Begun {
    /// What it adds to the container.
    pub(in crate::ops) contribution: Contribution,
    /// What it holds while the session runs.
    pub(in crate::ops) guard: Option<Box<dyn Guard>>,
}

impl From<Contribution> for Begun {
    fn from(contribution: Contribution) -> Self {
        Self {
            contribution,
            guard: None,
        }
    }
}

impl Contribution {
    fn guarded_by(self, guard: impl Guard + 'static) -> Begun {
        Begun {
            contribution: self,
            guard: Some(Box::new(guard)),
        }
    }
}

/// What a part holds while a session runs. Dropping it releases locks; [`end`](Self::end) does the
/// rest, also when the session's future was dropped.
#[async_trait]
pub(in crate::ops) trait Guard: fmt::Debug + Send {
    /// Runs beside the container. It ends only if the session has to be stopped, with the reason.
    async fn watch(&mut self, _ocx: &Ocx) -> SessionError {
        std::future::pending().await
    }

    /// Puts in order what the session left, after its container has ended. Failures are told as
    /// events: whoever ended the session can do nothing about them.
    async fn end(self: Box<Self>, ocx: &Ocx);
}

/// Something that is held, and that only has to be let go.
#[derive(Debug)]
struct Held<T>(T);

#[async_trait]
impl<T: fmt::Debug + Send> Guard for Held<T> {
    async fn end(self: Box<Self>, _ocx: &Ocx) {
        drop(self.0);
    }
}
