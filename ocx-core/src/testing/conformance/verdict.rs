//! What comes of a check.

use std::fmt::Debug;

use crate::{error_chain::in_full, runtime::RuntimeError};

/// A check that was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What must hold.
    pub name: &'static str,
    /// Whether it does.
    pub finding: Finding,
}

/// Whether what must hold does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It does.
    Holds,
    /// The engine cannot do it, whoever asks; the reason.
    NotApplicable(String),
    /// It does not; why not.
    Broken(String),
}

/// Why a check did not go well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    NotApplicable(String),
    Broken(String),
}

/// What a part of a check found.
pub(super) type Found<T> = Result<T, Failure>;

/// A sentence that is true, or why it is not.
pub(super) type Verdict = Found<()>;

impl From<Verdict> for Finding {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Ok(()) => Self::Holds,
            Err(Failure::NotApplicable(reason)) => Self::NotApplicable(reason),
            Err(Failure::Broken(problem)) => Self::Broken(problem),
        }
    }
}

impl From<String> for Failure {
    fn from(problem: String) -> Self {
        Self::Broken(problem)
    }
}

impl From<&str> for Failure {
    fn from(problem: &str) -> Self {
        Self::Broken(problem.to_owned())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

impl From<RuntimeError> for Failure {
    fn from(error: RuntimeError) -> Self {
        Self::Broken(in_full(&error))
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "both are values of the moment, as in `assert_eq!`"
)]
pub(super) fn equal<T: PartialEq + Debug>(found: T, expected: T) -> Verdict {
    if found == expected {
        Ok(())
    } else {
        Err(format!("found {found:?}, expected {expected:?}").into())
    }
}

pub(super) fn holds(condition: bool, otherwise: impl FnOnce() -> String) -> Verdict {
    if condition {
        Ok(())
    } else {
        Err(otherwise().into())
    }
}

/// Ends a check that makes no sense on this engine.
pub(super) fn applies(condition: bool, reason: &str) -> Verdict {
    if condition {
        Ok(())
    } else {
        Err(Failure::NotApplicable(reason.to_owned()))
    }
}
