//! Throwing damaged inputs at what reads them: real ones from a corpus, changed here and there. What
//! fails is made smaller by proptest before it is shown.
//!
//! Without `OCX_FUZZ_SECONDS` it is a smoke run of a moment; `cargo xtask fuzz` sets it.

use std::{
    fs,
    time::{Duration, Instant},
};

use camino::Utf8Path;
use proptest::{
    prelude::*,
    sample::Index,
    test_runner::{Config, TestError, TestRunner},
};

/// How many inputs a smoke run tries.
const SMOKE: u32 = 200;

/// Nothing that is fuzzed reads an input for so long, on however busy a machine: it would be quadratic.
const PATIENCE: Duration = Duration::from_secs(10);

/// Pieces that readers stumble over.
const PIECES: &[&[u8]] = &[
    b"null",
    b"-1",
    b"0",
    b"18446744073709551616",
    b"1e999",
    b"true",
    b"\xef\xbb\xbf",
    b"\0",
    b"\xff\xfe",
    b"\xe2\x80\xae",
    b"\x1b[2J",
    b"\n",
    b"\r\n",
    b"\t",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"'",
    b"\\",
    b"=",
    b":",
    b",",
    b"#",
    b"/",
    b"../",
    b"$",
    b"@sha256:",
    b"=\"\"\"",
    b"1979-05-27T07:32:00Z",
];

/// One change of an input.
#[derive(Clone, Debug)]
enum Change {
    /// A bit is another one.
    Flip(Index, u8),
    /// One of the [`PIECES`] stands somewhere.
    Insert(Index, Index),
    /// Any bytes do.
    Noise(Index, Vec<u8>),
    /// A part is missing.
    Delete(Index, Index),
    /// A part is there several times.
    Repeat(Index, Index, u8),
    /// The end is missing.
    Cut(Index),
    /// The rest is another input's.
    Splice(Index, Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<Index>;
    prop_oneof![
        (index(), 0..8_u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        (index(), index()).prop_map(|(at, piece)| Change::Insert(at, piece)),
        (index(), prop::collection::vec(any::<u8>(), 1..9))
            .prop_map(|(at, noise)| Change::Noise(at, noise)),
        (index(), index()).prop_map(|(from, to)| Change::Delete(from, to)),
        (index(), index(), 2..60_u8).prop_map(|(from, to, times)| Change::Repeat(from, to, times)),
        index().prop_map(Change::Cut),
        (index(), index(), index()).prop_map(|(at, other, from)| Change::Splice(at, other, from)),
    ]
}

impl Change {
    fn apply(&self, input: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let place = |index: &Index, length: usize| index.index(length + 1);
        let range = |from: &Index, to: &Index, length: usize| {
            let (from, to) = (place(from, length), place(to, length));
            from.min(to)..from.max(to)
        };
        let length = input.len();
        match self {
            Self::Flip(at, bit) => {
                if let Some(byte) = input.get_mut(place(at, length)) {
                    *byte ^= 1 << bit;
                }
            }
            Self::Insert(at, piece) => {
                let (at, piece) = (place(at, length), PIECES[piece.index(PIECES.len())]);
                input.splice(at..at, piece.iter().copied());
            }
            Self::Noise(at, noise) => {
                let at = place(at, length);
                input.splice(at..at, noise.iter().copied());
            }
            Self::Delete(from, to) => {
                input.drain(range(from, to, length));
            }
            Self::Repeat(from, to, times) => {
                let range = range(from, to, length);
                let part = input[range.clone()].to_vec();
                // Small enough for thousands of inputs.
                let times = usize::from(*times).min(1 + (64 << 10) / part.len().max(1));
                input.splice(range, part.repeat(times));
            }
            Self::Cut(at) => input.truncate(place(at, length)),
            Self::Splice(at, other, from) => {
                let other = &seeds[other.index(seeds.len())];
                input.truncate(place(at, length));
                input.extend_from_slice(&other[place(from, other.len())..]);
            }
        }
    }
}

/// The files of a corpus.
///
/// # Panics
///
/// If there are none.
#[must_use]
pub fn corpus(directory: &str) -> Vec<Vec<u8>> {
    let files = Utf8Path::new(directory).read_dir_utf8();
    let mut files: Vec<_> = files
        .unwrap_or_else(|error| panic!("{directory}: {error}"))
        .map(|file| file.expect("it can be listed").into_path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{directory} is empty");
    let read = |file| fs::read(file).expect("a corpus is readable");
    files.iter().map(read).collect()
}

/// Checks each input as it is, and then as many changed ones as there is time for.
///
/// # Panics
///
/// If a check panics or takes long, with the smallest input that does it.
pub fn fuzz(seeds: &[Vec<u8>], check: impl Fn(&[u8])) {
    let timed = |input: &[u8]| {
        let began = Instant::now();
        check(input);
        let elapsed = began.elapsed();
        assert!(elapsed < PATIENCE, "it took {elapsed:?}");
    };
    for seed in seeds {
        timed(seed);
    }
    let changed = {
        let seeds = seeds.to_vec();
        let one = (any::<Index>(), prop::collection::vec(change(), 1..12));
        one.prop_map(move |(seed, changes)| {
            let mut input = seeds[seed.index(seeds.len())].clone();
            for change in &changes {
                change.apply(&mut input, &seeds);
            }
            input
        })
    };
    let seconds = std::env::var("OCX_FUZZ_SECONDS").ok();
    let time = Duration::from_secs(seconds.and_then(|text| text.parse().ok()).unwrap_or(0));
    let began = Instant::now();
    let mut tried = 0;
    while tried == 0 || began.elapsed() < time {
        let mut runner = TestRunner::new(Config {
            cases: SMOKE,
            failure_persistence: None,
            ..Config::default()
        });
        let result = runner.run(&changed, |input| {
            timed(&input);
            Ok(())
        });
        if let Err(TestError::Fail(reason, input)) = result {
            panic!("{reason}\nthe smallest input: {}", input.escape_ascii());
        }
        tried += SMOKE;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_take_a_byte_is_found_out() {
        let seeds = [b"an ordinary text".to_vec(), b"another".to_vec()];
        let broken = || fuzz(&seeds, |input| assert!(!input.contains(&0x1b)));
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for _ in 0..20 {
                broken();
            }
        }));
        let message = result.unwrap_err();
        let message = message.downcast_ref::<String>().unwrap();
        assert!(message.contains("the smallest input: "), "{message}");
    }
}
