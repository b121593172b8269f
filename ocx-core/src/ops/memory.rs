//! What ocx remembers of a base between runs, so that the name of its ocx image is known before the
//! engine is asked.

use std::fs;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Ocx;
use crate::{
    atomic_file,
    base::BasePlan,
    image::{ImageId, OpencodeVersion},
};

/// What was last built on a base.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LastBuild {
    /// The base image.
    pub(super) base_id: ImageId,
    /// The version of opencode.
    pub(super) version: OpencodeVersion,
    /// npm package of the binary, or `local`.
    pub(super) build: String,
}

impl Ocx<'_> {
    pub(super) fn last_build(&self, base: &BasePlan) -> Option<LastBuild> {
        serde_json::from_slice(&fs::read(self.last_build_file(base)).ok()?).ok()
    }

    pub(super) fn remember_build(&self, base: &BasePlan, build: &LastBuild) {
        if self.last_build(base).as_ref() != Some(build) {
            // Without a cache the next start only takes one more engine call.
            let _ = atomic_file::write_json(&self.last_build_file(base), build);
        }
    }

    fn last_build_file(&self, base: &BasePlan) -> Utf8PathBuf {
        let name = hex::encode(&Sha256::digest(base.reference().as_str())[..8]);
        let engine = self.engine_key.as_str();
        self.host
            .dirs
            .cache
            .join("last-builds")
            .join(format!("{engine}-{name}.json"))
    }
}
