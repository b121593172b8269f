//! The choice of an engine: the one that the settings name, or the best of those that are there.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use camino::Utf8PathBuf;
use futures_util::future::join_all;

use super::{Backend, Engine};
use crate::{
    disk,
    host::Host,
    ops::{self, Ocx, OcxError},
    project::Project,
    report::{Reporter, Silent},
    runtime::{EngineKey, EngineName, RuntimeError},
    settings::{RuntimeChoice, Settings},
};

/// The engine that the settings mean. Where they leave it open and more than one is installed: the
/// one that answers; if several do, the one that has the project's ocx image, and else the first in
/// the order of `backends`. What was chosen is remembered, so that a later choice asks nobody.
///
/// # Errors
///
/// If no engine is there, or the one that the settings name is not, or none of several answers.
pub async fn choose(
    backends: &[Arc<dyn Backend>],
    host: &Host,
    project: &Project,
    settings: &Settings,
) -> Result<Engine, ChoiceError> {
    Choice::new(backends, host, project, settings)?
        .engine()
        .await
}

/// A choice that is made when it is needed, and can be made anew when an engine has gone.
#[derive(Debug)]
pub struct Choice {
    candidates: Vec<Engine>,
    memory: Memory,
    host: Host,
    project: Project,
    settings: Settings,
    reporter: Arc<dyn Reporter>,
    /// Whether the engine is one that was chosen before, so that it may be gone.
    recalled: AtomicBool,
}

impl Choice {
    /// The engines that the settings and the installed programs leave. Runs no program.
    ///
    /// # Errors
    ///
    /// If none is left.
    pub fn new(
        backends: &[Arc<dyn Backend>],
        host: &Host,
        project: &Project,
        settings: &Settings,
    ) -> Result<Self, ChoiceError> {
        let mut candidates: Vec<Engine> = Vec::new();
        for found in backends.iter().filter_map(|backend| backend.find(host)) {
            candidates.push(found);
        }
        if let RuntimeChoice::Named(name) = &settings.runtime {
            if !backends.iter().any(|backend| backend.name() == *name) {
                return Err(ChoiceError::Unknown {
                    name: *name,
                    known: backends.iter().map(|backend| backend.name()).collect(),
                });
            }
            candidates.retain(|engine| engine.is_called(name));
            candidates.truncate(1);
            if candidates.is_empty() {
                return Err(ChoiceError::NotInstalled { name: *name });
            }
        }
        if candidates.is_empty() {
            return Err(ChoiceError::None {
                known: backends.iter().map(|backend| backend.name()).collect(),
            });
        }
        let parts: Vec<&str> = candidates
            .iter()
            .map(|engine| engine.key().as_str())
            .chain([project.id.as_str()])
            .collect();
        let name = format!("choice-{}.json", EngineKey::new(&parts).as_str());
        let memory = Memory {
            file: host.dirs.cache.join("engines").join(name),
        };
        Ok(Self {
            candidates,
            memory,
            host: host.clone(),
            project: project.clone(),
            settings: settings.clone(),
            reporter: Arc::new(Silent),
            recalled: AtomicBool::new(false),
        })
    }

    /// The same, and what is asked of the engines is told to `reporter`.
    #[must_use]
    pub fn reporting_to(self, reporter: Arc<dyn Reporter>) -> Self {
        Self { reporter, ..self }
    }

    /// The chosen engine.
    ///
    /// # Errors
    ///
    /// If there are several, and none of them answers.
    pub async fn engine(&self) -> Result<Engine, ChoiceError> {
        if let [only] = &self.candidates[..] {
            return Ok(only.clone());
        }
        let remembered = self.remembered();
        self.recalled.store(remembered.is_some(), Ordering::Relaxed);
        if let Some(engine) = remembered {
            return Ok(engine.clone());
        }
        let chosen = self.ask().await?;
        self.memory.remember(&chosen.name());
        Ok(chosen)
    }

    /// Forgets the choice, since the engine failed with this error. `true` if the engine was chosen some
    /// time ago and may be gone, so that another choice may help.
    pub fn forget_after(&self, error: &OcxError) -> bool {
        let is_gone = matches!(
            error,
            OcxError::Runtime(
                RuntimeError::NotInstalled { .. }
                    | RuntimeError::Unreachable { .. }
                    | RuntimeError::TimedOut { .. }
                    | RuntimeError::Denied { .. }
                    | RuntimeError::TooOld { .. }
            )
        );
        if is_gone {
            self.memory.forget();
        }
        is_gone && self.recalled.load(Ordering::Relaxed)
    }

    fn ocx(&self, engine: Engine) -> Ocx {
        let (host, project) = (self.host.clone(), self.project.clone());
        Ocx::new(host, project, self.settings.clone(), engine)
            .reporting_to(Arc::clone(&self.reporter))
    }

    fn remembered(&self) -> Option<&Engine> {
        let name = self.memory.recall()?;
        self.candidates.iter().find(|engine| engine.name() == name)
    }

    async fn ask(&self) -> Result<Engine, ChoiceError> {
        let all: Vec<(Engine, Ocx)> = self
            .candidates
            .iter()
            .map(|engine| (engine.clone(), self.ocx(engine.clone())))
            .collect();
        let answers = join_all(all.iter().map(|(_, ocx)| ops::meet_engine(ocx))).await;
        let mut first_error = None;
        let mut answering = Vec::new();
        for (one, answer) in all.iter().zip(answers) {
            match answer {
                Ok(()) => answering.push(one),
                Err(error) => {
                    first_error.get_or_insert(error);
                }
            }
        }
        if let [(only, _)] = answering[..] {
            return Ok(only.clone());
        }
        let with_image = join_all(answering.iter().map(|(_, ocx)| ops::has_image(ocx))).await;
        let best = answering
            .iter()
            .zip(with_image)
            .find(|(_, has)| matches!(has, Ok(true)))
            .map(|(one, _)| *one)
            .or(answering.first().copied());
        match (best, first_error) {
            (Some((engine, _)), _) => Ok(engine.clone()),
            (None, Some(error)) => Err(ChoiceError::NoneAnswers(Box::new(error))),
            (None, None) => Err(ChoiceError::None { known: Vec::new() }),
        }
    }
}

/// What was chosen before. It is forgotten with whatever it depends on: another program, another
/// socket, another project; and when the chosen engine does not answer any more.
#[derive(Debug)]
struct Memory {
    file: Utf8PathBuf,
}

impl Memory {
    fn recall(&self) -> Option<EngineName> {
        disk::read_json(&self.file)
    }

    fn forget(&self) {
        // Without it the engines are only asked once more.
        let _ = fs::remove_file(&self.file);
    }

    fn remember(&self, engine: &EngineName) {
        let _ = disk::write_json(&self.file, engine);
    }
}

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChoiceError {
    /// The settings name an engine that nobody knows.
    #[error("there is no engine called `{name}`, expected `auto` or one of {}", listed(.known))]
    Unknown {
        /// The name.
        name: EngineName,
        /// Those that are known.
        known: Vec<EngineName>,
    },
    /// The engine that the settings name is not there.
    #[error("`{name}` is not installed")]
    NotInstalled {
        /// The engine.
        name: EngineName,
    },
    /// No engine is there.
    #[error("there is no container engine: {} in PATH", absent(.known))]
    None {
        /// Those that were looked for.
        known: Vec<EngineName>,
    },
    /// There are several, and none of them answers. This is what the first one said.
    #[error(transparent)]
    NoneAnswers(Box<OcxError>),
}

fn absent(names: &[EngineName]) -> String {
    match names {
        [one] => format!("`{one}` is not"),
        [one, other] => format!("neither `{one}` nor `{other}` is"),
        _ => format!("none of {} is", listed(names)),
    }
}

fn listed(names: &[EngineName]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
