//! `--env`.

use crate::{
    engine::Invocation,
    spec::{EnvValue, Environment},
};

/// Adds variables. The value of a secret goes into the environment of the engine's client, and only
/// its name into the command line.
pub(super) fn add_environment(invocation: &mut Invocation, environment: &Environment) {
    for (name, value) in environment {
        match value {
            EnvValue::Plain(value) => invocation.option("--env", format!("{name}={value}")),
            EnvValue::Secret(value) => {
                invocation
                    .environment
                    .insert(name.to_string(), value.clone());
                invocation.option("--env", name.as_str())
            }
        };
    }
}
