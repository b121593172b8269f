//! Texts in lines of a width.

use unicode_width::UnicodeWidthStr as _;

/// After what a text may go on in the next line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Breaks {
    /// Nothing: it stays one line.
    Nowhere,
    /// Blanks, which the end of the line then stands for.
    AtBlanks,
    /// Blanks, and commas, which stay.
    AtBlanksAndCommas,
}

/// The text in lines that are no wider than `width`, but for those of a single long word.
pub(crate) fn lines(text: &str, width: usize, breaks: Breaks) -> Vec<String> {
    if text.width() <= width {
        return vec![text.to_owned()];
    }
    let mut lines: Vec<String> = Vec::new();
    for word in words(text, breaks) {
        match lines.last_mut() {
            Some(line) if (line.clone() + word).trim_end().width() <= width => line.push_str(word),
            _ => lines.push(word.to_owned()),
        }
    }
    let ends = lines.iter().map(|line| line.trim_end().to_owned());
    ends.filter(|line| !line.is_empty()).collect()
}

/// The columns of the widest word.
pub(crate) fn widest_word(text: &str, breaks: Breaks) -> usize {
    let words = words(text, breaks).into_iter();
    words
        .map(|word| word.trim_end().width())
        .max()
        .unwrap_or_default()
}

/// What no line ends within, each with what follows it.
fn words(text: &str, breaks: Breaks) -> Vec<&str> {
    match breaks {
        Breaks::Nowhere => vec![text],
        Breaks::AtBlanks => text.split_inclusive(' ').collect(),
        Breaks::AtBlanksAndCommas => text.split_inclusive([' ', ',']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole_and_lines_are_as_wide_as_they_may_be() {
        let at_blanks = |text, width| lines(text, width, Breaks::AtBlanks);
        assert_eq!(at_blanks("one two three", 7), ["one two", "three"]);
        assert_eq!(at_blanks("one  two", 80), ["one  two"]);
        assert_eq!(
            at_blanks("a /long/path/to b", 5),
            ["a", "/long/path/to", "b"]
        );
        assert_eq!(at_blanks("", 5), [""]);
        assert_eq!(at_blanks("äöü äöü", 4), ["äöü", "äöü"]);
        assert_eq!(lines("a b c", 2, Breaks::Nowhere), ["a b c"]);
        assert_eq!(
            lines(
                "--mount 'type=bind,target=/x'",
                16,
                Breaks::AtBlanksAndCommas
            ),
            ["--mount", "'type=bind,", "target=/x'"]
        );
        assert_eq!(widest_word("one three", Breaks::AtBlanks), 5);
        assert_eq!(widest_word("one three", Breaks::Nowhere), 9);
    }
}
