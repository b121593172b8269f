//! Looking into one layer of an image as `save` writes it out.
//!
//! `save` is the only command that hands out a layer as it is, alone. Its archives differ between engines
//! and versions: directories of layers, or blobs in the layout of OCI, compressed or not. But a layer is
//! known by the digest of its bytes: whatever in the archive has that digest is the layer, and nothing
//! else is.

use std::{
    io::{self, BufRead, BufReader, PipeReader, Read},
    time::Duration,
};

use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};

use super::{CliRuntime, Dialect, streamed::streamed};
use crate::{
    image::ImageId,
    runtime::{CommandError, Failure, LayerEntry, LayerEntryKind, RuntimeError},
};

/// How long an engine may take to write an image out: the largest have tens of gigabytes.
const SAVING: Duration = Duration::from_secs(20 * 60);

/// A layer with more entries is not told. ocx's has some twenty.
const MOST_ENTRIES: usize = 1024;

/// A larger extended header is not read.
const LARGEST_HEADER: u64 = 64 * 1024;

/// The first bytes of what is compressed with gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Keywords of extended headers that say nothing that counts: times, and labels that an engine gives
/// anew.
const UNIMPORTANT: [&str; 4] = ["atime", "ctime", "mtime", "SCHILY.xattr.security.selinux"];

impl<D: Dialect> CliRuntime<D> {
    /// The entries of a layer of an image.
    pub(super) async fn layer_of(
        &self,
        image: &ImageId,
        layer: &str,
    ) -> Result<Option<Vec<LayerEntry>>, RuntimeError> {
        let save = self.query(&["save", &image.to_string()]).within(SAVING);
        let call = self.announce(&save);
        let layer = layer.to_owned();
        let read = move |archive: &mut PipeReader| layer_entries(archive, &layer);
        let environment = &self.client.environment;
        let saved = streamed(&save, environment, SAVING, read).await;
        if let Some(call) = call {
            match &saved {
                Ok(Some(saved)) => call.ended_with(Ok(&saved.captured)),
                Ok(None) => call.ended(Some(&Failure::TimedOut(SAVING).to_string())),
                Err(error) => call.ended_with(Err(error)),
            }
        }
        let Some(saved) = saved? else {
            let source = CommandError {
                command: (&save).into(),
                failure: Failure::TimedOut(SAVING),
                stderr: String::new(),
                told: false,
                step: None,
            };
            let engine = self.dialect.name();
            return Err(RuntimeError::TimedOut { engine, source });
        };
        if let Some(error) = saved.captured.error(&save) {
            return Err(self.failed(error, RuntimeError::command_failed).await);
        }
        saved
            .read
            .map_err(|reason| RuntimeError::unexpected(&save, b"", &reason))
    }
}

/// The entries of the layer with this digest (`sha256:…`); `None` if the archive has no such layer, or
/// if it is not one that ocx can read to its end.
///
/// # Errors
///
/// If the archive cannot be read.
pub(super) fn layer_entries(
    archive: impl Read,
    layer: &str,
) -> io::Result<Option<Vec<LayerEntry>>> {
    let mut archive = tar::Archive::new(archive);
    let mut found = None;
    for member in archive.entries()?.raw(true) {
        let member = member?;
        if found.is_some() || !member.header().entry_type().is_file() {
            continue;
        }
        let mut member = BufReader::with_capacity(256 << 10, member);
        let (entries, digest) = if member.fill_buf()?.starts_with(&GZIP) {
            // What is compressed badly is no layer.
            read_layer(MultiGzDecoder::new(member)).unwrap_or_default()
        } else {
            read_layer(member)?
        };
        if digest == layer {
            found = Some(entries);
        }
    }
    Ok(found.flatten())
}

/// What may be a layer, with the digest of its bytes. What is no archive, or has too much in it, has no
/// entries.
fn read_layer(bytes: impl Read) -> io::Result<(Option<Vec<LayerEntry>>, String)> {
    let mut bytes = Hashed {
        bytes,
        hasher: Sha256::new(),
    };
    let mut entries = entries_of(&mut bytes).ok().flatten();
    if !is_only_zeros(&mut bytes)? {
        // What stands behind the end of an archive some take for a part of it.
        entries = None;
    }
    let digest = format!("sha256:{}", hex::encode(bytes.hasher.finalize()));
    Ok((entries, digest))
}

/// Reads to the end.
fn is_only_zeros(bytes: &mut impl Read) -> io::Result<bool> {
    let mut buffer = vec![0; 64 << 10];
    let mut only_zeros = true;
    loop {
        match bytes.read(&mut buffer) {
            Ok(0) => return Ok(only_zeros),
            Ok(length) => only_zeros &= buffer[..length].iter().all(|byte| *byte == 0),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn entries_of(layer: &mut impl Read) -> io::Result<Option<Vec<LayerEntry>>> {
    let mut archive = tar::Archive::new(layer);
    let mut entries = Vec::new();
    let mut attributes = Vec::new();
    // Raw: a header that is longer than memory would be read as a whole.
    for entry in archive.entries()?.raw(true) {
        let mut entry = entry?;
        if entries.len() == MOST_ENTRIES {
            return Ok(None);
        }
        let kind = entry.header().entry_type();
        if kind.is_pax_local_extensions() && entry.size() <= LARGEST_HEADER {
            let mut text = Vec::new();
            entry.read_to_end(&mut text)?;
            attributes.extend(keywords(&text));
            continue;
        }
        let header = entry.header();
        let (mode, uid, gid) = (header.mode()?, header.uid()?, header.gid()?);
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let kind = if kind.is_dir() {
            LayerEntryKind::Directory
        } else if kind.is_file() {
            let mut hashed = Hashed {
                bytes: &mut entry,
                hasher: Sha256::new(),
            };
            io::copy(&mut hashed, &mut io::sink())?;
            LayerEntryKind::File {
                sha256: hex::encode(hashed.hasher.finalize()),
            }
        } else {
            LayerEntryKind::Other
        };
        entries.push(LayerEntry {
            path,
            kind,
            mode: mode & 0o7777,
            uid,
            gid,
            attributes: std::mem::take(&mut attributes),
        });
    }
    Ok(Some(entries))
}

/// The keywords of an extended header that count: lines of a length, a blank, a keyword, `=` and a value
/// (<https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_03>).
fn keywords(text: &[u8]) -> Vec<String> {
    let mut keywords = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let length: Option<usize> = rest
            .iter()
            .position(|byte| *byte == b' ')
            .and_then(|blank| std::str::from_utf8(&rest[..blank]).ok()?.parse().ok())
            .filter(|length| (1..=rest.len()).contains(length));
        let Some(length) = length else {
            keywords.push("unreadable".to_owned());
            break;
        };
        let line = String::from_utf8_lossy(&rest[..length]);
        let keyword = line
            .split_once(' ')
            .and_then(|(_, field)| field.split_once('='))
            .map_or("unreadable", |(keyword, _)| keyword);
        if !UNIMPORTANT.contains(&keyword) {
            keywords.push(keyword.to_owned());
        }
        rest = &rest[length..];
    }
    keywords
}

/// Hashes what is read.
struct Hashed<R> {
    bytes: R,
    hasher: Sha256,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.bytes.read(buffer)?;
        self.hasher.update(&buffer[..length]);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn header(kind: tar::EntryType, mode: u32, size: usize) -> tar::Header {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_size(size as u64);
        header.set_uid(0);
        header.set_gid(0);
        header
    }

    fn append(
        archive: &mut tar::Builder<Vec<u8>>,
        kind: tar::EntryType,
        path: &str,
        content: &[u8],
    ) {
        let mut header = header(kind, 0o755, content.len());
        header.set_path(path).unwrap();
        header.set_cksum();
        archive.append(&header, content).unwrap();
    }

    fn layer(add: impl FnOnce(&mut tar::Builder<Vec<u8>>)) -> Vec<u8> {
        let mut archive = tar::Builder::new(Vec::new());
        append(&mut archive, tar::EntryType::Directory, "ocx/", b"");
        append(&mut archive, tar::EntryType::Regular, "ocx/file", b"abc");
        add(&mut archive);
        archive.into_inner().unwrap()
    }

    fn digest(bytes: &[u8]) -> String {
        format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
    }

    fn saved(members: &[&[u8]]) -> Vec<u8> {
        let mut archive = tar::Builder::new(Vec::new());
        for (number, member) in members.iter().enumerate() {
            let path = format!("blobs/{number}");
            append(&mut archive, tar::EntryType::Regular, &path, member);
        }
        archive.into_inner().unwrap()
    }

    fn compressed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_layer_is_known_by_its_digest_wherever_it_lies() {
        let wanted = layer(|_| ());
        let other = layer(|archive| append(archive, tar::EntryType::Regular, "x", b"y"));
        let json = b"{\"layers\": []}".as_slice();
        for archive in [
            saved(&[json, &other, &wanted]),
            saved(&[&wanted, &other, json]),
            saved(&[&compressed(&wanted), &compressed(&other)]),
            saved(&[&wanted, &wanted]),
        ] {
            let entries = layer_entries(archive.as_slice(), &digest(&wanted))
                .unwrap()
                .unwrap();
            let paths: Vec<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
            assert_eq!(paths, ["ocx/", "ocx/file"]);
            let sha256 = hex::encode(Sha256::digest(b"abc"));
            assert_eq!(entries[0].kind, LayerEntryKind::Directory);
            assert_eq!(entries[1].kind, LayerEntryKind::File { sha256 });
            assert_eq!((entries[1].mode, entries[1].uid), (0o755, 0));
        }
        let archive = saved(&[&other, json]);
        let found = layer_entries(archive.as_slice(), &digest(&wanted)).unwrap();
        assert_eq!(found, None);
        layer_entries(&archive[..700], &digest(&wanted)).unwrap_err();
    }

    #[test]
    fn what_an_archive_says_of_a_path_is_not_left_out() {
        let entries = |layer: &[u8]| {
            let archive = saved(&[layer]);
            layer_entries(archive.as_slice(), &digest(layer)).unwrap()
        };
        let mut link = header(tar::EntryType::Symlink, 0o777, 0);
        link.set_path("bin/sh").unwrap();
        link.set_link_name("/ocx/evil").unwrap();
        link.set_cksum();
        let found = entries(&layer(|archive| {
            archive.append(&link, &b""[..]).unwrap();
        }));
        assert_eq!(found.unwrap()[2].kind, LayerEntryKind::Other);
        let found = entries(&layer(|archive| {
            let of_file = [
                ("SCHILY.xattr.security.capability", b"x".as_slice()),
                ("mtime", b"1.5"),
                ("path", b"bin/sh"),
            ];
            archive.append_pax_extensions(of_file).unwrap();
            append(archive, tar::EntryType::Regular, "ocx/more", b"");
            append(archive, tar::EntryType::Regular, "ocx/last", b"");
        }));
        let found = found.unwrap();
        assert_eq!(
            found[2].attributes,
            ["SCHILY.xattr.security.capability", "path"]
        );
        assert!(found[3].attributes.is_empty());
        // Another archive behind the end of the first.
        let hidden = [layer(|_| ()), layer(|_| ())].concat();
        assert_eq!(entries(&hidden), None);
        let crowd = layer(|archive| {
            for number in 0..MOST_ENTRIES {
                append(archive, tar::EntryType::Regular, &number.to_string(), b"");
            }
        });
        assert_eq!(entries(&crowd), None);
    }

    #[test]
    fn fuzz_saved_images() {
        let mut seeds = crate::testing::corpus(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/tar"));
        let wanted = layer(|archive| {
            let mtime = [("mtime", b"1.5".as_slice())];
            archive.append_pax_extensions(mtime).unwrap();
            append(archive, tar::EntryType::Regular, "x", b"y");
        });
        seeds.push(saved(&[&wanted, &compressed(&wanted)]));
        let digest = digest(&wanted);
        crate::testing::fuzz(&seeds, |input| {
            // What is told of the layer is what is in it, whatever else is in the archive.
            if let Ok(Some(entries)) = layer_entries(input, &digest) {
                assert_eq!(entries.len(), 3);
            }
        });
    }
}
