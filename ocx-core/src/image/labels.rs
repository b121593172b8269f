//! The labels that ocx puts on images, containers, volumes and networks.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use super::{ContentDigest, ImageId, ImageReference, OpencodeVersion};

/// Revision of what ocx puts into an image. Raised with each change of the layer, so that images
/// of an older recipe are built anew.
pub const RECIPE_REVISION: u32 = 2;

/// Names of labels.
pub mod label {
    /// Version of ocx that built the image.
    pub const OCX_VERSION: &str = "ocx.version";
    /// [`RECIPE_REVISION`](super::RECIPE_REVISION) of the image.
    pub const RECIPE: &str = "ocx.recipe";
    /// Version of opencode in the image.
    pub const OPENCODE_VERSION: &str = "ocx.opencode.version";
    /// npm package that the opencode binary is from, or `local`.
    pub const OPENCODE_BUILD: &str = "ocx.opencode.build";
    /// SHA-256 of the opencode binary.
    pub const OPENCODE_SHA256: &str = "ocx.opencode.sha256";
    /// Reference of the base image.
    pub const BASE_REFERENCE: &str = "ocx.base.reference";
    /// ID of the base image.
    pub const BASE_ID: &str = "ocx.base.id";
    /// [`ContentDigest`](super::ContentDigest) of the base image.
    pub const BASE_CONTENT: &str = "ocx.base.content";
    /// Absolute path of the Dockerfile that a base was built from.
    pub const BASE_DOCKERFILE: &str = "ocx.base.dockerfile";
    /// SHA-256 of that Dockerfile's text.
    pub const BASE_DOCKERFILE_SHA256: &str = "ocx.base.dockerfile-sha256";
    /// SHA-256 of the build arguments of a base.
    pub const BASE_ARGS_SHA256: &str = "ocx.base.args-sha256";
    /// The build context of a base, where the settings name one.
    pub const BASE_CONTEXT: &str = "ocx.base.context";
    /// Build target of a base.
    pub const BASE_TARGET: &str = "ocx.base.target";
    /// Canonical project root that a container or volume belongs to.
    pub const PROJECT: &str = "ocx.project";
    /// ID of that project, which has no characters that filters of engines trip over.
    pub const PROJECT_ID: &str = "ocx.project-id";
    /// ID of the session that a container is.
    pub const SESSION: &str = "ocx.session";
    /// ID of the host's user whose session a container is: engines that run as root have those of all users.
    pub const USER: &str = "ocx.user";
    /// On a network: what ocx made it for.
    pub const NETWORK: &str = "ocx.network";
}

/// What the labels of an ocx image say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OcxLabels {
    /// Version of ocx.
    pub ocx_version: String,
    /// Recipe revision.
    pub recipe: u32,
    /// Version of opencode.
    pub opencode_version: OpencodeVersion,
    /// npm package of the binary, or `local`.
    pub opencode_build: String,
    /// SHA-256 of the binary, hexadecimal.
    pub opencode_sha256: String,
    /// Reference of the base.
    pub base: ImageReference,
    /// ID that the base image had, for messages.
    pub base_id: ImageId,
    /// What the base image held.
    pub base_content: ContentDigest,
}

impl OcxLabels {
    /// Reads the labels of an image; `None` if one is missing or makes no sense.
    #[must_use]
    pub fn read(labels: &BTreeMap<String, String>) -> Option<Self> {
        let get = |name| labels.get(name).map(String::as_str);
        Some(Self {
            ocx_version: get(label::OCX_VERSION)?.to_owned(),
            recipe: Self::recipe(labels)?,
            opencode_version: get(label::OPENCODE_VERSION)?.parse().ok()?,
            opencode_build: get(label::OPENCODE_BUILD)?.to_owned(),
            opencode_sha256: get(label::OPENCODE_SHA256)?.to_owned(),
            base: get(label::BASE_REFERENCE)?.parse().ok()?,
            base_id: get(label::BASE_ID)?.parse().ok()?,
            base_content: get(label::BASE_CONTENT)?.parse().ok()?,
        })
    }

    /// The recipe revision of an image, which an image of any recipe has.
    #[must_use]
    pub fn recipe(labels: &BTreeMap<String, String>) -> Option<u32> {
        labels.get(label::RECIPE)?.parse().ok()
    }

    /// The labels as they are written into an image.
    #[must_use]
    pub fn write(&self) -> BTreeMap<String, String> {
        [
            (label::OCX_VERSION, self.ocx_version.clone()),
            (label::RECIPE, self.recipe.to_string()),
            (label::OPENCODE_VERSION, self.opencode_version.to_string()),
            (label::OPENCODE_BUILD, self.opencode_build.clone()),
            (label::OPENCODE_SHA256, self.opencode_sha256.clone()),
            (label::BASE_REFERENCE, self.base.to_string()),
            (label::BASE_ID, self.base_id.to_string()),
            (label::BASE_CONTENT, self.base_content.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
}

/// What the labels of a base image say that ocx built from a Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseLabels {
    /// The name that the base was built under.
    pub name: ImageReference,
    /// Absolute path of the Dockerfile; for the default base, the word `default`.
    pub dockerfile: Utf8PathBuf,
    /// SHA-256 of its text, hexadecimal.
    pub dockerfile_sha256: String,
    /// SHA-256 of the build arguments, hexadecimal.
    pub args_sha256: String,
    /// Build target, if any.
    pub target: Option<String>,
    /// The build context, if the settings name one: relative to the project for a Dockerfile of the
    /// project's, else absolute.
    pub context: Option<Utf8PathBuf>,
}

impl BaseLabels {
    /// Reads the labels of the image called `name`; `None` for an image that ocx did not build: a
    /// foreign one.
    ///
    /// An image that is made `FROM` a base of ocx's inherits that base's labels, so they count only
    /// when they carry the image's own name.
    #[must_use]
    pub fn read(name: &ImageReference, labels: &BTreeMap<String, String>) -> Option<Self> {
        let get = |name| labels.get(name).cloned();
        let built_as: ImageReference = get(label::BASE_REFERENCE)?.parse().ok()?;
        if built_as != *name {
            return None;
        }
        Some(Self {
            name: built_as,
            dockerfile: get(label::BASE_DOCKERFILE)?.into(),
            dockerfile_sha256: get(label::BASE_DOCKERFILE_SHA256)?,
            args_sha256: get(label::BASE_ARGS_SHA256)?,
            target: get(label::BASE_TARGET).filter(|target| !target.is_empty()),
            context: get(label::BASE_CONTEXT).map(Utf8PathBuf::from),
        })
    }

    /// The labels as they are written into an image.
    #[must_use]
    pub fn write(&self) -> BTreeMap<String, String> {
        let mut labels: BTreeMap<String, String> = [
            (label::BASE_REFERENCE, self.name.to_string()),
            (label::BASE_DOCKERFILE, self.dockerfile.to_string()),
            (
                label::BASE_DOCKERFILE_SHA256,
                self.dockerfile_sha256.clone(),
            ),
            (label::BASE_ARGS_SHA256, self.args_sha256.clone()),
            (label::BASE_TARGET, self.target.clone().unwrap_or_default()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        if let Some(context) = &self.context {
            labels.insert(label::BASE_CONTEXT.to_owned(), context.to_string());
        }
        labels
    }
}
