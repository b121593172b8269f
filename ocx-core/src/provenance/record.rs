//! What is written down of an image.

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use crate::{
    image::{BaseLabels, ContentDigest, ImageId, ImageReference, OcxLabels},
    settings::ContentHash,
};

/// An image that ocx built, or that has proved to be what ocx would have built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ImageRecord {
    /// Its ID.
    pub(crate) image: ImageId,
    /// What it holds and says.
    pub(crate) content: ContentDigest,
    /// The name that it was given. Under another one it is somebody else's affair.
    pub(crate) name: ImageReference,
    /// User ID of whoever had it built.
    pub(crate) owner: u32,
    /// What it is made of.
    pub(crate) made_of: MadeOf,
}

/// What an image is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MadeOf {
    /// A base and ocx's layer.
    Layer(LayerOrigin),
    /// A Dockerfile.
    Base(BaseOrigin),
}

/// What an ocx image is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerOrigin {
    /// The recipe, opencode, and the base.
    pub labels: OcxLabels,
    /// The registry that meant this opencode; `None` for a binary of the user's own.
    pub registry: Option<String>,
}

/// What a base is made of that ocx built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BaseOrigin {
    /// Canonical root of the project that had it built; `None` if the Dockerfile is ocx's own, or lies
    /// in the user's own configuration directory.
    pub(crate) project: Option<Utf8PathBuf>,
    /// Its name, the Dockerfile, build arguments and target.
    pub(crate) text: BaseLabels,
    /// Dockerfile and build context as they lie in the project, the same in each clone; `None` if none
    /// of that lies there, or if it changed during the build.
    pub(crate) context: Option<ContentHash>,
}
