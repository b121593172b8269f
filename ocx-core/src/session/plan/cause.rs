//! Why a session's container has what it has.

use std::{collections::BTreeMap, fmt};

use crate::{
    base::BasePlan,
    settings::{Key, Settings},
    spec::{EnvName, EnvValue, Environment, Mount, Piece},
};

/// Why a session's container has one of its [pieces](Piece).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PlanCause {
    /// The setting of this key decides it, also if nobody has set it:
    /// [`Origins`](crate::settings::Origins) tell where it was set.
    Setting(&'static str),
    /// It keeps the session apart from the host, whatever is set.
    Sandbox,
    /// No session would work without it, whatever is set.
    Needed,
    /// It is what the host and its user are.
    Host,
    /// It is what the engine can do.
    Engine,
    /// It is what was asked for: the program, its terminal, its directory.
    Caller,
    /// Something that is around each session brings it; this is what that is for.
    Part(&'static str),
}

impl fmt::Display for PlanCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Setting(key) => key,
            Self::Sandbox => "the sandbox",
            Self::Needed => "what each session needs",
            Self::Host => "the host",
            Self::Engine => "what the engine can do",
            Self::Caller => "what is to run",
            Self::Part(purpose) => purpose,
        })
    }
}

/// The cause that is the setting of this key.
pub(crate) fn setting(key: &'static str) -> PlanCause {
    debug_assert!(Key::find(key).is_some(), "no setting `{key}`");
    PlanCause::Setting(key)
}

/// The settings that decide about the base.
pub(crate) fn base_settings(
    base: &BasePlan,
    settings: &Settings,
) -> impl Iterator<Item = &'static str> + use<> {
    let follows = settings.devcontainer.is_some();
    let followed = follows.then_some("custom_base_devcontainer");
    base.settings().into_iter().chain(followed)
}

/// The setting of this key where it is set, and else another cause.
pub(crate) fn setting_or<T>(
    key: &'static str,
    value: Option<&T>,
    otherwise: PlanCause,
) -> PlanCause {
    match value {
        Some(_) => setting(key),
        None => otherwise,
    }
}

/// Why each piece is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Causes(BTreeMap<Piece, Vec<PlanCause>>);

impl Causes {
    /// A piece has these causes, and no others.
    pub(crate) fn set(&mut self, piece: Piece, causes: impl Into<Vec<PlanCause>>) {
        self.0.insert(piece, causes.into());
    }

    /// The causes of a piece; none if it is not there.
    pub(crate) fn of(&self, piece: &Piece) -> &[PlanCause] {
        self.0.get(piece).map_or(&[], Vec::as_slice)
    }

    /// Adds those of `other`, which win.
    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// These mounts have the same causes.
    pub(crate) fn of_mounts(mounts: &[Mount], because_of: &[PlanCause]) -> Self {
        let mut causes = Self::default();
        for mount in mounts {
            causes.set(Piece::Mount(mount.target.clone()), because_of);
        }
        causes
    }
}

/// Variables, and why each of them is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Variables {
    /// The variables.
    pub environment: Environment,
    /// Why they are there.
    pub causes: Causes,
}

impl Variables {
    /// All of these have one cause.
    pub(crate) fn because_of(
        cause: PlanCause,
        variables: impl IntoIterator<Item = (EnvName, EnvValue)>,
    ) -> Self {
        let mut all = Self::default();
        for (name, value) in variables {
            all.insert(name, value, [cause]);
        }
        all
    }

    /// Adds a variable, which wins over one of the same name.
    pub(crate) fn insert(
        &mut self,
        name: EnvName,
        value: EnvValue,
        causes: impl Into<Vec<PlanCause>>,
    ) {
        self.causes.set(Piece::Variable(name.clone()), causes);
        self.environment.insert(name, value);
    }

    /// Adds those of `other`, which win.
    pub(crate) fn extend(&mut self, other: Self) {
        self.environment.extend(other.environment);
        self.causes.extend(other.causes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wins_brings_its_causes() {
        let name = || "A".parse::<EnvName>().unwrap();
        let value = |text: &str| EnvValue::Plain(text.to_owned());
        let mut variables = Variables::because_of(PlanCause::Host, [(name(), value("host"))]);
        let other = Variables::because_of(setting("env"), [(name(), value("set"))]);
        variables.extend(other);
        assert_eq!(variables.environment.get("A"), Some(&value("set")));
        let piece = Piece::Variable(name());
        assert_eq!(variables.causes.of(&piece), [PlanCause::Setting("env")]);
        assert_eq!(variables.causes.of(&Piece::Image), []);
    }
}
