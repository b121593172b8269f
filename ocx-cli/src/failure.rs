//! Why ocx ends without having done its job, and how that is shown.

use std::{io, process::ExitCode};

use camino::{Utf8Path, Utf8PathBuf};
use ocx_core::{
    clones::CloneError,
    detached::DetachedError,
    engines::ChoiceError,
    host::HostError,
    ops::{
        AdoptError, ApplyError, BuildError, BuildRuns, LoginsError, NetworkError, OcxError,
        SessionError, TakeLoginError,
    },
    project::ProjectError,
    runtime::{Exit, RuntimeError},
    scaffold::ScaffoldError,
    session_log::SessionLogError,
    settings::{EditError, Loaded, Origin, Passage, SettingsError},
    trust::TrustError,
};

use crate::{
    causes,
    clearance::SettingsNotTrusted,
    commands::init::InitError,
    detached::DetachError,
    exit_code, hints, output, program_hints,
    ui::{Ui, Verbosity},
};

/// The signal of Ctrl-C; it has this number on every Linux.
const SIGINT: i32 = 2;

/// Why ocx ends without having done its job.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("could not start the asynchronous runtime")]
    Start {
        #[source]
        source: io::Error,
    },
    #[error(transparent)]
    Host(#[from] HostError),
    #[error(transparent)]
    Project(#[from] ProjectError),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Edit(EditError),
    #[error(transparent)]
    Ocx(Box<OcxError>),
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    #[error(transparent)]
    Choice(ChoiceError),
    /// An engine that nobody knows, and where it is named.
    #[error("setting `runtime` {}: {error}", .origin.phrase())]
    UnknownEngine {
        error: ChoiceError,
        origin: Origin,
        /// The place in the file, if it stands in one.
        at: Option<Box<Passage>>,
    },
    /// The setting that asks for a mount, whose source is not there.
    #[error("setting `extra_mounts` {}: {error}", .origin.phrase())]
    Mount {
        error: Box<SessionError>,
        origin: Origin,
    },
    #[error(transparent)]
    Trust(#[from] TrustError),
    #[error(transparent)]
    SettingsNotTrusted(SettingsNotTrusted),
    /// Its value is not repeated.
    #[error("the variable `OCX_TRUST` holds no hash, as `ocx trust` prints them")]
    TrustVariable,
    #[error(transparent)]
    Init(#[from] InitError),
    #[error(transparent)]
    Logins(#[from] LoginsError),
    #[error(transparent)]
    Network(#[from] NetworkError),
    #[error(transparent)]
    Clone(#[from] CloneError),
    /// Nobody is there to be asked, and `command` does not ask.
    #[error("nothing is removed unless you say so, and there is no terminal to ask on")]
    PruneUnasked { command: String },
    /// ocx has made nothing that is called so; `list` lists what there is.
    #[error("ocx has made no {noun} `{name}`")]
    NothingOfThatName {
        noun: &'static str,
        name: String,
        list: &'static str,
    },
    /// It would fill whatever it writes to with what draws a screen, and wait for keys for ever.
    #[error("opencode's interface needs a terminal as standard input and output, and this is none")]
    NoTerminal,
    /// A session's container is thrown away, and with it what was changed of opencode.
    #[error(
        "`opencode {command}` would change a container that is thrown away: opencode is a part of its image"
    )]
    OpencodeOfImage { command: String },
    #[error(transparent)]
    Detach(#[from] DetachError),
    #[error(transparent)]
    SessionLog(#[from] SessionLogError),
    /// What it prints goes to its own terminal only.
    #[error("session {session} is in a terminal, or was, so what it prints is kept nowhere")]
    NotDetached { session: String },
    #[error("could not read {path}")]
    Read {
        path: Utf8PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("could not read the directory of opencode's logs")]
    Logs {
        #[source]
        source: io::Error,
    },
    #[error(transparent)]
    Adopt(#[from] AdoptError),
    #[error("`{root}` is not known to have been elsewhere, or has had sessions since")]
    NothingToAdopt {
        root: Utf8PathBuf,
        /// The projects that may have been meant.
        gone: Vec<Utf8PathBuf>,
    },
    #[error(transparent)]
    BuildRuns(#[from] BuildRuns),
    /// Nobody has chosen an editor, and there is none.
    #[error(
        "there is no editor: neither VISUAL nor EDITOR is set, and there is no `sensible-editor` or `vi`"
    )]
    NoEditor,
    /// The editor that the user has chosen is not there.
    #[error("there is no program for `{line}`, which the variable `{variable}` names as editor")]
    EditorMissing {
        variable: &'static str,
        line: String,
    },
    #[error("the editor {program} failed: {why}")]
    Editor { program: Utf8PathBuf, why: String },
    #[error("could not write {path}")]
    Write {
        path: Utf8PathBuf,
        #[source]
        source: io::Error,
    },
    /// The user has seen what the base would be built from, and does not want it.
    #[error("the base was not built, since you did not agree")]
    BuildDeclined,
    #[error("could not write to standard output")]
    Output {
        #[source]
        source: io::Error,
    },
}

impl From<OcxError> for Failure {
    fn from(error: OcxError) -> Self {
        Self::Ocx(Box::new(error))
    }
}

impl From<EditError> for Failure {
    fn from(error: EditError) -> Self {
        match error {
            EditError::Settings(error) => Self::Settings(error),
            error => Self::Edit(error),
        }
    }
}

impl From<ApplyError> for Failure {
    fn from(error: ApplyError) -> Self {
        OcxError::from(error).into()
    }
}

impl Failure {
    /// The failure of a choice of an engine. The settings say which one is meant.
    pub(crate) fn choice(error: ChoiceError, loaded: &Loaded) -> Self {
        match error {
            ChoiceError::NoneAnswers(error) => Self::Runtime(*error),
            ChoiceError::Unknown { .. } => Self::UnknownEngine {
                origin: loaded.origins.of("runtime").clone(),
                error,
                at: None,
            },
            error => Self::Choice(error),
        }
    }

    /// The same with the place in a settings file that it is about, if it is about one.
    pub(crate) fn at(self, passage: Option<Passage>) -> Self {
        match self {
            Self::UnknownEngine { error, origin, .. } => Self::UnknownEngine {
                error,
                origin,
                at: passage.map(Box::new),
            },
            other => other,
        }
    }

    /// The failure of a use case. The settings say where a mount is asked for.
    pub(crate) fn of(error: OcxError, loaded: &Loaded) -> Self {
        match error {
            OcxError::Session(error)
                if matches!(*error, SessionError::MountSourceMissing { .. }) =>
            {
                Self::Mount {
                    error,
                    origin: loaded.origins.of("extra_mounts").clone(),
                }
            }
            error => error.into(),
        }
    }

    /// Shows the failure, of this project, with its causes and what to do about it, and tells the exit code.
    ///
    /// What the engine printed while it worked is not shown twice; if ocx was quiet, it was not shown yet.
    pub(crate) fn show(&self, ui: Ui, project: &Utf8Path) -> ExitCode {
        if let Self::Detach(DetachError::Ended { said, .. }) = self {
            said.lines().for_each(output::line);
        }
        match self.passage() {
            Some(passage) => {
                output::error(&self.headline());
                output::passage(passage);
            }
            None => output::error(&self.to_string()),
        }
        causes::show(self, ui);
        if let Self::Ocx(error) = self
            && let OcxError::Build(error) = &**error
            && let BuildError::Verification { said, .. } = &**error
        {
            for (package, complaint) in said {
                output::cause_with_output(&format!("{package}: {complaint}"));
            }
        }
        for hint in hints::of_project(self, project) {
            output::hint(&hint);
        }
        if ui.says(Verbosity::Verbose)
            && let Some(more) = program_hints::in_full(self)
        {
            output::progress(&more);
        }
        ExitCode::from(self.exit_code())
    }

    /// Says that settings are wrong, and that it goes on without them.
    pub(crate) fn show_as_warning(&self, ui: Ui) {
        if !ui.says(Verbosity::Normal) {
            return;
        }
        ui.warning(&self.headline());
        if let Some(passage) = self.passage() {
            output::passage(passage);
        }
        causes::show(self, ui);
        for hint in hints::of(self) {
            ui.progress(&format!("hint: {hint}"));
        }
        ui.progress("it goes on with the defaults, and flags");
    }

    /// The place in a settings file that it is about.
    fn passage(&self) -> Option<&Passage> {
        match self {
            Self::Settings(error) => error.passage(),
            Self::UnknownEngine { at, .. } => at.as_deref(),
            _ => None,
        }
    }

    /// What is wrong, where the place is shown below it.
    fn headline(&self) -> String {
        match self {
            Self::Settings(error) => error.headline(),
            Self::UnknownEngine { error, .. } => format!("setting `runtime`: {error}"),
            other => other.to_string(),
        }
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Start { .. } => exit_code::INTERNAL,
            Self::Edit(EditError::Write { .. })
            | Self::Host(_)
            | Self::Output { .. }
            | Self::Write { .. }
            | Self::Read { .. }
            | Self::Editor { .. }
            | Self::Logs { .. }
            | Self::Trust(_) => exit_code::FILE,
            Self::Detach(error) => of_detach(error),
            Self::Edit(_)
            | Self::Project(_)
            | Self::Settings(_)
            | Self::SettingsNotTrusted(_)
            | Self::BuildDeclined
            | Self::NoEditor
            | Self::EditorMissing { .. }
            | Self::TrustVariable => exit_code::CONFIG,
            Self::Runtime(error) => exit_code::of_kind(error.kind()),
            Self::Choice(_) => exit_code::ENGINE_UNAVAILABLE,
            Self::UnknownEngine { .. } | Self::Mount { .. } => exit_code::CONFIG,
            Self::Ocx(error) => exit_code::of_kind(error.kind()),
            Self::Clone(error) => exit_code::of_kind(error.kind()),
            Self::PruneUnasked { .. }
            | Self::NoTerminal
            | Self::OpencodeOfImage { .. }
            | Self::NothingOfThatName { .. }
            | Self::NotDetached { .. } => exit_code::USAGE,
            Self::SessionLog(SessionLogError::Read { .. }) => exit_code::FILE,
            Self::SessionLog(_) => exit_code::USAGE,
            Self::BuildRuns(_) | Self::Adopt(AdoptError::Busy { .. }) => exit_code::IN_USE,
            Self::NothingToAdopt { .. } | Self::Adopt(AdoptError::Unknown { .. }) => {
                exit_code::USAGE
            }
            Self::Adopt(AdoptError::StillThere { .. } | AdoptError::HasItsOwn { .. }) => {
                exit_code::EXISTS
            }
            Self::Adopt(_) => exit_code::FILE,
            Self::Init(error) => of_init(error),
            Self::Logins(LoginsError::Take(
                TakeLoginError::Missing { .. } | TakeLoginError::WellKnown { .. },
            )) => exit_code::USAGE,
            Self::Logins(_) | Self::Network(_) => exit_code::FILE,
        }
    }
}

fn of_detach(error: &DetachError) -> u8 {
    match error {
        DetachError::Store(DetachedError::None { .. } | DetachedError::Ambiguous { .. })
        | DetachError::NoTerminal => exit_code::USAGE,
        DetachError::Ended { code, .. } => *code,
        DetachError::Interrupted => Exit::Interrupted { signal: SIGINT }.code(),
        DetachError::Store(_) => exit_code::FILE,
        DetachError::Start { .. } | DetachError::Terminal { .. } => exit_code::INTERNAL,
    }
}

fn of_init(error: &InitError) -> u8 {
    match error {
        InitError::NoSettings { .. } | InitError::NothingToExtend => exit_code::USAGE,
        InitError::Scaffold(
            ScaffoldError::HasSettings { .. }
            | ScaffoldError::Exists { .. }
            | ScaffoldError::NotADirectory { .. },
        ) => exit_code::EXISTS,
        InitError::Scaffold(
            ScaffoldError::Dockerfile(_)
            | ScaffoldError::OutsideProject { .. }
            | ScaffoldError::ReservedName { .. },
        ) => exit_code::CONFIG,
        InitError::Scaffold(ScaffoldError::Unreadable { .. })
        | InitError::Write { .. }
        | InitError::Terminal { .. } => exit_code::FILE,
        InitError::Interrupted => Exit::Interrupted { signal: SIGINT }.code(),
    }
}
