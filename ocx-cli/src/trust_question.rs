//! Asking whether what a project asks for is wanted.

use crate::question;

/// What somebody says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Now, and not the next time.
    Once,
    /// As long as it stays as it is.
    ThisContent,
    /// Whatever the project asks for, unless an agent makes it do so.
    ThisProject,
    /// Not at all.
    No,
}

/// Asks on the terminal. Whatever is not clearly a yes is a no.
pub(crate) fn ask(question: &str) -> Answer {
    choose(question, "[o]nce, ")
}

/// The same, where nothing is to be done now.
pub(crate) fn ask_for_good(question: &str) -> Answer {
    choose(question, "")
}

fn choose(question: &str, first: &str) -> Answer {
    let line = question::ask(&format!(
        "{question} {first}[t]his content from now on, [a]lways in this project, [N]o:"
    ));
    line.map_or(Answer::No, |line| read(&line))
}

fn read(line: &str) -> Answer {
    match line.trim().to_lowercase().as_str() {
        "o" | "once" => Answer::Once,
        "t" | "this" => Answer::ThisContent,
        "a" | "always" => Answer::ThisProject,
        _ => Answer::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_meant_as_yes_is_one() {
        for (line, answer) in [
            ("o\n", Answer::Once),
            (" This \n", Answer::ThisContent),
            ("a\r\n", Answer::ThisProject),
            ("\n", Answer::No),
            ("y\n", Answer::No),
            ("n\n", Answer::No),
            ("always, no\n", Answer::No),
        ] {
            assert_eq!(read(line), answer, "{line:?}");
        }
    }
}
