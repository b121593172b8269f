//! Why ocx ends without having done its job, and how that is shown.

use std::{error::Error, io, process::ExitCode};

use ocx_core::{
    engines::ChoiceError,
    host::HostError,
    opencode::FetchError,
    ops::OcxError,
    project::ProjectError,
    runtime::{CommandError, Exit, RuntimeError},
    scaffold::ScaffoldError,
    settings::{Loaded, Origin, SettingsError},
};

use crate::{commands::init::InitError, exit_code, hints, output};

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
    Ocx(#[from] OcxError),
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    #[error(transparent)]
    Choice(ChoiceError),
    /// An engine that nobody knows, and where it is named.
    #[error("setting `runtime` {}: {error}", .origin.phrase())]
    UnknownEngine { error: ChoiceError, origin: Origin },
    #[error(transparent)]
    Init(#[from] InitError),
    #[error("could not write to standard output")]
    Output {
        #[source]
        source: io::Error,
    },
}

impl Failure {
    /// The failure of a choice of an engine. The settings say which one is meant.
    pub(crate) fn choice(error: ChoiceError, loaded: &Loaded) -> Self {
        match error {
            ChoiceError::NoneAnswers(error) => Self::Ocx(*error),
            ChoiceError::Unknown { .. } => Self::UnknownEngine {
                origin: loaded.origins.of("runtime").clone(),
                error,
            },
            error => Self::Choice(error),
        }
    }

    /// Shows the failure with its causes and what to do about it, and tells the exit code.
    ///
    /// What the engine printed while it worked is not shown twice; with `quiet` it was not shown yet.
    pub(crate) fn show(&self, quiet: bool) -> ExitCode {
        output::error(&self.to_string());
        // Transparent errors show what is inside them, so their own causes are the next ones.
        let mut cause = self.source();
        while let Some(error) = cause {
            match error.downcast_ref::<CommandError>() {
                Some(error) if error.told && !quiet => output::cause(&error.summary()),
                _ => output::cause(&error.to_string()),
            }
            cause = error.source();
        }
        if let Self::Ocx(OcxError::Verification { said, .. }) = self {
            for (package, complaint) in said {
                output::cause(&format!("{package}: {complaint}"));
            }
        }
        for hint in hints::of(self) {
            output::hint(&hint);
        }
        ExitCode::from(self.exit_code())
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::Start { .. } => exit_code::INTERNAL,
            Self::Host(_) | Self::Output { .. } => exit_code::FILE,
            Self::Project(_) | Self::Settings(_) => exit_code::CONFIG,
            Self::Runtime(error) => of_runtime(error),
            Self::Choice(_) => exit_code::ENGINE_UNAVAILABLE,
            Self::UnknownEngine { .. } => exit_code::CONFIG,
            Self::Ocx(error) => of_ocx(error),
            Self::Init(error) => of_init(error),
        }
    }
}

fn of_ocx(error: &OcxError) -> u8 {
    match error {
        OcxError::Base(_)
        | OcxError::BaseMissing { .. }
        | OcxError::ImageMissing { .. }
        | OcxError::BaseOfAnother { .. }
        | OcxError::Identity(_)
        | OcxError::EmptyCommand
        | OcxError::NoSuchSession { .. }
        | OcxError::AmbiguousSession { .. }
        | OcxError::Remote { .. }
        | OcxError::Unconfined { .. } => exit_code::CONFIG,
        OcxError::OnBuild { .. }
        | OcxError::Probe(_)
        | OcxError::Path(_)
        | OcxError::NoShell { .. }
        | OcxError::Verification { .. } => exit_code::UNUSABLE_BASE,
        OcxError::BaseBuild(_) => exit_code::ENGINE_FAILED,
        OcxError::Program(problem) => problem.shell_code(),
        OcxError::Latest(_) => exit_code::NETWORK,
        OcxError::Fetch(error) => of_fetch(error),
        OcxError::Runtime(error) => of_runtime(error),
        OcxError::Context(_)
        | OcxError::ProjectStore(_)
        | OcxError::SessionFiles(_)
        | OcxError::ConfigCopy(_)
        | OcxError::Credentials(_)
        | OcxError::Content(_)
        | OcxError::File { .. } => exit_code::FILE,
        OcxError::EnvFile(_) => exit_code::CONFIG,
        OcxError::DataLock(_) => exit_code::IN_USE,
        OcxError::ImageVanished { .. } => exit_code::ENGINE_FAILED,
        _ => exit_code::INTERNAL,
    }
}

fn of_init(error: &InitError) -> u8 {
    match error {
        InitError::NoSettings { .. } => exit_code::USAGE,
        InitError::Scaffold(
            ScaffoldError::HasSettings { .. }
            | ScaffoldError::Exists { .. }
            | ScaffoldError::NotADirectory { .. },
        ) => exit_code::EXISTS,
        InitError::Scaffold(
            ScaffoldError::Dockerfile(_) | ScaffoldError::OutsideProject { .. },
        ) => exit_code::CONFIG,
        InitError::Scaffold(ScaffoldError::Unreadable { .. })
        | InitError::Write { .. }
        | InitError::Terminal { .. } => exit_code::FILE,
        InitError::Interrupted => Exit::Interrupted { signal: SIGINT }.code(),
    }
}

fn of_fetch(error: &FetchError) -> u8 {
    match error {
        FetchError::Registry(_) | FetchError::Checksum { .. } | FetchError::Archive { .. } => {
            exit_code::NETWORK
        }
        FetchError::Local(_) => exit_code::CONFIG,
        _ => exit_code::FILE,
    }
}

fn of_runtime(error: &RuntimeError) -> u8 {
    match error {
        // An engine that is too old is as good as none: another one has to be installed.
        RuntimeError::NotInstalled { .. }
        | RuntimeError::Unreachable { .. }
        | RuntimeError::TooOld { .. } => exit_code::ENGINE_UNAVAILABLE,
        RuntimeError::Denied { .. } => exit_code::DENIED,
        RuntimeError::Interrupted { signal } => Exit::Interrupted { signal: *signal }.code(),
        RuntimeError::Unsupported { .. } => exit_code::CONFIG,
        _ => exit_code::ENGINE_FAILED,
    }
}
