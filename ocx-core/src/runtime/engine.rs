//! An engine that was found, and what finds it.

use std::{fmt, sync::Arc};

use camino::Utf8PathBuf;

use crate::{
    cancellation::Cancellation,
    host::Host,
    report::{Reporter, Silent},
    runtime::{ContainerRuntime, EngineKey, EngineName, Execution},
};

/// What finds an engine on a host. A backend crate has one for each engine that it knows.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use ocx_core::{
///     Host,
///     engine::{CliRuntime, Client, Dialect},
///     engines::{Backend, Engine, Trouble},
///     runtime::{EngineKey, EngineName},
/// };
///
/// const NAME: EngineName = EngineName::from_static("nerdctl");
///
/// /// What finds an engine with a command line like Docker's, for which somebody has written a `Dialect`.
/// #[derive(Debug)]
/// struct Nerdctl<D>(D);
///
/// impl<D: Dialect + Clone> Backend for Nerdctl<D> {
///     fn name(&self) -> EngineName {
///         NAME
///     }
///
///     fn find(&self, host: &Host) -> Option<Engine> {
///         let program = host.find_program("nerdctl")?;
///         // Whatever else decides which engine that is belongs into its key.
///         let key = EngineKey::new(&[NAME.as_str(), &EngineKey::of_file(&program)]);
///         let client = Client::new(program, host.environment.clone(), key.clone());
///         let dialect = self.0.clone();
///         Some(Engine::new(NAME, key, move |connection| {
///             Arc::new(CliRuntime::new(dialect.clone(), client.clone(), connection))
///         }))
///     }
///
///     fn remedies(&self, _trouble: Trouble) -> Vec<String> {
///         Vec::new()
///     }
/// }
/// ```
pub trait Backend: fmt::Debug + Send + Sync {
    /// The name by which settings ask for the engine.
    fn name(&self) -> EngineName;

    /// The engine, if it is installed. Must not run a program: it is asked at each start.
    fn find(&self, host: &Host) -> Option<Engine>;

    /// What a user can do about trouble with the engine, the best first: sentences without a full
    /// stop. They name no option of the program that shows them.
    fn remedies(&self, trouble: Trouble) -> Vec<String>;
}

/// What can be the matter with an engine as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// It is not installed.
    NotInstalled,
    /// It does not answer.
    Unreachable,
    /// It is there and takes too long to answer.
    Hangs,
    /// The user may not use it.
    Denied,
    /// It is too old.
    TooOld,
    /// An image could not be fetched from the registry that is meant where none is named, and perhaps
    /// it wants to know who the user is.
    LoginNeeded,
    /// It gives its containers more than it should.
    Unconfined,
}

/// How a runtime works with its engine.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Connection {
    /// Whether it really changes the engine.
    pub execution: Execution,
    /// Hears what is asked of the engine, and what that prints while it works.
    pub reporter: Arc<dyn Reporter>,
    /// Ends what runs in the foreground.
    pub cancellation: Cancellation,
    /// A directory for records of what is made for a moment, so that it is found and removed by a later
    /// process if this one is killed. It need not exist; without one nothing is recorded.
    pub records: Option<Utf8PathBuf>,
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            execution: Execution::Run,
            reporter: Arc::new(Silent),
            cancellation: Cancellation::new(),
            records: None,
        }
    }
}

/// Makes a runtime.
type Connect = dyn Fn(Connection) -> Arc<dyn ContainerRuntime> + Send + Sync + 'static;

/// An engine that was found. Nothing was sent to it yet.
#[derive(Clone)]
pub struct Engine {
    names: Vec<EngineName>,
    key: EngineKey,
    connect: Arc<Connect>,
}

impl Engine {
    /// An engine called `name`. `connect` makes a runtime for it, which must have this name and key.
    pub fn new(
        name: EngineName,
        key: EngineKey,
        connect: impl Fn(Connection) -> Arc<dyn ContainerRuntime> + Send + Sync + 'static,
    ) -> Self {
        Self {
            names: vec![name],
            key,
            connect: Arc::new(connect),
        }
    }

    /// The engine behind a runtime that a program has made itself, which says itself whether it
    /// really does what it is asked to do.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use std::sync::Arc;
    ///
    /// use ocx_core::{Host, Ocx, Project, Settings, engines::Engine, runtime::ContainerRuntime};
    ///
    /// /// `runtime` may be an engine of your own, or one of `ocx_core::testing`.
    /// fn ocx(runtime: Arc<dyn ContainerRuntime>, host: Host, project: Project, settings: Settings) -> Ocx {
    ///     Ocx::new(host, project, settings, Engine::of(runtime))
    /// }
    /// ```
    #[must_use]
    pub fn of(runtime: Arc<dyn ContainerRuntime>) -> Self {
        Self::new(runtime.name(), runtime.key(), move |_| Arc::clone(&runtime))
    }

    /// The same engine, which is also meant where the settings say `name`: a program called `docker`
    /// may be Podman.
    #[must_use]
    pub fn also_called(mut self, name: EngineName) -> Self {
        self.names.push(name);
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> EngineName {
        self.names[0]
    }

    /// Whether the settings mean this engine by `name`.
    #[must_use]
    pub fn is_called(&self, name: &EngineName) -> bool {
        self.names.contains(name)
    }

    /// What tells it from other engines.
    #[must_use]
    pub fn key(&self) -> &EngineKey {
        &self.key
    }

    /// A runtime that works with the engine. Sends nothing to it yet.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(engine: ocx_core::engines::Engine) -> Result<(), Box<dyn std::error::Error>> {
    /// use ocx_core::engines::Connection;
    ///
    /// let runtime = engine.connect(Connection::default());
    /// println!("{} {}", runtime.name(), runtime.engine_info().await?.version);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn connect(&self, connection: Connection) -> Arc<dyn ContainerRuntime> {
        (self.connect)(connection)
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("names", &self.names)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
