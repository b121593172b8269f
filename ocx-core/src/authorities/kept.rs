//! Keystores that are made of a bundle, and kept until it is another one.

use std::{fs, io, os::unix::fs::MetadataExt};

use camino::{Utf8Path, Utf8PathBuf};
use rustls_pki_types::{CertificateDer, pem::PemObject as _};

use super::java_keystore::java_keystore;
use crate::{
    disk::{make_private_dir, read_bounded, write_atomically},
    slug::short_hash,
};

/// A larger bundle is none, in bytes.
const LARGEST_BUNDLE: u64 = 16 * 1024 * 1024;
/// Other users are to read it: a session's user may be one, for the engine.
const MODE: u32 = 0o644;

/// The keystore for Java with the certificates of a bundle. It is made where it is not there yet, which takes
/// some milliseconds; what was made of an older bundle goes.
///
/// # Errors
///
/// If the bundle cannot be read, or has no certificate, or the keystore cannot be written.
pub(crate) fn java_keystore_of(bundle: &Utf8Path, cache: &Utf8Path) -> io::Result<Utf8PathBuf> {
    let directory = cache.join("java");
    let metadata = bundle.metadata()?;
    let version = format!(
        "{bundle} {} {} {}",
        metadata.len(),
        metadata.mtime(),
        metadata.mtime_nsec()
    );
    let file = directory.join(format!("{}.jks", short_hash(&version)));
    if file.is_file() {
        return Ok(file);
    }
    let text = read_bounded(bundle, LARGEST_BUNDLE)?;
    let certificates: Vec<CertificateDer<'_>> = CertificateDer::pem_slice_iter(&text)
        .filter_map(Result::ok)
        .collect();
    if certificates.is_empty() {
        return Err(io::ErrorKind::InvalidData.into());
    }
    make_private_dir(&directory).map_err(io::Error::other)?;
    let older: Vec<_> = directory.read_dir_utf8()?.flatten().collect();
    write_atomically(&file, &java_keystore(&certificates), MODE)?;
    for entry in older.iter().filter(|entry| entry.path() != file) {
        // A session that has it keeps it.
        let _ = fs::remove_file(entry.path());
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three bytes that are no certificate: nobody looks into them here.
    const ONE: &str = "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n";

    #[test]
    fn made_once_for_each_bundle() {
        let directory = tempfile::tempdir().unwrap();
        let directory = Utf8Path::from_path(directory.path()).unwrap();
        let (bundle, cache) = (directory.join("bundle.pem"), directory.join("cache"));
        let made = || java_keystore_of(&bundle, &cache);
        assert!(made().is_err());
        fs::write(&bundle, "nothing").unwrap();
        assert!(made().is_err());
        fs::write(&bundle, format!("# words\n{ONE}")).unwrap();
        let first = made().unwrap();
        assert_eq!(first.metadata().unwrap().mode() & 0o777, MODE);
        fs::write(&first, "as it is").unwrap();
        assert_eq!(made().unwrap(), first);
        assert_eq!(fs::read(&first).unwrap(), b"as it is");
        fs::write(&bundle, [ONE, ONE].concat()).unwrap();
        let second = made().unwrap();
        assert_ne!(second, first);
        assert!(!first.exists());
        let one = java_keystore(&[CertificateDer::from(vec![1, 2, 3])]).len();
        assert!(fs::read(&second).unwrap().len() > one);
    }
}
