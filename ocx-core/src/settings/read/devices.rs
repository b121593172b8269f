//! Devices and graphics cards.

use figment::value::Value;

use super::value::{
    Read, ReadContext, describe, integer, list, mismatch, one_or_more, parsed, quoted,
};
use crate::{
    settings::host_devices,
    spec::{Device, Gpus},
};

/// No machine has more cards, and few commands more devices.
const MOST_CARDS: u16 = 64;
const MOST_DEVICES: usize = 100;

pub(in crate::settings) fn devices(value: &Value, _: &ReadContext) -> Read<Vec<Device>> {
    const EXPECTED: &str =
        "a list of devices below `/dev` such as `[\"/dev/kvm\", \"/dev/snd:/dev/snd:r\"]`";
    let elements = one_or_more(value, EXPECTED)?;
    let mut devices: Vec<Device> = Vec::new();
    for element in elements {
        let device: Device = parsed(element, EXPECTED)?;
        if let Some(reason) = host_devices::refused(&device.host) {
            return mismatch(describe(element), format!("another device, since {reason}"));
        }
        if devices
            .iter()
            .any(|known| known.container == device.container)
        {
            return mismatch(
                format!("{} twice", quoted(device.container.as_str())),
                "each device once",
            );
        }
        devices.push(device);
    }
    if devices.len() > MOST_DEVICES {
        return mismatch(
            format!("a list of {}", devices.len()),
            format!("at most {MOST_DEVICES} devices"),
        );
    }
    Ok(devices)
}

pub(in crate::settings) fn gpus(value: &Value, _: &ReadContext) -> Read<Option<Gpus>> {
    const EXPECTED: &str = "`all`, a number of graphics cards up to 64, or a list of their numbers or IDs such as `[\"0\", \"GPU-3a23c669\"]`; 0 for none";
    let count = match value {
        Value::String(_, text) if text == "all" => return Ok(Some(Gpus::All)),
        // As a variable or a flag has it.
        Value::String(_, text) => match text.trim().parse::<u16>() {
            Ok(count) => count,
            Err(_) => return mismatch(describe(value), EXPECTED),
        },
        Value::Num(..) => integer(value, EXPECTED)?,
        _ => return cards(list(value, EXPECTED)?, EXPECTED),
    };
    match count {
        0 => Ok(None),
        count if count <= MOST_CARDS => Ok(Some(Gpus::Count(count))),
        _ => mismatch(describe(value), EXPECTED),
    }
}

fn cards(elements: &[Value], expected: &str) -> Read<Option<Gpus>> {
    let mut cards: Vec<String> = Vec::new();
    for element in elements {
        let card = match element {
            Value::String(_, text) if is_card(text) => text.clone(),
            Value::Num(..) => integer::<u16>(element, expected)?.to_string(),
            _ => return mismatch(describe(element), expected),
        };
        if !cards.contains(&card) {
            cards.push(card);
        }
    }
    if cards.len() > usize::from(MOST_CARDS) {
        return mismatch(format!("a list of {}", cards.len()), expected);
    }
    Ok((!cards.is_empty()).then_some(Gpus::Ids(cards)))
}

/// A number, or an ID such as `GPU-3a23c669-1f69-c64e-cf85-44e9b07e7a2a`.
fn is_card(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b':'))
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
}
