//! What lies in the layer, as it can be compared with what is found there.

use sha2::{Digest, Sha256};

use super::skeleton;

/// All paths of the layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LayerTree {
    pub(crate) entries: Vec<TreeEntry>,
}

/// One path of the layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TreeEntry {
    /// Relative to the root, without a slash at either end.
    pub(crate) path: String,
    /// Mode bits.
    pub(crate) mode: u32,
    /// SHA-256 of a file, hexadecimal; `None` for a directory.
    pub(crate) sha256: Option<String>,
    /// Whether a layer may do without it.
    pub(crate) may_be_missing: bool,
}

impl LayerTree {
    /// The layer with these programs. ripgrep may be missing: a build goes on where it cannot be had.
    pub(crate) fn new(opencode_sha256: &str, ripgrep_sha256: Option<&str>) -> Self {
        let entry = |path: &str, mode, sha256: Option<String>| TreeEntry {
            path: path.to_owned(),
            mode,
            sha256,
            may_be_missing: false,
        };
        let mut entries = vec![entry("ocx", 0o755, None)];
        entries.extend(skeleton::ENTRIES.iter().map(|known| {
            let sha256 = known.content.map(|text| hex::encode(Sha256::digest(text)));
            entry(&format!("ocx/{}", known.path), known.mode, sha256)
        }));
        entries.push(entry(
            "ocx/bin/opencode",
            0o755,
            Some(opencode_sha256.to_owned()),
        ));
        entries.extend(ripgrep_sha256.map(|sha256| TreeEntry {
            may_be_missing: true,
            ..entry("ocx/bin/rg", 0o755, Some(sha256.to_owned()))
        }));
        Self { entries }
    }
}
