//! References, IDs, names, versions and labels of images.

mod content;
mod id;
mod labels;
mod name;
mod reference;
mod reference_grammar;
mod standing_name;
mod version;

pub use content::ContentDigest;
pub use id::{ImageHandle, ImageId, ImageIdError};
pub use labels::{BaseLabels, OcxLabels, RECIPE_REVISION, label};
pub use name::{DerivedName, ocx_image};
pub(crate) use name::{default_base, ocx_image_for_default_base};
pub use reference::{ImageReference, ReferenceError};
pub use reference_grammar::ReferenceProblem;
pub(crate) use standing_name::{is_local_name, is_reserved, usable_image};
pub use version::{MINIMUM_VERSION, OpencodeVersion, VersionError};
