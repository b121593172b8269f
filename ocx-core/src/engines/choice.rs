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
    ops::{self, Ocx},
    project::Project,
    report::{Reporter, Silent},
    runtime::{EngineKey, EngineName, RuntimeError},
    settings::{RuntimeChoice, Settings},
    trust::writable_places,
};

/// The engine that the settings mean. Where they leave it open and more than one is installed: the
/// one that answers; if several do, the one that has the project's ocx image, and else the first in
/// the order of `backends`. What was chosen is remembered, so that a later choice asks nobody.
///
/// # Errors
///
/// If no engine is there, or the one that the settings name is not, or none of several answers.
///
/// # Examples
///
/// ```no_run
/// use std::sync::Arc;
///
/// use ocx_core::{Host, Ocx, Project, Settings, engines::{self, Backend, ChoiceError}};
///
/// /// `backends` are `ocx_docker::backend()`, `ocx_podman::backend()`, or one of your own.
/// async fn ocx(
///     backends: &[Arc<dyn Backend>],
///     host: Host,
///     project: Project,
///     settings: Settings,
/// ) -> Result<Ocx, ChoiceError> {
///     let engine = engines::choose(backends, &host, &project, &settings).await?;
///     println!("on {}", engine.name());
///     Ok(Ocx::new(host, project, settings, engine))
/// }
/// ```
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
///
/// # Examples
///
/// ```no_run
/// use std::sync::Arc;
///
/// use ocx_core::{Host, Ocx, Project, Settings, engines::{Backend, Choice}, ops};
///
/// # async fn example(
/// #     backends: &[Arc<dyn Backend>],
/// #     host: Host,
/// #     project: Project,
/// #     settings: Settings,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// let choice = Choice::new(backends, &host, &project, &settings)?;
/// let ocx = Ocx::new(host, project, settings, choice.engine().await?);
/// if let Err(error) = ops::probe_engine(&ocx).await
///     && choice.forget_after(&error)
/// {
///     // Another one may be there.
///     println!("now on {}", choice.engine().await?.name());
/// }
/// # Ok(())
/// # }
/// ```
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
        // No program of the agent's is taken for an engine.
        let host = &host
            .clone()
            .without_programs_in(&writable_places(project, settings));
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
    pub fn forget_after(&self, error: &RuntimeError) -> bool {
        let is_gone = matches!(
            error,
            RuntimeError::NotInstalled { .. }
                | RuntimeError::Unreachable { .. }
                | RuntimeError::TimedOut { .. }
                | RuntimeError::Denied { .. }
                | RuntimeError::TooOld { .. }
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
        let answers = join_all(all.iter().map(|(_, ocx)| ops::probe_engine(ocx))).await;
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
    NoneAnswers(Box<RuntimeError>),
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

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, atomic::AtomicUsize};

    use super::*;
    use crate::{
        project::sandbox::Sandbox,
        report::{Event, EventKind},
        runtime::{CommandError, CommandLine, Execution, Failure, MockContainerRuntime, Trouble},
        testing,
    };

    /// Finds what it was given.
    #[derive(Debug)]
    struct Shelf(EngineName, Option<Engine>);

    impl Backend for Shelf {
        fn name(&self) -> EngineName {
            self.0
        }

        fn find(&self, _: &Host) -> Option<Engine> {
            self.1.clone()
        }

        fn remedies(&self, _: Trouble) -> Vec<String> {
            Vec::new()
        }
    }

    /// What is the matter with an engine that is installed.
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum State {
        Silent,
        Answers,
        HasImage,
    }

    const NAMES: [&str; 2] = ["docker", "podman"];

    /// Two engines, and how often they were asked.
    struct World {
        sandbox: Sandbox,
        project: Project,
        settings: Settings,
        backends: Vec<Arc<dyn Backend>>,
        asked: Arc<AtomicUsize>,
    }

    impl World {
        fn new(runtime: &str, states: [Option<State>; 2]) -> Self {
            let sandbox = Sandbox::new();
            let project = sandbox.project();
            let settings = Settings::builder(&sandbox.host, &project)
                .with("runtime", runtime)
                .and_then(|settings| settings.with("custom_base_image", "team"))
                .and_then(|settings| settings.with("opencode_version", "1.18.33"))
                .and_then(|settings| settings.build())
                .unwrap();
            let asked = Arc::default();
            let backends = NAMES
                .into_iter()
                .zip(states)
                .map(|(name, state)| -> Arc<dyn Backend> {
                    let name = EngineName::from_static(name);
                    let found = state.map(|state| engine(name, state, Arc::clone(&asked)));
                    Arc::new(Shelf(name, found))
                })
                .collect();
            Self {
                sandbox,
                project,
                settings,
                backends,
                asked,
            }
        }

        fn choice(&self) -> Result<Choice, ChoiceError> {
            let (host, project) = (&self.sandbox.host, &self.project);
            Choice::new(&self.backends, host, project, &self.settings)
        }

        async fn chosen(&self) -> Result<&'static str, ChoiceError> {
            let (host, project) = (&self.sandbox.host, &self.project);
            let engine = choose(&self.backends, host, project, &self.settings).await?;
            Ok(NAMES
                .into_iter()
                .find(|&name| engine.name() == EngineName::from_static(name))
                .unwrap())
        }

        /// How often an engine was asked since the last time.
        fn asked(&self) -> usize {
            self.asked.swap(0, Ordering::Relaxed)
        }
    }

    fn engine(name: EngineName, state: State, asked: Arc<AtomicUsize>) -> Engine {
        let key = EngineKey::new(&[&name.to_string()]);
        let mut mock = MockContainerRuntime::new();
        mock.expect_name().return_const(name);
        mock.expect_key().return_const(key.clone());
        mock.expect_execution().return_const(Execution::Run);
        mock.expect_engine_info().returning(move || {
            asked.fetch_add(1, Ordering::Relaxed);
            if state == State::Silent {
                return Err(unreachable(name));
            }
            Ok(testing::engine_info())
        });
        mock.expect_find_images().returning(move |names| {
            let found = |name: &crate::image::ImageReference| {
                let is_there = state == State::HasImage || name.as_str() == "team";
                is_there.then(testing::image_info)
            };
            Ok(names.iter().map(found).collect())
        });
        let runtime = Arc::new(mock);
        Engine::new(name, key, move |connection| {
            let line = "connected";
            connection
                .reporter
                .report(EventKind::EngineCommand { line }.into());
            Arc::clone(&runtime) as _
        })
    }

    fn unreachable(engine: EngineName) -> RuntimeError {
        RuntimeError::Unreachable {
            engine,
            source: CommandError {
                command: CommandLine::new("docker info", "docker info"),
                failure: Failure::Code(1),
                stderr: String::new(),
                told: false,
                step: None,
            },
        }
    }

    #[tokio::test]
    async fn the_best_of_those_that_are_there() {
        use State::{Answers, HasImage, Silent};

        for (states, best, asked) in [
            ([Some(Silent), None], "docker", 0),
            ([None, Some(Silent)], "podman", 0),
            ([Some(Silent), Some(Answers)], "podman", 2),
            ([Some(HasImage), Some(Silent)], "docker", 2),
            ([Some(Answers), Some(Answers)], "docker", 2),
            ([Some(Answers), Some(HasImage)], "podman", 2),
            ([Some(HasImage), Some(Answers)], "docker", 2),
            ([Some(HasImage), Some(HasImage)], "docker", 2),
        ] {
            let world = World::new("auto", states);
            assert_eq!(world.chosen().await.unwrap(), best);
            assert_eq!(world.asked(), asked, "{best}");
            // What was found out is remembered.
            assert_eq!(world.chosen().await.unwrap(), best);
            assert_eq!(world.asked(), 0, "{best}");
        }
    }

    #[tokio::test]
    async fn of_several_that_do_not_answer_the_first_is_told() {
        let world = World::new("auto", [Some(State::Silent); 2]);
        let error = world.chosen().await.unwrap_err();
        assert!(matches!(error, ChoiceError::NoneAnswers(_)), "{error:?}");
        assert_eq!(error.to_string(), "docker does not answer");
    }

    #[tokio::test]
    async fn a_name_in_the_settings_decides() {
        use State::{HasImage, Silent};

        let world = World::new("podman", [Some(HasImage), Some(Silent)]);
        assert_eq!(world.chosen().await.unwrap(), "podman");
        assert_eq!(world.asked(), 0);
        let world = World::new("podman", [Some(HasImage), None]);
        assert_eq!(
            world.chosen().await.unwrap_err().to_string(),
            "`podman` is not installed"
        );
        let world = World::new("nerdctl", [Some(HasImage), None]);
        assert_eq!(
            world.chosen().await.unwrap_err().to_string(),
            "there is no engine called `nerdctl`, expected `auto` or one of `docker`, `podman`"
        );
    }

    #[tokio::test]
    async fn a_name_means_the_first_engine_that_has_it() {
        let mut world = World::new("podman", [Some(State::Answers), Some(State::Answers)]);
        let [docker, podman] = NAMES.map(EngineName::from_static);
        let alias = engine(docker, State::Answers, Arc::default()).also_called(podman);
        world.backends[0] = Arc::new(Shelf(docker, Some(alias)));
        assert_eq!(world.chosen().await.unwrap(), "docker");
    }

    #[test]
    fn without_any_engine_all_are_named() {
        let mut world = World::new("auto", [None, None]);
        let told = || world.choice().unwrap_err().to_string();
        assert_eq!(
            told(),
            "there is no container engine: neither `docker` nor `podman` is in PATH"
        );
        world.backends.pop();
        let told = || world.choice().unwrap_err().to_string();
        assert_eq!(
            told(),
            "there is no container engine: `docker` is not in PATH"
        );
        for name in ["podman", "nerdctl"] {
            let name = EngineName::from_static(name);
            world.backends.push(Arc::new(Shelf(name, None)));
        }
        assert_eq!(
            world.choice().unwrap_err().to_string(),
            "there is no container engine: none of `docker`, `podman`, `nerdctl` is in PATH"
        );
    }

    #[tokio::test]
    async fn an_engine_that_has_gone_is_forgotten() {
        let world = World::new("auto", [Some(State::Answers); 2]);
        let docker = EngineName::from_static("docker");
        let gone = unreachable(docker);
        let other = RuntimeError::Interrupted { signal: 2 };

        let first = world.choice().unwrap();
        first.engine().await.unwrap();
        // It was asked just now, so another choice would be the same.
        assert!(!first.forget_after(&gone));
        world.asked();
        world.chosen().await.unwrap();
        assert_eq!(world.asked(), 2, "it is forgotten all the same");

        let second = world.choice().unwrap();
        second.engine().await.unwrap();
        assert!(!second.forget_after(&other));
        world.chosen().await.unwrap();
        assert_eq!(world.asked(), 0, "the engine is there");
        assert!(second.forget_after(&gone));
        second.engine().await.unwrap();
        assert_eq!(world.asked(), 2);
        assert!(!second.forget_after(&gone));
    }

    #[tokio::test]
    async fn what_is_asked_is_told() {
        #[derive(Debug, Default)]
        struct Heard(Mutex<Vec<String>>);

        impl Reporter for Heard {
            fn report(&self, event: Event<'_>) {
                if let EventKind::EngineCommand { line } = event.kind {
                    self.0.lock().unwrap().push(line.to_owned());
                }
            }
        }

        let world = World::new("auto", [Some(State::Answers); 2]);
        let heard = Arc::new(Heard::default());
        let choice = world
            .choice()
            .unwrap()
            .reporting_to(Arc::clone(&heard) as _);
        choice.engine().await.unwrap();
        assert!(heard.0.lock().unwrap().contains(&"connected".to_owned()));
    }
}
