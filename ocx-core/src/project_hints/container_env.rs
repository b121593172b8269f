//! Variables and ports of a `devcontainer.json`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    described_base::{LeftOutList, Variables, devcontainer::plain_value},
    port_forward::ForwardedPort,
    settings::may_stand_in_a_project,
    spec::EnvName,
};

/// More are a mistake.
const MOST: usize = 100;
const LONGEST_NAME: usize = 200;

/// The variables that a session may have.
pub(super) fn env(
    root: &Map<String, Value>,
    variables: &Variables,
    left_out: &mut LeftOutList,
) -> BTreeMap<EnvName, String> {
    let mut env = BTreeMap::new();
    // The second is for programs in the container, and outranks the first there.
    for section in ["containerEnv", "remoteEnv"] {
        let Some(Value::Object(entries)) = root.get(section) else {
            continue;
        };
        for (name, value) in entries {
            // That takes a variable away.
            if value.is_null() {
                continue;
            }
            match variable(name, value, variables) {
                Ok((name, value)) if env.len() < MOST => {
                    env.insert(name, value);
                }
                Ok(_) => left_out.add(&format!("{section}.{name}"), "there are too many"),
                Err(why) => left_out.add(&format!("{section}.{name}"), why),
            }
        }
    }
    env
}

fn variable(
    text: &str,
    value: &Value,
    variables: &Variables,
) -> Result<(EnvName, String), std::borrow::Cow<'static, str>> {
    let name = text
        .parse::<EnvName>()
        .ok()
        .filter(|_| text.len() <= LONGEST_NAME && !text.contains(char::is_control))
        .ok_or("it is no name of a variable")?;
    if !may_stand_in_a_project(text) {
        return Err("a project may not set it: ocx sets it, or it steers opencode".into());
    }
    let value = plain_value(value).ok_or("it is no text")?;
    let resolved = variables.resolve(&value)?;
    if resolved.is_of_host {
        return Err(
            "its value is from your environment; `env_passthrough` in your own settings passes it on"
                .into(),
        );
    }
    if resolved.text.contains('\0') {
        return Err("it is no text".into());
    }
    Ok((name, resolved.text))
}

/// The ports of `forwardPorts`.
pub(super) fn ports(root: &Map<String, Value>, left_out: &mut LeftOutList) -> Vec<ForwardedPort> {
    let mut ports = Vec::new();
    let listed = match root.get("forwardPorts") {
        Some(Value::Array(listed)) => listed.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    for element in listed {
        let Some(text) = plain_value(element) else {
            left_out.add("forwardPorts", "it holds what is no port");
            continue;
        };
        let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse::<ForwardedPort>() {
            Ok(port) if is_digits && ports.len() < MOST => {
                if !ports.contains(&port) {
                    ports.push(port);
                }
            }
            Ok(_) if is_digits => left_out.add("forwardPorts", "there are too many"),
            _ => left_out.add(
                &format!("forwardPorts {text}"),
                "it is no port of the session itself",
            ),
        }
    }
    ports
}
