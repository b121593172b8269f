//! The use cases with a mocked engine.

mod building;
mod compat;
mod confinement;
mod consent;
mod guards;
mod sessions;
mod status;
mod upgrade;
mod world;
