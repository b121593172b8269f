//! Sizes in bytes.

use std::{fmt, str::FromStr};

/// Suffixes and their powers of 1024. Engines count in powers of 1024 whatever the spelling
/// (<https://pkg.go.dev/github.com/docker/go-units#RAMInBytes>), and so does ocx.
const UNITS: [(char, u32); 4] = [('k', 1), ('m', 2), ('g', 3), ('t', 4)];

/// A number of bytes.
///
/// Read from text such as `512m`, `2g`, `1.5g`, `1GiB` or `100` (bytes), upper or lower case;
/// units are powers of 1024. Written as a whole number with a suffix, which every engine reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(pub u64);

impl ByteSize {
    /// The number of bytes.
    #[must_use]
    pub fn bytes(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (suffix, power) in UNITS.into_iter().rev() {
            let unit = 1024_u64.pow(power);
            if self.0 >= unit && self.0.is_multiple_of(unit) {
                return write!(f, "{}{suffix}", self.0 / unit);
            }
        }
        write!(f, "{}b", self.0)
    }
}

impl FromStr for ByteSize {
    type Err = ByteSizeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).map(Self).ok_or_else(|| ByteSizeError {
            found: text.to_owned(),
        })
    }
}

fn parse(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    let end = text
        .find(|character: char| !character.is_ascii_digit() && character != '.')
        .unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let unit = unit(suffix.trim_start())?;
    let (whole, fraction) = match number.split_once('.') {
        None => (number, None),
        Some((whole, fraction)) => (whole, Some(fraction)),
    };
    let whole: u128 = whole.parse().ok()?;
    let mut bytes = whole.checked_mul(unit)?;
    if let Some(fraction) = fraction {
        // Parts of a byte make no sense, and more digits than these have no effect.
        if unit == 1 || fraction.len() > 15 {
            return None;
        }
        let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
        bytes = bytes.checked_add(fraction.parse::<u128>().ok()? * unit / scale)?;
    }
    u64::try_from(bytes).ok()
}

fn unit(suffix: &str) -> Option<u128> {
    if matches!(suffix, "" | "b") {
        return Some(1);
    }
    UNITS.into_iter().find_map(|(letter, power)| {
        let rest = suffix.strip_prefix(letter)?;
        matches!(rest, "" | "b" | "ib").then(|| 1024_u128.pow(power))
    })
}

/// A text is not a size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not a size such as `512m` or `2g`")]
pub struct ByteSizeError {
    /// What was found.
    pub found: String,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_people_write() {
        for (text, bytes) in [
            ("100", 100),
            ("100b", 100),
            ("1024k", 1 << 20),
            ("512m", 512 << 20),
            ("512M", 512 << 20),
            ("500MB", 500 << 20),
            ("2g", 2 << 30),
            ("1.5g", 3 << 29),
            ("1GiB", 1 << 30),
            (" 1 GiB ", 1 << 30),
            ("1t", 1 << 40),
            ("0", 0),
        ] {
            assert_eq!(text.parse(), Ok(ByteSize(bytes)), "{text}");
        }
    }

    #[test]
    fn refuses_the_rest() {
        for text in [
            "",
            " ",
            "m",
            "-1",
            "-1m",
            "1.5",
            "1.5b",
            "1..5g",
            ".5g",
            "1.g",
            "1e3",
            "1x",
            "1mm",
            "1 000",
            "0x10",
            "inf",
            "99999999t",
            "18446744073709551616",
            "1.5 g b",
        ] {
            assert!(text.parse::<ByteSize>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn writes_whole_numbers() {
        for (bytes, text) in [
            (0, "0b"),
            (1, "1b"),
            (1024, "1k"),
            (3 << 29, "1536m"),
            (1 << 40, "1t"),
            (u64::MAX, "18446744073709551615b"),
        ] {
            assert_eq!(ByteSize(bytes).to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(bytes in any::<u64>(), shift in 0_u32..50) {
            for size in [ByteSize(bytes), ByteSize(bytes >> shift << shift)] {
                prop_assert_eq!(size.to_string().parse(), Ok(size));
            }
        }

        #[test]
        fn no_text_panics(text in "[0-9.]{0,40} ?[a-zA-Z]{0,4}") {
            let _ = text.parse::<ByteSize>();
        }
    }
}
