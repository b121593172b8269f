//! Packages that only this registry has.

use std::{collections::BTreeMap, io::Write};

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use serde_json::json;
use sha2::{Digest, Sha512};

use super::upstream;

/// Files by their path in the registry.
#[derive(Debug, Default)]
pub(super) struct Published(BTreeMap<String, Vec<u8>>);

impl Published {
    /// Adds one version of a package, or replaces it. `program` is its `bin/opencode`.
    pub(super) fn add(&mut self, package: &str, version: &str, program: &[u8]) {
        let tarball = tarball(program);
        let integrity = format!("sha512-{}", STANDARD.encode(Sha512::digest(&tarball)));
        let path = format!("/{package}/-/{package}-{version}.tgz");
        let manifest = json!({
            "name": package,
            "version": version,
            "dist": { "tarball": format!("{}{path}", upstream::URL), "integrity": integrity },
        });
        self.0.insert(path, tarball);
        self.0
            .insert(format!("/{package}/{version}"), manifest.to_string().into());
    }

    pub(super) fn get(&self, path: &str) -> Option<Vec<u8>> {
        self.0.get(path).cloned()
    }
}

fn tarball(program: &[u8]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_mode(0o755);
    header.set_size(program.len() as u64);
    archive
        .append_data(&mut header, "package/bin/opencode", program)
        .expect("memory is writable");
    let archive = archive.into_inner().expect("memory is writable");
    let mut compressed = GzEncoder::new(Vec::new(), Compression::fast());
    compressed.write_all(&archive).expect("memory is writable");
    compressed.finish().expect("memory is writable")
}
