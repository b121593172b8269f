//! The disks and the engines that are meant, also where there is no project.

use std::sync::Arc;

use ocx_core::{
    engines::{ChoiceError, Engine},
    host::Host,
    ops::{Disk, DiskUsage},
    project::Project,
    runtime::EngineName,
    settings::RuntimeChoice,
};

use crate::{
    args::GlobalArgs, backends, commands::doctor, context::Context, failure::Failure,
    reporter::TerminalReporter, ui::Ui,
};

/// What the commands about disks work with.
pub(in crate::commands) struct Scene {
    pub(in crate::commands) host: Host,
    pub(in crate::commands) disk: Disk,
    /// The setting.
    pub(in crate::commands) keep_versions: usize,
}

/// Where ocx is, and what is set there.
struct Place {
    host: Host,
    project: Option<Project>,
    engine: Option<EngineName>,
    keep_versions: usize,
}

impl Scene {
    /// With all engines that are installed, or the one that the settings or a flag name.
    pub(in crate::commands) fn prepare(global: &GlobalArgs) -> Result<Self, Failure> {
        let Place {
            host,
            project,
            engine: named,
            keep_versions,
        } = Place::of(global)?;
        let found: Vec<Engine> = backends::all()
            .iter()
            .filter_map(|backend| backend.find(&host))
            .collect();
        let (engines, others): (Vec<Engine>, Vec<Engine>) = found
            .into_iter()
            .partition(|engine| named.is_none_or(|name| engine.is_called(&name)));
        if let Some(name) = named.filter(|_| engines.is_empty()) {
            return Err(Failure::Choice(ChoiceError::NotInstalled { name }));
        }
        let left_alone = others.iter().map(Engine::name).collect();
        let disk = Disk::new(host.clone(), engines)
            .leaving_alone(left_alone)
            .reporting_to(Arc::new(TerminalReporter::new(global, &host)));
        Ok(Self {
            host,
            disk: match project {
                Some(project) => disk.knowing(project),
                None => disk,
            },
            keep_versions,
        })
    }
}

impl Place {
    fn of(global: &GlobalArgs) -> Result<Self, Failure> {
        match Context::anywhere(global) {
            Ok(context) => {
                let settings = context.loaded.settings;
                let engine = match settings.runtime {
                    RuntimeChoice::Named(name) => Some(name),
                    RuntimeChoice::Auto => None,
                };
                let is_project = context.project.refusal.is_none();
                Ok(Self {
                    host: context.host,
                    project: is_project.then_some(context.project),
                    engine,
                    keep_versions: settings.keep_versions,
                })
            }
            Err(_) => {
                let host =
                    doctor::without_programs_of_the_project(global, &Host::of_this_process()?);
                let names = backends::all().into_iter().map(|backend| backend.name());
                let flag = global.runtime.as_deref();
                let mut names = names.filter(|name| Some(name.as_str()) == flag);
                Ok(Self {
                    host,
                    project: None,
                    engine: names.next(),
                    // How many are to stay is not known now, so all do.
                    keep_versions: usize::MAX,
                })
            }
        }
    }
}

/// One line for each engine that does not answer.
pub(in crate::commands) fn name_silent(ui: Ui, usage: &DiskUsage) {
    for (engine, error) in &usage.silent {
        ui.warning(&format!("{engine} is left alone: {error}"));
    }
}
