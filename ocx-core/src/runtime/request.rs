//! How an engine is asked for a container, piece by piece.

use crate::spec::Piece;

/// How an engine is asked for one piece of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The piece.
    pub piece: Piece,
    /// The words in which it is asked for: those of a command line, or of the engine's own. Of a secret
    /// variable only the name.
    pub words: Vec<String>,
}
