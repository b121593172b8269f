//! What every use case needs.

use super::EngineKey;
use crate::{
    host::Host,
    identity::{IdentityError, RequestedIds, user_mapping},
    opencode::{Registry, Store},
    plan::UserMapping,
    project::Project,
    report::{Event, Reporter},
    runtime::{ContainerRuntime, EngineInfo},
    settings::Settings,
};

/// An engine, a project and its settings, and where to tell what happens.
#[derive(Clone, Copy, Debug)]
pub struct Ocx<'a> {
    /// The engine.
    pub runtime: &'a dyn ContainerRuntime,
    /// Which engine it is, for what is remembered about it.
    pub engine_key: &'a EngineKey,
    /// The host.
    pub host: &'a Host,
    /// The project.
    pub project: &'a Project,
    /// The settings.
    pub settings: &'a Settings,
    /// The npm registry that opencode comes from.
    pub registry: &'a Registry,
    /// The cache of downloads.
    pub store: &'a Store,
    /// Hears what happens.
    pub reporter: &'a dyn Reporter,
    /// Whether the engine is really changed.
    pub mode: Mode,
    /// Version of ocx, for the labels of images.
    pub version: &'a str,
}

/// Whether the engine is really changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is.
    Execute,
    /// The runtime only tells what it would do. Files on the host are prepared all the same, so that
    /// the commands work when they are pasted into a shell.
    DryRun,
}

impl Ocx<'_> {
    /// How the user appears in the engine's containers.
    pub(super) fn user_in(&self, engine: &EngineInfo) -> Result<UserMapping, IdentityError> {
        let requested = RequestedIds::from(self.settings);
        user_mapping(self.runtime.name(), engine, &self.host.user, requested)
    }

    pub(super) fn step(&self, title: &str) {
        self.reporter.report(Event::Step { title });
    }

    pub(super) fn note(&self, message: &str) {
        self.reporter.report(Event::Note { message });
    }

    pub(super) fn warn(&self, message: &str) {
        self.reporter.report(Event::Warning { message });
    }
}
