//! Readable parts of names that engines and file systems all take.

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
