//! `--env`.

use crate::{
    engine::Invocation,
    spec::{EnvName, EnvValue, Environment},
};

/// Adds variables.
pub(super) fn add_environment(invocation: &mut Invocation, environment: &Environment) {
    for (name, value) in environment {
        add_variable(invocation, name, value);
    }
}

/// Adds a variable. Of a secret only the name goes into the command line.
pub(super) fn add_variable(invocation: &mut Invocation, name: &EnvName, value: &EnvValue) {
    match value {
        EnvValue::Plain(value) => invocation.option("--env", format!("{name}={value}")),
        EnvValue::Secret(value) => {
            invocation.variables.insert(name.to_string(), value.clone());
            invocation.option("--env", name.as_str())
        }
    };
}
