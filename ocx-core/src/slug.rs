//! Readable parts of names that engines and file systems all take.

use sha2::{Digest, Sha256};

/// A name for what belongs to `place`, a path: readable, and another one for each place.
pub(crate) fn place_name(place: &str) -> String {
    // Two places may have one slug.
    let slug = slug(place, 40, "directory");
    format!("{slug}-{}", short_hash(place))
}

/// Tells a few texts apart.
pub(crate) fn short_hash(text: &str) -> String {
    hex::encode(&Sha256::digest(text)[..4])
}

/// The letters and digits of `text` in lower case, and one hyphen for everything else between them;
/// at most `longest` characters, and `otherwise` if nothing is left.
pub(crate) fn slug(text: &str, longest: usize, otherwise: &str) -> String {
    let mut slug = String::new();
    for character in text.chars().flat_map(char::to_lowercase) {
        if character.is_ascii_lowercase() || character.is_ascii_digit() {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(longest);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        otherwise.to_owned()
    } else {
        slug.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_text() {
        assert_eq!(slug("My App/docker", 60, "x"), "my-app-docker");
        assert_eq!(slug("--Ünï--", 60, "x"), "n");
        assert_eq!(slug("ab-cd", 3, "x"), "ab");
        assert_eq!(slug("日本", 60, "x"), "x");
    }
}
