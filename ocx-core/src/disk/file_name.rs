//! Names that may become names of files.

/// Whether `text` names a file in its directory, a visible one without control characters.
pub(crate) fn is_file_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('.')
        && text.len() <= 200
        && !text.contains(|character: char| character == '/' || character.is_control())
}
