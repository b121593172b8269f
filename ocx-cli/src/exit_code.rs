//! Exit codes of ocx's own failures, after `sysexits.h`. A session ends with opencode's own code.

use ocx_core::ops::ErrorKind;

/// What a session made conflicts with what the user has.
pub(crate) const CONFLICT: u8 = 1;
/// The command line makes no sense.
pub(crate) const USAGE: u8 = 64;
/// opencode cannot run in the base image.
pub(crate) const UNUSABLE_BASE: u8 = 65;
/// The registry cannot be reached, or did not answer as it should.
pub(crate) const NETWORK: u8 = 68;
/// The container engine is not installed, is too old, or does not answer.
pub(crate) const ENGINE_UNAVAILABLE: u8 = 69;
/// ocx itself failed.
pub(crate) const INTERNAL: u8 = 70;
/// A file that would be written exists already.
pub(crate) const EXISTS: u8 = 73;
/// A file of ocx cannot be read or written.
pub(crate) const FILE: u8 = 74;
/// Another session has what this one needs; it will be free later.
pub(crate) const IN_USE: u8 = 75;
/// The container engine could not do what it was asked.
pub(crate) const ENGINE_FAILED: u8 = 76;
/// The user may not use the engine.
pub(crate) const DENIED: u8 = 77;
/// The settings, or what they name, are wrong.
pub(crate) const CONFIG: u8 = 78;

/// All of them.
#[cfg(test)]
pub(crate) const ALL: [u8; 12] = [
    CONFLICT,
    USAGE,
    UNUSABLE_BASE,
    NETWORK,
    ENGINE_UNAVAILABLE,
    INTERNAL,
    EXISTS,
    FILE,
    IN_USE,
    ENGINE_FAILED,
    DENIED,
    CONFIG,
];

/// The code of a kind of failure.
pub(crate) fn of_kind(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::Configuration => CONFIG,
        ErrorKind::NotFound => USAGE,
        ErrorKind::UnusableBase => UNUSABLE_BASE,
        ErrorKind::Network => NETWORK,
        ErrorKind::EngineUnavailable => ENGINE_UNAVAILABLE,
        ErrorKind::Denied | ErrorKind::Stopped => DENIED,
        ErrorKind::EngineFailed => ENGINE_FAILED,
        ErrorKind::File => FILE,
        ErrorKind::InUse => IN_USE,
        ErrorKind::Conflict => CONFLICT,
        ErrorKind::Program(code) | ErrorKind::Interrupted(code) => code,
        _ => INTERNAL,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const PAGE: &str = include_str!("../docs/exit-codes.md");

    #[test]
    fn all_of_them_are_listed() {
        let lines = include_str!("exit_code.rs").lines();
        let constants =
            lines.filter(|line| line.starts_with("pub(crate) const ") && line.contains(": u8 = "));
        assert_eq!(constants.count(), ALL.len());
    }

    #[test]
    fn the_page_has_each_code_and_no_other() {
        let rows = PAGE.lines().filter_map(|line| {
            let mut cells = line.strip_prefix("| ")?.split(" | ");
            Some((cells.next()?.parse::<u8>().ok()?, cells.count()))
        });
        let rows: Vec<(u8, usize)> = rows.collect();
        let listed: Vec<u8> = rows.iter().map(|(code, _)| *code).collect();
        assert_eq!(listed, ALL);
        // What happened, a typical cause, and what to do.
        let cells: BTreeSet<usize> = rows.iter().map(|(_, cells)| *cells).collect();
        assert_eq!(cells, BTreeSet::from([3]));
    }
}
