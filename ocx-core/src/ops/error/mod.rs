//! Why a use case did not work out: an error for each, and the sum of all.

mod build;
mod kind;
mod session;

pub use build::{BaseBuildError, BuildError, BuildFacts};
pub use session::{FindSessionError, SessionError};

pub use crate::error_chain::in_full;
pub use crate::error_kind::ErrorKind;
use crate::ops::{ApplyError, CompatError, SessionsError};
use crate::runtime::RuntimeError;

/// Why any use case did not work out, for a program that calls several of them and tells what came of
/// it. Each has an error of its own that becomes one of these.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OcxError {
    /// An image could not be built, or told about; also where that was for a session.
    #[error(transparent)]
    Build(Box<BuildError>),
    /// A session could not run or be found, or was stopped.
    #[error(transparent)]
    Session(Box<SessionError>),
    /// An image could not be looked into.
    #[error(transparent)]
    Compat(CompatError),
    /// A session's work could not be taken over.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// The engine failed, whatever it was needed for.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

impl OcxError {
    /// Whether a request to end was the reason.
    #[must_use]
    pub fn is_interruption(&self) -> bool {
        matches!(self, Self::Runtime(RuntimeError::Interrupted { .. }))
    }
}

impl From<BuildError> for OcxError {
    fn from(error: BuildError) -> Self {
        match error {
            BuildError::Runtime(error) => Self::Runtime(error),
            error => Self::Build(Box::new(error)),
        }
    }
}

impl From<SessionError> for OcxError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Runtime(error) => Self::Runtime(error),
            SessionError::Build(error) => Self::Build(error),
            error => Self::Session(Box::new(error)),
        }
    }
}

impl From<CompatError> for OcxError {
    fn from(error: CompatError) -> Self {
        match error {
            CompatError::Runtime(error) => Self::Runtime(error),
            error => Self::Compat(error),
        }
    }
}

impl From<SessionsError> for OcxError {
    fn from(error: SessionsError) -> Self {
        match error {
            SessionsError::Runtime(error) => Self::Runtime(error),
            SessionsError::Find(error) => SessionError::from(error).into(),
        }
    }
}

/// What work of several steps asks of any error.
pub(in crate::ops) trait UseCaseError: From<RuntimeError> {
    /// Whether a signal that also reached the engine's client may be the reason.
    fn may_be_interruption(&self) -> bool;

    /// Whether the reason may be that what is remembered of the engine is not true any more.
    fn may_be_of_engine_facts(&self) -> bool;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::ImageReference;
    use crate::ops::Scope;

    fn interrupted() -> RuntimeError {
        RuntimeError::Interrupted { signal: 2 }
    }

    fn vanished() -> BuildError {
        let image: ImageReference = "team".parse().unwrap();
        BuildError::ImageVanished { image }
    }

    #[test]
    fn what_the_engine_failed_at_is_told_alike_whatever_it_was_for() {
        let of_session = SessionError::from(BuildError::from(interrupted()));
        assert!(matches!(of_session, SessionError::Runtime(_)));
        let all: [OcxError; 5] = [
            BuildError::from(interrupted()).into(),
            of_session.into(),
            CompatError::from(interrupted()).into(),
            SessionsError::from(interrupted()).into(),
            interrupted().into(),
        ];
        for error in all {
            assert!(matches!(error, OcxError::Runtime(_)), "{error:?}");
            assert!(error.is_interruption());
            assert_eq!(error.kind(), ErrorKind::Interrupted(130));
        }
    }

    #[test]
    fn a_build_that_a_session_needs_fails_as_a_build() {
        let error = SessionError::from(vanished());
        assert_eq!(error.kind(), vanished().kind());
        assert_eq!(error.to_string(), vanished().to_string());
        let error = OcxError::from(error);
        let OcxError::Build(error) = error else {
            panic!("{error:?}")
        };
        assert!(matches!(*error, BuildError::ImageVanished { .. }));
        let missing = FindSessionError::NoSuchSession {
            id: "1a".to_owned(),
            among: Scope::Project,
        };
        let error = OcxError::from(SessionsError::from(missing));
        assert!(
            matches!(&error, OcxError::Session(error) if matches!(**error, SessionError::Find(_)))
        );
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }

    #[test]
    fn what_may_be_an_interruption_or_of_the_engine_is_known_in_each() {
        let failed = || RuntimeError::NotInstalled {
            program: "x".into(),
        };
        for (error, interruption, engine) in [
            (BuildError::from(failed()), true, true),
            (BuildError::from(interrupted()), false, true),
            (vanished(), false, false),
        ] {
            assert_eq!(error.may_be_interruption(), interruption, "{error:?}");
            assert_eq!(error.may_be_of_engine_facts(), engine, "{error:?}");
            let error = SessionError::from(error);
            assert_eq!(error.may_be_interruption(), interruption, "{error:?}");
            assert_eq!(error.may_be_of_engine_facts(), engine, "{error:?}");
        }
        let error = SessionError::EmptyCommand;
        assert!(!error.may_be_interruption() && !error.may_be_of_engine_facts());
    }
}
