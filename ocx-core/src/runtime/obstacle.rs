//! What keeps an engine from building.

use camino::Utf8PathBuf;

/// Something that keeps an engine from building, found without reading what it said.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildObstacle {
    /// The builder that the user's variables ask for is not installed.
    NoBuilder {
        /// The package or plugin that it is part of.
        plugin: &'static str,
        /// The variable that asks for it.
        variable: &'static str,
    },
    /// Hardly any room is left where the engine keeps its images.
    NoRoom {
        /// The directory, which the engine named.
        path: Utf8PathBuf,
        /// How many bytes are left for an ordinary user.
        left: u64,
    },
}
