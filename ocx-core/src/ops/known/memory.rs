//! What ocx remembers of a base between runs, so that the name of its ocx image is known before the
//! engine is asked.

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ops::Ocx;
use crate::{
    base::BasePlan,
    disk,
    image::{ImageId, OpencodeVersion},
    settings::VersionRequest,
};

/// What was last built on a base.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::ops) struct LastBuild {
    /// The base image.
    pub(in crate::ops) base_id: ImageId,
    /// The version of opencode.
    pub(in crate::ops) version: OpencodeVersion,
    /// npm package of the binary, or `local`.
    pub(in crate::ops) build: String,
    /// The version that was last built for `opencode_version = "latest"`. A version that was pinned
    /// for a while does not take its place.
    #[serde(default)]
    pub(in crate::ops) followed: Option<OpencodeVersion>,
}

impl Ocx {
    pub(in crate::ops) fn last_build(&self, base: &BasePlan) -> Option<LastBuild> {
        self.last_build_files(base)
            .iter()
            .find_map(|file| disk::read_json(file))
    }

    /// The version that sessions use while the settings say `latest`, until a newer one is asked for.
    pub(in crate::ops) fn followed_version(&self, base: &BasePlan) -> Option<OpencodeVersion> {
        self.last_build(base)?.followed
    }

    pub(in crate::ops) fn remember_build(
        &self,
        base: &BasePlan,
        base_id: ImageId,
        version: OpencodeVersion,
        build: String,
    ) {
        let before = self.last_build(base);
        let followed = if self.follows_latest() {
            Some(version.clone())
        } else {
            before.as_ref().and_then(|last| last.followed.clone())
        };
        let last = LastBuild {
            base_id,
            version,
            build,
            followed,
        };
        for file in self.last_build_files(base) {
            if before.as_ref() != Some(&last) || !file.exists() {
                // Without it the next start only takes one more engine call.
                let _ = disk::write_json(&file, &last);
            }
        }
    }

    /// Whether the settings leave the version of opencode open.
    pub(in crate::ops) fn follows_latest(&self) -> bool {
        self.settings.opencode_version == VersionRequest::Latest
            && self.settings.opencode_binary.is_none()
    }

    /// The file for exactly this engine, and the one for any engine of its name: a daemon that was
    /// started again is another engine by its socket, and what is on its disk is the same. Whatever
    /// is remembered is compared with the images that are there.
    fn last_build_files(&self, base: &BasePlan) -> [Utf8PathBuf; 2] {
        let name = hex::encode(&Sha256::digest(base.reference().as_str())[..8]);
        let directory = self.host.dirs.cache.join("last-builds");
        let (key, name_of_engine) = (self.engine_key(), self.runtime.name());
        [key.as_str(), name_of_engine.as_str()]
            .map(|engine| directory.join(format!("{engine}-{name}.json")))
    }
}
