//! Ports.

use figment::value::Value;

use super::value::{Read, ReadContext, describe, integer, list, mismatch, parsed};
use crate::{bridge::MOST_HOST_PORTS, port_forward::ForwardedPort};

/// More ports of a session on the host are a mistake.
const MOST_FORWARDED: usize = 100;

pub(in crate::settings) fn port(value: &Value, _: &ReadContext) -> Read<Option<u16>> {
    one_port(value, "a port from 1 to 65535").map(Some)
}

pub(in crate::settings) fn host_ports(value: &Value, _: &ReadContext) -> Read<Vec<u16>> {
    const EXPECTED: &str = "a list of ports from 1 to 65535, such as `[11434]`";
    each_once(value, EXPECTED, MOST_HOST_PORTS, |element| {
        one_port(element, EXPECTED)
    })
}

pub(in crate::settings) fn forwarded_ports(
    value: &Value,
    _: &ReadContext,
) -> Read<Vec<ForwardedPort>> {
    const EXPECTED: &str =
        "a list of ports, such as `[3000, \"8080:80\", \"0.0.0.0:8000:8000\"]`, the host's first";
    each_once(value, EXPECTED, MOST_FORWARDED, |element| match element {
        Value::Num(..) => one_port(element, EXPECTED).map(ForwardedPort::same),
        _ => parsed(element, EXPECTED),
    })
}

/// The elements of a list, or the only one, in the order in which they stand.
fn each_once<T: PartialEq>(
    value: &Value,
    expected: &str,
    most: usize,
    read: impl Fn(&Value) -> Read<T>,
) -> Read<Vec<T>> {
    let elements = match value {
        Value::Num(..) | Value::String(..) => std::slice::from_ref(value),
        _ => list(value, expected)?,
    };
    let mut ports = Vec::new();
    for element in elements {
        let port = read(element)?;
        if !ports.contains(&port) {
            ports.push(port);
        }
    }
    if ports.len() > most {
        return mismatch(
            format!("a list of {}", ports.len()),
            format!("at most {most} ports"),
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
