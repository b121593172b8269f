//! Finding a container engine, and choosing one of several.
//!
//! Nothing here knows a particular engine. Each backend crate brings a [`Backend`] that finds its
//! engine; a program lists those that it wants to offer.

mod choice;

pub use crate::runtime::{Backend, Connection, Engine, Trouble};
pub use choice::{Choice, ChoiceError, choose};
