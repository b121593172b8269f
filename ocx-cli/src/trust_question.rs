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

/// Asks on the terminal. Without a word, and if nobody answers, it is a no.
pub(crate) fn ask(question: &str) -> Answer {
    choose(question, Offered::NowToo)
}

/// The same, where nothing is to be done now.
pub(crate) fn ask_for_good(question: &str) -> Answer {
    choose(question, Offered::ForGood)
}

/// What can be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Offered {
    NowToo,
    ForGood,
}

fn choose(question: &str, offered: Offered) -> Answer {
    let (first, letter) = match offered {
        Offered::NowToo => ("[o]nce, ", "o, "),
        Offered::ForGood => ("", ""),
    };
    question::choose(
        &format!("{question} {first}[t]his content from now on, [a]lways in this project, [N]o:"),
        &format!("{letter}t, a or n [N]:"),
        |line| read(line, offered),
    )
    .unwrap_or(Answer::No)
}

fn read(line: &str, offered: Offered) -> Option<Answer> {
    match line {
        "o" | "once" if offered == Offered::NowToo => Some(Answer::Once),
        "t" | "this" => Some(Answer::ThisContent),
        "a" | "always" => Some(Answer::ThisProject),
        "" | "n" | "no" => Some(Answer::No),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_clearly_an_answer_is_one() {
        for (line, answer) in [
            ("o", Some(Answer::Once)),
            ("this", Some(Answer::ThisContent)),
            ("a", Some(Answer::ThisProject)),
            ("", Some(Answer::No)),
            ("n", Some(Answer::No)),
            ("y", None),
            ("always, no", None),
        ] {
            assert_eq!(read(line, Offered::NowToo), answer, "{line:?}");
        }
        assert_eq!(read("o", Offered::ForGood), None);
    }
}
