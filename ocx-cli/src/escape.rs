//! Text that others chose, for the terminal.

/// `text` on one line, with nothing in it that a terminal would follow or that would change the order
/// of what is read.
pub(crate) fn escaped(text: &str) -> String {
    text.chars()
        .flat_map(|character| {
            if is_harmless(character) {
                vec![character]
            } else {
                character.escape_default().collect()
            }
        })
        .collect()
}

fn is_harmless(character: char) -> bool {
    let is_invisible = matches!(
        character,
        '\u{00ad}'
            | '\u{061c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    );
    character == '\t' || !(character.is_control() || is_invisible)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_follow() {
        assert_eq!(escaped("\u{1b}[31mred\r\n"), "\\u{1b}[31mred\\r\\n");
        assert_eq!(escaped("a\u{202e}b\u{9b}c"), "a\\u{202e}b\\u{9b}c");
        assert_eq!(escaped("Grüße, 日本\t\"x\""), "Grüße, 日本\t\"x\"");
    }
}
