//! Steps that take time.

use std::fmt;

use crate::image::{ImageReference, OpencodeVersion};

/// A step that may take noticeable time. [`fmt::Display`] says what is being done, as a present
/// participle without a full stop: `building team-tools`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// An image is read for what decides how opencode runs in it.
    LookIntoImage {
        /// The image.
        image: ImageReference,
    },
    /// An image is fetched from its registry.
    Pull {
        /// The image.
        image: ImageReference,
    },
    /// A base image is built from its Dockerfile.
    BuildBase {
        /// Its name.
        image: ImageReference,
        /// Why.
        because: String,
    },
    /// ocx's layer is built on a base.
    BuildLayer {
        /// The name of what comes of it.
        image: ImageReference,
        /// Why.
        because: String,
    },
    /// The engine is asked, by a build from its cache, whether a base image is still what its
    /// Dockerfile makes.
    CheckBase {
        /// Its name.
        image: ImageReference,
    },
    /// The engine copies the layers of an image, so that the first session need not wait for that.
    CopyLayers,
    /// opencode is run in a new image.
    TryOut {
        /// Its version.
        version: OpencodeVersion,
    },
    /// Another ocx builds the same image.
    WaitForBuild,
    /// Another process downloads the same thing.
    WaitForDownload {
        /// What is downloaded.
        title: String,
    },
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LookIntoImage { image } => write!(f, "looking into {image}"),
            Self::Pull { image } => write!(f, "pulling {image}"),
            Self::BuildBase { image, because } => {
                write!(f, "building base image {image}: {because}")
            }
            Self::BuildLayer { image, because } => write!(f, "building {image}: {because}"),
            Self::CheckBase { image } => write!(f, "checking base image {image}"),
            Self::CopyLayers => {
                f.write_str("copying the image's layers for your user ID, once for this image")
            }
            Self::TryOut { version } => write!(f, "trying opencode {version} out in the new image"),
            Self::WaitForBuild => f.write_str("waiting for another ocx that builds the same image"),
            Self::WaitForDownload { title } => {
                write!(f, "waiting for another process that downloads {title}")
            }
        }
    }
}
