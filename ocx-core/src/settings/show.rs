//! Settings as JSON values, in the form that a settings file has.

use std::{collections::BTreeMap, fmt::Display};

use serde_json::Value;

use super::ByteSize;
use crate::{port_forward::ForwardedPort, spec::Gpus};

pub(super) fn text(value: &impl Display) -> Value {
    Value::String(value.to_string())
}

pub(super) fn optional(value: Option<&impl Display>) -> Value {
    value.map_or(Value::Null, |value| text(value))
}

pub(super) fn size(value: Option<ByteSize>) -> Value {
    optional(value.as_ref())
}

pub(super) fn list<T: Display>(values: &[T]) -> Value {
    values.iter().map(text).collect()
}

pub(super) fn map<K: Display, V: Display>(values: &BTreeMap<K, V>) -> Value {
    Value::Object(
        values
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect(),
    )
}

pub(super) fn gpus(gpus: Option<&Gpus>) -> Value {
    match gpus {
        None => Value::Null,
        Some(Gpus::All) => "all".into(),
        Some(Gpus::Count(count)) => (*count).into(),
        Some(Gpus::Ids(ids)) => list(ids),
    }
}

/// A number where that says all.
pub(super) fn ports(ports: &[ForwardedPort]) -> Value {
    let ports = ports.iter().map(|port| {
        if *port == ForwardedPort::same(port.inside) {
            port.inside.into()
        } else {
            text(port)
        }
    });
    ports.collect()
}
