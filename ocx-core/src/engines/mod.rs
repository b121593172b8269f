//! Finding a container engine, and choosing one of several.
//!
//! Nothing here knows a particular engine. Each backend crate brings a [`Backend`] that finds its
//! engine; a program lists those that it wants to offer.

mod choice;
mod engine;

pub use choice::{Choice, ChoiceError, choose};
pub use engine::{Backend, Connection, Engine, Trouble};
