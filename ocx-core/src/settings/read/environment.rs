//! Environment variables and build arguments. Their values may be secret: no error shows one.

use std::collections::{BTreeMap, BTreeSet};

use figment::value::Value;

use super::container::is_time_zone;
use super::value::{Read, ReadContext, choice, kind_of, list, mismatch, quoted, whole};
use crate::{
    settings::{KeysPlace, Providers, reserved},
    spec::EnvName,
};

/// Values may be secret, so no error shows one.
fn text_map(value: &Value, _: &ReadContext) -> Read<BTreeMap<String, String>> {
    let Value::Dict(_, dict) = value else {
        return mismatch(kind_of(value), "a table of names and texts");
    };
    if kind_of(value) != "a table" {
        return mismatch(kind_of(value), "a table of names and texts");
    }
    dict.iter()
        .map(|(name, value)| {
            let text = match value {
                Value::String(_, text) if !text.contains('\0') => text.clone(),
                Value::Bool(_, flag) => flag.to_string(),
                Value::Num(_, number) if whole(*number).is_some() => {
                    whole(*number).unwrap_or_default().to_string()
                }
                _ => {
                    return mismatch(
                        format!("{} for {}", kind_of(value), quoted(name)),
                        "a text in quotes for each name",
                    );
                }
            };
            Ok((name.clone(), text))
        })
        .collect()
}

pub(in crate::settings) fn keys_place(value: &Value, _: &ReadContext) -> Read<Option<KeysPlace>> {
    let places = [KeysPlace::Outside, KeysPlace::Inside].map(Some);
    choice(value, [("outside", places[0]), ("inside", places[1])])
}

pub(in crate::settings) fn build_args(
    value: &Value,
    place: &ReadContext,
) -> Read<BTreeMap<String, String>> {
    let arguments = text_map(value, place)?;
    for name in arguments.keys() {
        name.parse::<EnvName>()
            .or_else(|_| mismatch(quoted(name), "names of build arguments"))?;
    }
    Ok(arguments)
}

pub(in crate::settings) fn env(
    value: &Value,
    place: &ReadContext,
) -> Read<BTreeMap<EnvName, String>> {
    text_map(value, place)?
        .into_iter()
        .map(|(name, text)| {
            if name == "TZ" && !may_be_tz(&text) {
                return mismatch(
                    "a time zone for `TZ` that does not exist",
                    "one such as `Europe/Berlin` or `UTC`",
                );
            }
            Ok((env_name(&name)?, text))
        })
        .collect()
}

/// Whether programs can make something of this value of `TZ`, in which they take UTC for what does not exist,
/// without a word: the name of a zone, rules, or a file in the image.
/// <https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html>
fn may_be_tz(text: &str) -> bool {
    let name = text.trim_start_matches(':');
    // Two more forms of the database, which images may have.
    let plain = ["posix/", "right/"]
        .iter()
        .find_map(|form| name.strip_prefix(form))
        .unwrap_or(name);
    text.is_empty()
        || name.starts_with('/')
        || is_time_zone(plain)
        || jiff::tz::TimeZone::posix(text).is_ok()
}

fn env_name(text: &str) -> Read<EnvName> {
    // Somebody may have written `NAME=secret`.
    if let Some((name, _)) = text.split_once('=') {
        return mismatch(
            format!("{} with a value", quoted(&format!("{name}=…"))),
            "only the name of an environment variable",
        );
    }
    let name: EnvName = text
        .parse()
        .or_else(|_| mismatch(quoted(text), "the name of an environment variable"))?;
    if reserved::is_reserved(name.as_str()) {
        return mismatch(
            format!("the reserved name {}", quoted(text)),
            "variables that ocx does not set itself",
        );
    }
    Ok(name)
}

pub(in crate::settings) fn env_names(value: &Value, _: &ReadContext) -> Read<Vec<EnvName>> {
    const EXPECTED: &str =
        "a list of names of environment variables such as `[\"NAME\", \"OTHER\"]`";
    let elements = match value {
        // Somebody may have written `NAME=secret`.
        Value::String(..) => return mismatch("a text", EXPECTED),
        _ => list(value, EXPECTED)?,
    };
    let (mut names, mut known) = (Vec::new(), BTreeSet::new());
    for element in elements {
        let name = match element {
            Value::String(_, text) => env_name(text)?,
            _ => return mismatch(kind_of(element), EXPECTED),
        };
        if known.insert(name.clone()) {
            names.push(name);
        }
    }
    Ok(names)
}

pub(in crate::settings) fn providers(value: &Value, _: &ReadContext) -> Read<Providers> {
    const EXPECTED: &str =
        "`configured`, `all`, or a list of model providers such as `[\"anthropic\", \"openai\"]`";
    let elements = match value {
        Value::String(_, word) if word == "configured" => return Ok(Providers::Configured),
        Value::String(_, word) if word == "all" => return Ok(Providers::All),
        Value::String(_, text) => return mismatch(quoted(text), EXPECTED),
        _ => list(value, EXPECTED)?,
    };
    let name = |element: &Value| match element {
        Value::String(_, text) if is_provider(text) => Ok(text.clone()),
        Value::String(_, text) => mismatch(quoted(text), EXPECTED),
        _ => mismatch(kind_of(element), EXPECTED),
    };
    Ok(Providers::Only(
        elements.iter().map(name).collect::<Read<_>>()?,
    ))
}

/// Providers' names are chosen by whoever writes opencode's configuration; a model is written after a
/// slash.
fn is_provider(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 128
        && !text.contains(|c: char| c == '/' || c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_zones_in_the_environment() {
        for text in [
            "",
            "UTC",
            "Europe/Berlin",
            ":Europe/Berlin",
            "posix/Europe/Berlin",
            "CET-1CEST,M3.5.0,M10.5.0/3",
            "<+03>-3",
            "/usr/share/zoneinfo/mine",
        ] {
            assert!(may_be_tz(text), "{text}");
        }
        for text in ["Mars/x", "Europe/Belin", "europe/berlin", "Berlin"] {
            assert!(!may_be_tz(text), "{text}");
        }
    }
}
