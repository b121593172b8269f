//! Where images come from: records of what ocx built, kept outside of the images, and the proof that one
//! without a record holds exactly what ocx would have put into it.
//!
//! What an image says of itself, by its name and its labels, anybody can write into it.

mod proof;
mod record;
mod store;

pub use proof::Doubt;
pub(crate) use proof::{Genuine, prove_configuration, prove_layer};
pub use record::LayerOrigin;
pub(crate) use record::{BaseOrigin, ImageRecord, MadeOf};
pub(crate) use store::ImageRecords;
