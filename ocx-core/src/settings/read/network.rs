//! What sessions reach.

use figment::value::Value;

use super::value::{Read, ReadContext, describe, list, mismatch, plain_text, quoted};
use crate::{
    bridge::{HostSet, Rule, RuleError},
    settings::NetworkMode,
    spec::{ContainerName, Network},
};

pub(in crate::settings) fn network(value: &Value, _: &ReadContext) -> Read<NetworkMode> {
    const EXPECTED: &str = "`default`, `filtered`, `ask`, `none`, `host` or the name of a network";
    let text = plain_text(value, EXPECTED)?;
    Ok(NetworkMode::Engine(match text {
        "filtered" => return Ok(NetworkMode::Filtered),
        "ask" => return Ok(NetworkMode::Ask),
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

fn sets() -> String {
    let names = HostSet::ALL.map(|set| format!("`@{}`", set.name()));
    names.join(", ")
}
