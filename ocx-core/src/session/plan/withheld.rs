//! Secrets that a session's variables do not hold.

use std::fmt;

use super::{PlanCause, Variables, setting};
use crate::{
    settings::Settings,
    spec::{EnvValue, Piece},
};

/// What puts keys outside: the setting, or without it the network.
pub(crate) fn keys_cause(settings: &Settings) -> PlanCause {
    match settings.keys {
        Some(_) => setting("keys"),
        None => setting("network"),
    }
}

/// Keys that stay outside, and what stands in variables in their place.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Withheld(Vec<(String, String)>);

impl Withheld {
    /// Each key with what stands in its place.
    pub(crate) fn new(keys: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut keys: Vec<_> = keys.into_iter().collect();
        // What holds another one goes first.
        keys.sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then(a.cmp(b)));
        Self(keys)
    }

    /// Takes the keys out of variables, wherever they came from.
    pub(super) fn take_out_of(&self, variables: &mut Variables, because_of: PlanCause) {
        if self.0.is_empty() {
            return;
        }
        for (name, value) in &mut variables.environment {
            let Some(without) = self.without(value.expose()) else {
                continue;
            };
            *value = match value {
                EnvValue::Plain(_) => EnvValue::Plain(without),
                EnvValue::Secret(_) => EnvValue::Secret(without),
            };
            let piece = Piece::Variable(name.clone());
            let mut causes = variables.causes.of(&piece).to_vec();
            causes.push(because_of);
            variables.causes.set(piece, causes);
        }
    }

    fn without(&self, text: &str) -> Option<String> {
        let mut found = None;
        for (key, placeholder) in &self.0 {
            let so_far = found.as_deref().unwrap_or(text);
            if so_far.contains(key.as_str()) {
                found = Some(so_far.replace(key.as_str(), placeholder));
            }
        }
        found
    }
}

impl fmt::Debug for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let placeholders = self.0.iter().map(|(_, placeholder)| placeholder);
        f.debug_list().entries(placeholders).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_variable_holds_a_key() {
        let withheld = Withheld::new([
            ("sk-a".to_owned(), "P1".to_owned()),
            ("sk-abc".to_owned(), "P2".to_owned()),
        ]);
        assert!(!format!("{withheld:?}").contains("sk-a"));
        let secret =
            |name: &str, value: &str| (name.parse().unwrap(), EnvValue::Secret(value.to_owned()));
        let mut variables = Variables::because_of(
            PlanCause::Host,
            [
                secret("ONE", "sk-a"),
                secret("IN", "https://x/?k=sk-abc&l=sk-a"),
                secret("NONE", "sk-"),
            ],
        );
        withheld.take_out_of(&mut variables, setting("keys"));
        let found: Vec<(&str, &str)> = variables
            .environment
            .iter()
            .map(|(name, value)| (name.as_str(), value.expose()))
            .collect();
        let expected = [
            ("IN", "https://x/?k=P2&l=P1"),
            ("NONE", "sk-"),
            ("ONE", "P1"),
        ];
        assert_eq!(found, expected);
        let causes = |name: &str| {
            variables
                .causes
                .of(&Piece::Variable(name.parse().unwrap()))
                .to_vec()
        };
        assert_eq!(causes("ONE"), [PlanCause::Host, setting("keys")]);
        assert_eq!(causes("NONE"), [PlanCause::Host]);
        assert_eq!(
            variables.environment["NONE"],
            EnvValue::Secret("sk-".to_owned())
        );
    }
}
