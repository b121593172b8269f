//! Limits on resources.
//!
//! Engines take 0 for "no limit", and so does ocx, also in so many words: that way a higher layer can
//! lift a limit.

use std::collections::BTreeMap;

use figment::value::Value;

use super::value::{Read, ReadContext, describe, integer, mismatch, parsed, quoted, table, whole};
use crate::{
    settings::ByteSize,
    spec::{Ulimit, UlimitName},
};

/// Less memory than this is a slip.
pub(in crate::settings) const LEAST_MEMORY: ByteSize = ByteSize(64 * 1024 * 1024);

/// Fewer processes and threads than this are a slip: opencode has 8 threads before it does anything (1.18,
/// measured on 2 processors), and Git, a language server and what runs them are to fit beside it.
const LEAST_PIDS: u32 = 32;

fn is_unlimited(value: &Value) -> bool {
    value.as_str() == Some("unlimited")
}

pub(in crate::settings) fn size(value: &Value, _: &ReadContext) -> Read<Option<ByteSize>> {
    const EXPECTED: &str = "a size such as `512m` or `2g`, or 0 for no limit";
    if is_unlimited(value) {
        return Ok(None);
    }
    let size = bytes(value, EXPECTED)?;
    Ok((size.bytes() > 0).then_some(size))
}

/// The limit on a session's memory. Engines take 6 MiB, and even less; opencode alone takes some 240 MiB
/// (1.18, measured before its first answer). A shell may do with less, and with less than this nothing does.
pub(in crate::settings) fn memory(value: &Value, place: &ReadContext) -> Read<Option<ByteSize>> {
    let limit = size(value, place)?;
    match limit {
        Some(size) if size < LEAST_MEMORY => mismatch(
            format!("{}, in which no session runs", describe(value)),
            format!("`{LEAST_MEMORY}` or more, such as `2g`, or 0 for no limit"),
        ),
        limit => Ok(limit),
    }
}

/// A size. What is written as if its unit were understood, such as `memory = 4`, is none: the number is in
/// bytes, and the session would end before it begins.
fn bytes(value: &Value, expected: &str) -> Read<ByteSize> {
    const LEAST: u64 = 64 * 1024;
    let size = match value {
        Value::Num(..) => ByteSize(integer(value, expected)?),
        _ => parsed(value, expected)?,
    };
    match size.bytes() {
        few @ 1..LEAST => {
            let found = format!("{}, which is {few} bytes", describe(value));
            mismatch(found, expected)
        }
        _ => Ok(size),
    }
}

/// Engines take no 0 here.
pub(in crate::settings) fn shm_size(value: &Value, _: &ReadContext) -> Read<Option<ByteSize>> {
    const EXPECTED: &str = "a size above zero such as `512m` or `2g`";
    let size = bytes(value, EXPECTED)?;
    match size.bytes() {
        0 => mismatch(describe(value), EXPECTED),
        // What engines hand on to the kernel is a signed number.
        bytes if i64::try_from(bytes).is_err() => mismatch(describe(value), EXPECTED),
        _ => Ok(Some(size)),
    }
}

pub(in crate::settings) fn ulimits(
    value: &Value,
    _: &ReadContext,
) -> Read<BTreeMap<UlimitName, Ulimit>> {
    const EXPECTED: &str = "a table of limits such as `{ nofile = 65536, nproc = \"1024:2048\" }`";
    const LIMIT: &str =
        "a whole number, `SOFT:HARD` with the lower one first, or `unlimited`, for each limit";
    let read = |(text, value): (&String, &Value)| {
        let name: UlimitName = text.parse().or_else(|_| {
            let names: Vec<String> = UlimitName::all().map(quoted).collect();
            let expected = format!("limits with one of the names {}", names.join(", "));
            mismatch(format!("the limit {}", quoted(text)), expected)
        })?;
        let limit = match value {
            Value::Num(..) => integer::<i64>(value, LIMIT)?.to_string().parse(),
            Value::String(_, limit) => limit.parse(),
            _ => return mismatch(format!("{} for {}", describe(value), quoted(text)), LIMIT),
        };
        match limit {
            Ok(limit) => Ok((name, limit)),
            Err(_) => mismatch(format!("{} for {}", describe(value), quoted(text)), LIMIT),
        }
    };
    table(value, EXPECTED)?.iter().map(read).collect()
}

pub(in crate::settings) fn cpus(value: &Value, _: &ReadContext) -> Read<Option<f64>> {
    const EXPECTED: &str = "a number of processors such as `2` or `1.5`, or 0 for no limit";
    let number = match value {
        Value::Num(_, number) => number
            .to_f64()
            .or_else(|| f64::from(u32::try_from(whole(*number)?).ok()?).into()),
        _ => None,
    };
    match number {
        Some(0.0) => Ok(None),
        // Engines refuse less than a hundredth of a processor, and more than there are.
        Some(number) if (0.01..=65536.0).contains(&number) => Ok(Some(number)),
        _ => mismatch(describe(value), EXPECTED),
    }
}

/// Engines take 0 and -1 for "no limit".
pub(in crate::settings) fn pids(value: &Value, _: &ReadContext) -> Read<Option<u32>> {
    const EXPECTED: &str = "a whole number of processes, or 0 for no limit";
    if is_unlimited(value) {
        return Ok(None);
    }
    match integer::<i64>(value, EXPECTED)? {
        0 | -1 => Ok(None),
        limit => match u32::try_from(limit) {
            Ok(few) if few < LEAST_PIDS => mismatch(
                format!("{}, with which no session runs", describe(value)),
                format!("`{LEAST_PIDS}` or more, such as `4096`, or 0 for no limit"),
            ),
            // What engines hand on to the kernel is a signed number.
            Ok(limit) if i32::try_from(limit).is_ok() => Ok(Some(limit)),
            _ => mismatch(describe(value), EXPECTED),
        },
    }
}

pub(in crate::settings) fn keep_versions(value: &Value, _: &ReadContext) -> Read<usize> {
    const EXPECTED: &str = "a whole number of versions, such as `2`";
    match integer::<i64>(value, EXPECTED)?.try_into() {
        Ok(versions) => Ok(versions),
        Err(_) => mismatch(describe(value), EXPECTED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::sandbox::Sandbox;

    #[test]
    fn limits_in_which_nothing_runs_are_refused() {
        let sandbox = Sandbox::new();
        let project = sandbox.project();
        let place = ReadContext {
            directory: &project.root,
            host: &sandbox.host,
            project: &project,
        };
        let memory = |text: &str| memory(&text.into(), &place);
        let refused = memory("7m").unwrap_err();
        assert_eq!(refused.found, "`7m`, in which no session runs");
        let expected = "`64m` or more, such as `2g`, or 0 for no limit";
        assert_eq!(refused.expected, expected);
        assert_eq!(memory("64m"), Ok(Some(LEAST_MEMORY)));
        assert_eq!(memory("unlimited"), Ok(None));
        // Files in memory may be few.
        assert!(size(&"7m".into(), &place).is_ok());
        let pids = |limit: i64| pids(&limit.into(), &place);
        assert!(pids(1).is_err() && pids(31).is_err());
        assert_eq!(pids(32), Ok(Some(LEAST_PIDS)));
        assert_eq!((pids(0), pids(-1)), (Ok(None), Ok(None)));
    }
}
