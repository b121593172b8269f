//! Graphics cards of the host.

/// The graphics cards that a container gets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Gpus {
    /// All.
    All,
    /// So many; at least one.
    Count(u16),
    /// These, by number or by ID; at least one.
    Ids(Vec<String>),
}
