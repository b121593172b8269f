//! What is in one layer of an image.

/// What a layer holds at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerEntry {
    /// The path as it is written, relative to the root.
    pub path: String,
    /// What it is.
    pub kind: LayerEntryKind,
    /// Mode bits.
    pub mode: u32,
    /// The owner's user ID.
    pub uid: u64,
    /// The owner's group ID.
    pub gid: u64,
    /// What else is written down of it, by names, such as `SCHILY.xattr.security.capability`; not times,
    /// and not SELinux labels.
    pub attributes: Vec<String>,
}

/// What lies at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LayerEntryKind {
    /// A regular file.
    File {
        /// SHA-256 of its content, hexadecimal.
        sha256: String,
    },
    /// A directory.
    Directory,
    /// A link, a device, and whatever else an archive may hold, such as a name that is too long for its
    /// header.
    Other,
}
