//! A range of subordinate IDs that nobody has yet.

use std::fs;

/// Size of the range that `useradd` gives to a new user.
const SIZE: u32 = 65_536;

/// Where `useradd` begins to give ranges away (`SUB_UID_MIN` in `/etc/login.defs`).
const FIRST: u32 = 100_000;

/// Consecutive IDs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) first: u32,
    pub(crate) size: u32,
}

impl Range {
    pub(crate) fn last(self) -> u32 {
        self.first + (self.size - 1)
    }
}

/// A range above all that `/etc/subuid` and `/etc/subgid` give to users.
pub(crate) fn free() -> Range {
    let given: String = ["/etc/subuid", "/etc/subgid"]
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok())
        .collect();
    above(&given)
}

/// Reads lines such as `jane:100000:65536`, see subuid(5).
fn above(given: &str) -> Range {
    let end = |line: &str| {
        let mut fields = line.split(':').skip(1);
        let first: u32 = fields.next()?.trim().parse().ok()?;
        let size: u32 = fields.next()?.trim().parse().ok()?;
        first.checked_add(size)
    };
    let first = given.lines().filter_map(end).fold(FIRST, u32::max);
    Range {
        // Above the last number that leaves room there is nothing better to propose.
        first: if first > u32::MAX - SIZE {
            FIRST
        } else {
            first
        },
        size: SIZE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_that_nobody_has() {
        assert_eq!(above("").first, 100_000);
        assert_eq!(above("jane:100000:65536\n").first, 165_536);
        let given = "joe:200000:1000\njane:100000:65536\nbroken\nx:y:z\n";
        assert_eq!(
            above(given),
            Range {
                first: 201_000,
                size: 65_536
            }
        );
        assert_eq!(above("max:4294967000:295\n").first, 100_000);
    }
}
