//! The layers with what a `devcontainer.json` says that they follow.

use figment::value::Value;

use super::{Contribution, Layers, Origin, SettingsError};
use crate::settings::{
    DevcontainerError, FollowedDevcontainer,
    devcontainer::{self, Following, KEY, OTHERS},
};

/// Whether a project's `devcontainer.json` is read.
#[derive(Clone, Debug, Default)]
pub(super) enum Devcontainer {
    /// Nobody has asked for it yet.
    #[default]
    Unread,
    /// There is no project: the user's own file is looked at by itself.
    NoProject,
    /// What it says. It is read once, so that what is judged is what has an effect.
    Read(Result<Following, DevcontainerError>),
}

impl Layers {
    /// Reads the `devcontainer.json`, if this value says that it is followed.
    pub(super) fn read_devcontainer(&mut self, contribution: &Contribution) {
        if is_wish(contribution) && matches!(self.devcontainer, Devcontainer::Unread) {
            let read = devcontainer::read(&self.project.root, &contribution.origin);
            self.devcontainer = Devcontainer::Read(read);
        }
    }

    /// The values of the `devcontainer.json` that is followed, which stand above all others; none if none
    /// is.
    pub(super) fn followed_values(&self) -> Result<&[Contribution], SettingsError> {
        Ok(self.following()?.map_or(&[], |following| &following.values))
    }

    /// The `devcontainer.json` that is followed.
    pub(super) fn followed(&self) -> Result<Option<FollowedDevcontainer>, SettingsError> {
        Ok(self
            .following()?
            .map(|following| following.followed.clone()))
    }

    fn following(&self) -> Result<Option<&Following>, SettingsError> {
        let Some(wish) = self.highest(KEY).filter(|wish| is_wish(wish)) else {
            return Ok(None);
        };
        let others = OTHERS.iter().filter_map(|key| self.highest(key));
        for other in others {
            if other.origin != Origin::Default && !is_empty(&other.value) {
                return Err(DevcontainerError::NotAlone {
                    devcontainer: self.texts.place(wish),
                    key: other.key.name,
                    other: self.texts.place(other),
                }
                .into());
            }
        }
        match &self.devcontainer {
            Devcontainer::Read(Ok(following)) => Ok(Some(following)),
            Devcontainer::Read(Err(error)) => Err(error.clone().into()),
            Devcontainer::Unread | Devcontainer::NoProject => Ok(None),
        }
    }

    /// The value that has an effect.
    pub(super) fn highest(&self, key: &str) -> Option<&Contribution> {
        let mut values = self.contributions.iter().rev();
        values.find(|contribution| contribution.key.name == key)
    }
}

fn is_wish(contribution: &Contribution) -> bool {
    contribution.key.name == KEY && matches!(contribution.value, Value::Bool(_, true))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Dict(_, dict) => dict.is_empty(),
        Value::Empty(..) => true,
        _ => false,
    }
}
