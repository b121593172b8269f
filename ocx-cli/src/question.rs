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

/// Asks whether something is wanted. Whatever is not clearly a yes is a no.
pub(crate) fn is_agreed(question: &str) -> bool {
    ask(&format!("{question} [y/N]:")).is_some_and(|line| is_yes(&line))
}

fn is_yes(line: &str) -> bool {
    matches!(line.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_clearly_a_yes_is_one() {
        for line in ["y\n", " Yes\r\n", "YES"] {
            assert!(is_yes(line), "{line:?}");
        }
        for line in ["\n", "n\n", "no\n", "yn\n", "yes, please\n"] {
            assert!(!is_yes(line), "{line:?}");
        }
    }
}
