//! Words that do not belong into the sources.

use crate::tidy::Source;

/// A word, and what to do about it. Written in two parts so that this file has none of them.
const FORBIDDEN: &[((&str, &str), &str)] = &[
    (("TO", "DO"), "do it, or describe it in ARCHITECTURE.md"),
    (("FIX", "ME"), "fix it"),
    (("XX", "X"), "say what is wrong"),
    (("HA", "CK"), "say why it has to be so"),
    (("#[ig", "nore"), "a test skips with a message, or fails"),
    (("#[al", "low("), "use #[expect(.., reason = \"..\")]"),
];

/// The forbidden words in a file.
pub(crate) fn problems(source: &Source) -> Vec<String> {
    (1..)
        .zip(source.text.lines())
        .flat_map(|(number, line): (usize, &str)| {
            FORBIDDEN.iter().filter_map(move |((start, end), remedy)| {
                let word = format!("{start}{end}");
                contains_word(line, &word)
                    .then(|| format!("{}:{number}: {word}: {remedy}", source.path))
            })
        })
        .collect()
}

fn contains_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        !word.starts_with(char::is_alphabetic) || !(is_letter(before) || is_letter(after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_words_are_found() {
        let found = |text: &str| {
            problems(&Source {
                path: "x.rs".into(),
                text: text.to_owned(),
            })
            .len()
        };
        let word = ["TO", "DO"].concat();
        assert_eq!(found(&format!("// {word}: x\n")), 1);
        assert_eq!(found(&format!("let {word}S = 1;\n")), 0);
        assert_eq!(found(&["#[ig", "nore]"].concat()), 1);
        assert_eq!(found("fine\n"), 0);
    }
}
