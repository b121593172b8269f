//! Limits that are derived from the size of the machine.

use figment::value::Value;

use super::{ByteSize, Key, Origin, read::LEAST_MEMORY, stack::Contribution};
use crate::host::Host;

const MEBIBYTE: u64 = 1 << 20;

/// What limits a session where nobody says otherwise, so that it takes neither all memory of the host
/// nor, with files in memory, half of it. Nothing on a host whose memory is not known.
pub(super) fn defaults(host: &Host) -> Vec<Contribution> {
    let Some(memory) = host.memory else {
        return Vec::new();
    };
    [("memory", session_share(memory)), ("tmp_size", memory / 4)]
        .into_iter()
        .map(|(name, bytes)| {
            let size = ByteSize(bytes / MEBIBYTE * MEBIBYTE);
            Contribution {
                key: Key::find(name).expect("there is such a key"),
                value: Value::from(size.to_string()),
                origin: Origin::Default,
            }
        })
        .collect()
}

/// All but a quarter, and but a gibibyte where a quarter is less; half of it at least, and what a limit has to be.
fn session_share(memory: u64) -> u64 {
    let kept = (memory / 4).max(1024 * MEBIBYTE).min(memory / 2);
    (memory - kept).max(LEAST_MEMORY.bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_keeps_a_quarter() {
        let gibibytes = |number: u64| number * 1024 * MEBIBYTE;
        for (memory, share) in [
            (gibibytes(64), gibibytes(48)),
            (gibibytes(4), gibibytes(3)),
            (gibibytes(3), gibibytes(2)),
            (gibibytes(2), gibibytes(1)),
            (gibibytes(1), gibibytes(1) / 2),
            (gibibytes(1) / 32, LEAST_MEMORY.bytes()),
        ] {
            assert_eq!(session_share(memory), share, "{memory}");
        }
    }
}
