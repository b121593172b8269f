//! The npm registry: which versions there are, and their tarballs.

mod body;
mod client;
mod download;
mod error;
mod manifest;

pub use client::{HttpOptions, Pace, ProxyUse, Registry};
pub(super) use error::shown;
pub use error::{Malformed, RegistryError, TransportError};
pub use manifest::{Manifest, VersionQuery};

#[cfg(test)]
mod tests;
