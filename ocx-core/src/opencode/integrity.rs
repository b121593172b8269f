//! Checksums of tarballs.

use std::{fmt, str::FromStr};

use ssri::{Algorithm, Hash, IntegrityOpts};

/// A SHA-512 checksum in the notation of [Subresource Integrity](https://www.w3.org/TR/SRI/), such
/// as `sha512-…`. Weaker checksums are not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integrity(Vec<Hash>);

/// Why a text is no usable checksum.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` holds no SHA-512 checksum")]
pub struct IntegrityError {
    /// What was found.
    pub found: String,
}

impl FromStr for Integrity {
    type Err = IntegrityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || IntegrityError {
            found: text.to_owned(),
        };
        let integrity: ssri::Integrity = text.parse().map_err(|_| error())?;
        let hashes: Vec<Hash> = integrity
            .hashes
            .into_iter()
            .filter(|hash| hash.algorithm == Algorithm::Sha512)
            .collect();
        if hashes.is_empty() {
            return Err(error());
        }
        Ok(Self(hashes))
    }
}

impl fmt::Display for Integrity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, hash) in self.0.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{hash}")?;
        }
        Ok(())
    }
}

/// Checks bytes as they arrive.
pub(super) struct Checker {
    expected: Integrity,
    hasher: IntegrityOpts,
}

impl Checker {
    pub(super) fn new(expected: Integrity) -> Self {
        Self {
            expected,
            hasher: IntegrityOpts::new().algorithm(Algorithm::Sha512),
        }
    }

    pub(super) fn input(&mut self, bytes: &[u8]) {
        self.hasher.input(bytes);
    }

    /// `Err` holds the checksum that the bytes have instead.
    pub(super) fn finish(self) -> Result<(), Integrity> {
        let actual = self.hasher.result().hashes;
        if actual.iter().any(|hash| self.expected.0.contains(hash)) {
            Ok(())
        } else {
            Err(Integrity(actual))
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
        ] {
            assert!(text.parse::<Integrity>().is_err(), "{text:?}");
        }
        let both = format!("sha1-qvTGHdzF6KLavt4PO0gs2a6pQ00= {HELLO}");
        assert_eq!(both.parse::<Integrity>().unwrap().to_string(), HELLO);
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
