//! Checksums of tarballs.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha512};

const ALGORITHM: &str = "sha512";

type Checksum = [u8; 64];

/// A SHA-512 checksum in the notation of [Subresource Integrity](https://www.w3.org/TR/SRI/), such
/// as `sha512-…`. Weaker checksums are not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integrity(Vec<Checksum>);

/// Why a text is no usable checksum.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` holds no SHA-512 checksum")]
pub struct IntegrityError {
    /// What was found.
    pub found: String,
}

impl FromStr for Integrity {
    type Err = IntegrityError;

    /// Of several checksums those that are not understood are passed over, as the notation wants it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let checksums: Vec<Checksum> = text.split_ascii_whitespace().filter_map(checksum).collect();
        if checksums.is_empty() {
            return Err(IntegrityError {
                found: text.to_owned(),
            });
        }
        Ok(Self(checksums))
    }
}

/// The bytes of one checksum; options may follow it after a `?`.
fn checksum(text: &str) -> Option<Checksum> {
    let (algorithm, rest) = text.split_once('-')?;
    let digits = rest.split('?').next()?;
    if algorithm != ALGORITHM {
        return None;
    }
    STANDARD.decode(digits).ok()?.try_into().ok()
}

impl fmt::Display for Integrity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, checksum) in self.0.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{ALGORITHM}-{}", STANDARD.encode(checksum))?;
        }
        Ok(())
    }
}

/// Checks bytes as they arrive.
pub(super) struct Checker {
    expected: Integrity,
    hasher: Sha512,
}

impl Checker {
    pub(super) fn new(expected: Integrity) -> Self {
        Self {
            expected,
            hasher: Sha512::new(),
        }
    }

    pub(super) fn input(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
    }

    /// `Err` holds the checksum that the bytes have instead.
    pub(super) fn finish(self) -> Result<(), Integrity> {
        let actual: Checksum = self.hasher.finalize().into();
        if self.expected.0.contains(&actual) {
            Ok(())
        } else {
            Err(Integrity(vec![actual]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // `printf hello | openssl dgst -sha512 -binary | base64 -w0`
    const HELLO: &str = "sha512-m3HSJL1i83hdltRq0+o9czGb+8KJDKra4t/3JRlnPKcjI8PZm6XBHXx6zG4UuMXaDEZjR1wuXDre9G9zvN7AQw==";

    #[test]
    fn only_sha512_counts() {
        for text in [
            "",
            " ",
            "nonsense",
            "sha1-qvTGHdzF6KLavt4PO0gs2a6pQ00=",
            "sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
            "md5-XUFAKrxLKna5cZ2REBfFkg==",
            "sha512-",
            "sha512-m3HSJL1i83hdltRq",
            "sha512-m3HSJL1i83hdltRq0+o9czGb+8KJDKra4t/3JRlnPKcjI8PZm6XBHXx6zG4UuMXaDEZjR1wuXDre9G9zvN7A",
            &HELLO.replace('-', ":"),
            &HELLO.replace("==", ""),
        ] {
            assert!(text.parse::<Integrity>().is_err(), "{text:?}");
        }
        let both = format!("sha1-qvTGHdzF6KLavt4PO0gs2a6pQ00= {HELLO}");
        assert_eq!(both.parse::<Integrity>().unwrap().to_string(), HELLO);
        let options = format!("{HELLO}?ct=application/gzip sha999-x");
        assert_eq!(options.parse::<Integrity>().unwrap().to_string(), HELLO);
    }

    #[test]
    fn one_of_several_checksums_is_enough() {
        let other = format!("sha512-{}", STANDARD.encode([7; 64]));
        let mut checker = Checker::new(format!("{other} {HELLO}").parse().unwrap());
        checker.input(b"hello");
        assert_eq!(checker.finish(), Ok(()));
        let mut checker = Checker::new(other.parse().unwrap());
        checker.input(b"hello");
        assert_eq!(checker.finish().unwrap_err().to_string(), HELLO);
    }

    #[test]
    fn bytes_are_compared_with_the_checksum() {
        let mut good = Checker::new(HELLO.parse().unwrap());
        good.input(b"hel");
        good.input(b"lo");
        assert_eq!(good.finish(), Ok(()));
        let mut bad = Checker::new(HELLO.parse().unwrap());
        bad.input(b"hello!");
        assert!(bad.finish().is_err());
    }
}
