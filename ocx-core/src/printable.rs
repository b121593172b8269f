//! Text from outside, made fit to be printed.
//!
//! Paths, image names, labels, settings and what engines print may hold characters that a terminal
//! obeys instead of showing them, or that show a text in another order than it has. The libraries hand
//! on texts as they are; whoever prints them passes them through here first.

use std::borrow::Cow;

/// Whether a character does something else than to show itself: control characters (C0, DEL and C1),
/// what changes the direction of a text ([UAX 9](https://www.unicode.org/reports/tr9/)), ends a line,
/// or is not seen at all.
#[must_use]
pub fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character,
            // Marks, embeddings, overrides and isolates of a direction.
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Ends of lines and paragraphs.
            | '\u{2028}' | '\u{2029}'
            // What is not seen. Joiners are left out: scripts and emoji need them.
            | '\u{ad}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A text that stands within one line: each unprintable character becomes its escape, such as `\n`,
/// `\x1b` or `\u{202e}`.
///
/// # Examples
///
/// ```
/// assert_eq!(ocx_core::printable::field("app\x1b[2J"), r"app\x1b[2J");
/// ```
#[must_use]
pub fn field(text: &str) -> Cow<'_, str> {
    escaped_by(text, is_unprintable, escape)
}

/// A text of several lines: like [`field`], but ends of lines and tabulators stay.
#[must_use]
pub fn text(text: &str) -> Cow<'_, str> {
    let is_escaped = |c| is_unprintable(c) && !matches!(c, '\n' | '\t');
    escaped_by(text, is_escaped, escape)
}

/// A JSON text with the escapes that JSON has for such characters: it means the same. `serde_json`
/// escapes C0 only.
#[must_use]
pub fn json(text: &str) -> Cow<'_, str> {
    // Between its values a JSON text may have ends of lines.
    let is_escaped = |c| is_unprintable(c) && c != '\n';
    escaped_by(text, is_escaped, |character| {
        let mut units = [0; 2];
        let units = character.encode_utf16(&mut units);
        units.iter().map(|unit| format!("\\u{unit:04x}")).collect()
    })
}

/// A basic string of TOML, such as `"a\u009b"`.
#[must_use]
pub fn toml_string(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    // What JSON escapes, TOML escapes alike; beyond that TOML knows no surrogates.
    let escape = |character| format!("\\U{:08x}", u32::from(character));
    escaped_by(&quoted, is_unprintable, escape).into_owned()
}

/// A word as a shell would read it back: as it is, in quotes or, if something in it is unprintable, as
/// `$'…'`, which bash, zsh, ksh and POSIX of 2024 know.
///
/// # Examples
///
/// ```
/// assert_eq!(ocx_core::printable::shell_word("it's"), r"'it'\''s'");
/// ```
#[must_use]
pub fn shell_word(word: &str) -> Cow<'_, str> {
    if !word.contains(is_unprintable) {
        return shell_words::quote(word);
    }
    let mut quoted = String::from("$'");
    let mut after_hex = false;
    for character in word.chars() {
        // Some shells would take more than two digits.
        if after_hex && character.is_ascii_hexdigit() {
            quoted.push_str("'$'");
        }
        after_hex = false;
        match character {
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            '\'' | '\\' => quoted.extend(['\\', character]),
            _ if is_unprintable(character) => {
                let mut bytes = [0; 4];
                for byte in character.encode_utf8(&mut bytes).bytes() {
                    quoted.push_str(&format!("\\x{byte:02x}"));
                }
                after_hex = true;
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('\'');
    quoted.into()
}

fn escape(character: char) -> String {
    match character {
        '\n' => "\\n".to_owned(),
        '\t' => "\\t".to_owned(),
        '\r' => "\\r".to_owned(),
        _ if character.is_ascii() => format!("\\x{:02x}", u32::from(character)),
        _ => format!("\\u{{{:x}}}", u32::from(character)),
    }
}

fn escaped_by(
    text: &str,
    is_escaped: impl Fn(char) -> bool,
    escape: impl Fn(char) -> String,
) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_escaped(character) {
            escaped.push_str(&escape(character));
        } else {
            escaped.push(character);
        }
    }
    escaped.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOSTILE: &str = "a\x1b]0;b\x07\n\tä\u{9b}31m\u{202e}\u{7f}\u{e0041}'\\c";

    #[test]
    fn unprintable_characters_become_visible() {
        assert_eq!(
            field(HOSTILE),
            r"a\x1b]0;b\x07\n\tä\u{9b}31m\u{202e}\x7f\u{e0041}'\c"
        );
        assert!(text(HOSTILE).contains("\\x07\n\tä"));
        let plain = "ordinary – 漢字, 👩\u{200d}💻, می\u{200c}خواهم";
        assert!(matches!(field(plain), Cow::Borrowed(_)));
    }

    #[test]
    fn json_means_the_same() {
        let value = serde_json::json!({ HOSTILE: [HOSTILE] });
        let shown = format!("{value:#}\n");
        let shown = json(&shown);
        assert!(!shown.contains(|c| is_unprintable(c) && c != '\n'));
        let read: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(read, value);
    }

    /// The word as bash reads it.
    fn read_by_a_shell(word: &str) -> String {
        let script = format!("printf %s {}", shell_word(word));
        let output = std::process::Command::new("bash")
            .args(["-c", &script])
            .output()
            .unwrap();
        assert!(output.status.success(), "{script}");
        String::from_utf8(output.stdout).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_shell_reads_the_same_word(word in "[\\x01-\\x1f\\x7f-\\x9f\u{202e}\u{e0041}a-f0-9'\\\\\" $ä]{0,12}") {
            let shown = shell_word(&word);
            prop_assert!(!shown.contains(is_unprintable), "{shown}");
            prop_assert_eq!(read_by_a_shell(&word), word);
        }

        #[test]
        fn toml_reads_the_same_string(word in "[\\x01-\\x1f\\x7f-\\x9f\u{202e}\u{e0041}a-f0-9'\\\\\" $ä]{0,12}") {
            let shown = format!("a = {}", toml_string(&word));
            prop_assert!(!shown.contains(is_unprintable), "{shown}");
            let read: toml::Table = shown.parse().unwrap();
            prop_assert_eq!(read["a"].as_str(), Some(word.as_str()));
        }
    }

    #[test]
    fn a_word_for_a_shell() {
        assert_eq!(shell_word("plain"), "plain");
        assert_eq!(shell_word("it's"), r"'it'\''s'");
        assert_eq!(shell_word("\x1b[31mred"), r"$'\x1b[31mred'");
        assert_eq!(shell_word("\x1bcafé's\n"), r"$'\x1b'$'café\'s\n'");
    }
}
