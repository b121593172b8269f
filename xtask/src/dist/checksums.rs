//! `SHA256SUMS`, as `sha256sum --check` reads it.

use std::fs;

use camino::Utf8Path;
use sha2::{Digest, Sha256};

use super::contents::files_of;
use crate::step::Outcome;

const FILE: &str = "SHA256SUMS";

/// Writes the sums of all files in a directory into a file there.
pub(super) fn write(directory: &Utf8Path) -> Outcome {
    let mut sums = String::new();
    for path in files_of(directory)? {
        let content = fs::read(&path).map_err(|error| format!("{path}: {error}"))?;
        sums += &line(path.file_name().unwrap_or_default(), &content);
    }
    super::write(&directory.join(FILE), sums.as_bytes())
}

fn line(name: &str, content: &[u8]) -> String {
    format!("{}  {name}\n", hex::encode(Sha256::digest(content)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_as_sha256sum_writes_it() {
        assert_eq!(
            line("abc.txt", b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  abc.txt\n"
        );
    }
}
