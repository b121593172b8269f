//! What sessions reach, and ports.

use figment::value::Value;

use super::value::{Read, ReadContext, describe, integer, list, mismatch, plain_text, quoted};
use crate::{
    bridge::{HostSet, MOST_HOST_PORTS, Rule, RuleError},
    settings::NetworkMode,
    spec::{ContainerName, Network},
};

pub(in crate::settings) fn network(value: &Value, _: &ReadContext) -> Read<NetworkMode> {
    const EXPECTED: &str = "`default`, `filtered`, `none`, `host` or the name of a network";
    let text = plain_text(value, EXPECTED)?;
    Ok(NetworkMode::Engine(match text {
        "filtered" => return Ok(NetworkMode::Filtered),
        "default" | "bridge" => Network::Default,
        "none" => Network::None,
        "host" => Network::Host,
        // Networks have the same grammar for names as containers.
        name if name.parse::<ContainerName>().is_ok() => Network::Named(name.to_owned()),
        _ => return mismatch(describe(value), EXPECTED),
    }))
}

pub(in crate::settings) fn rules(value: &Value, _: &ReadContext) -> Read<Vec<Rule>> {
    const EXPECTED: &str = "a list of hosts such as `[\"github.com\", \"*.npmjs.org\", \"10.0.0.0/8:5432\", \"@npm\"]`";
    let rule = |element: &Value| {
        let text = plain_text(element, EXPECTED)?;
        text.parse().or_else(|error| match error {
            RuleError::UnknownSet(_) => mismatch(quoted(text), format!("one of {}", sets())),
            RuleError::InsideNetwork { network, .. } => mismatch(
                quoted(text),
                format!("a network by its first address, `{network}`"),
            ),
            RuleError::Url(_) => mismatch(quoted(text), "hosts, without `https://` and path"),
            RuleError::Hosts(_) | RuleError::Port(_) => mismatch(quoted(text), EXPECTED),
        })
    };
    list(value, EXPECTED)?.iter().map(rule).collect()
}

pub(in crate::settings) fn port(value: &Value, _: &ReadContext) -> Read<Option<u16>> {
    one_port(value, "a port from 1 to 65535").map(Some)
}

/// Each once, in the order in which they stand.
pub(in crate::settings) fn ports(value: &Value, _: &ReadContext) -> Read<Vec<u16>> {
    const EXPECTED: &str = "a list of ports from 1 to 65535, such as `[11434]`";
    let elements = match value {
        Value::Num(..) => std::slice::from_ref(value),
        _ => list(value, EXPECTED)?,
    };
    let mut ports = Vec::new();
    for element in elements {
        let port = one_port(element, EXPECTED)?;
        if !ports.contains(&port) {
            ports.push(port);
        }
    }
    if ports.len() > MOST_HOST_PORTS {
        return mismatch(
            format!("a list of {}", ports.len()),
            format!("at most {MOST_HOST_PORTS} ports"),
        );
    }
    Ok(ports)
}

fn one_port(value: &Value, expected: &str) -> Read<u16> {
    match integer::<u16>(value, expected)? {
        0 => mismatch(describe(value), expected),
        port => Ok(port),
    }
}

fn sets() -> String {
    let names = HostSet::ALL.map(|set| format!("`@{}`", set.name()));
    names.join(", ")
}
