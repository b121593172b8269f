//! Questions on the terminal that are answered by a line.

use std::io;

use crate::output;

/// Asks, and returns the line that was typed; `None` if nobody answers, as by Ctrl-D.
///
/// It reads a plain line and leaves the terminal as it is, so Ctrl-C ends ocx as anywhere else.
pub(crate) fn ask(question: &str) -> Option<String> {
    output::question(question);
    let mut line = String::new();
    if matches!(io::stdin().read_line(&mut line), Ok(1..)) {
        return Some(line);
    }
    output::unanswered();
    None
}

/// Asks until what is typed means something; `None` if nobody answers. `read` gets it in lower case, and an
/// empty line as such. What means nothing is asked for again by `again` alone.
pub(crate) fn choose<T>(
    question: &str,
    again: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let mut line = ask(question)?;
    loop {
        if let Some(answer) = read(&line.trim().to_lowercase()) {
            return Some(answer);
        }
        line = ask(again)?;
    }
}

/// Asks whether something is wanted. Without a word it is not.
pub(crate) fn is_agreed(question: &str) -> bool {
    let question = format!("{question} [y/N]:");
    choose(&question, "y or n [N]:", |line| yes_or_no(line, false)).unwrap_or(false)
}

/// The same, and without a word it is; if nobody answers, it is not.
pub(crate) fn is_agreed_by_default(question: &str) -> bool {
    let question = format!("{question} [Y/n]:");
    choose(&question, "y or n [Y]:", |line| yes_or_no(line, true)).unwrap_or(false)
}

fn yes_or_no(line: &str, default: bool) -> Option<bool> {
    match line {
        "" => Some(default),
        "y" | "yes" => Some(true),
        "n" | "no" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_clearly_an_answer_is_one() {
        for line in ["y", "yes"] {
            assert_eq!(yes_or_no(line, false), Some(true), "{line:?}");
        }
        for line in ["n", "no"] {
            assert_eq!(yes_or_no(line, true), Some(false), "{line:?}");
        }
        for default in [true, false] {
            assert_eq!(yes_or_no("", default), Some(default));
            for line in ["yn", "yes, please", "q", "yeah, no"] {
                assert_eq!(yes_or_no(line, default), None, "{line:?}");
            }
        }
    }
}
