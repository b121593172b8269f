//! The use cases with a mocked engine.

mod building;
mod compat;
mod sessions;
mod status;
mod upgrade;
mod world;
