//! Writing for people: results to standard output, everything else to standard error. Colour is
//! left out by itself where it is not wanted.
//!
//! Nothing else in this crate writes (`cargo xtask tidy` proves it), so that texts from outside are
//! made printable here, whoever hands them in.

use std::{
    io::{self, IsTerminal as _, Write},
    os::fd::BorrowedFd,
};

use ocx_core::{printable, settings::Passage};
use owo_colors::OwoColorize as _;

use crate::passage::Drawn;

// A closed standard error is no reason to fail, and there is nowhere to tell it.

/// What went wrong.
pub(crate) fn error(message: &str) {
    let message = indented(message, "  ");
    let _ = writeln!(anstream::stderr(), "{} {message}", "error:".red().bold());
}

/// Why it went wrong.
pub(crate) fn cause(message: &str) {
    let message = indented(message.trim_end(), "    ");
    let _ = writeln!(anstream::stderr(), "  {} {message}", "because:".bold());
}

/// Where in a file it went wrong.
pub(crate) fn passage(passage: &Passage) {
    let drawn = Drawn::of(passage);
    let indent = " ".repeat(drawn.indent());
    let mut stderr = anstream::stderr();
    let _ = writeln!(stderr, "{indent}{} {}", "-->".blue().bold(), drawn.place);
    let Some(line) = drawn.line else {
        return;
    };
    let bar = "|".blue().bold().to_string();
    let number = line.number.blue().bold().to_string();
    let _ = writeln!(stderr, "{number} {bar} {}", line.text);
    let _ = writeln!(stderr, "{indent} {bar} {}", line.mark.red().bold());
}

/// The command in which it went wrong.
pub(crate) fn failed_command(line: &str) {
    let line = printable::field(line);
    let _ = writeln!(anstream::stderr(), "  {} {line}", "command:".bold());
}

/// Why it went wrong, with what a program printed, whose colours are dropped.
pub(crate) fn cause_with_output(message: &str) {
    cause(&without_colours(message));
}

/// What to do about it.
pub(crate) fn hint(message: &str) {
    let message = indented(message, "  ");
    let _ = writeln!(anstream::stderr(), "{} {message}", "hint:".cyan().bold());
}

/// Something is worse than expected.
pub(crate) fn warning(message: &str) {
    let message = printable::field(message);
    let _ = writeln!(
        anstream::stderr(),
        "{} {message}",
        "warning:".yellow().bold()
    );
}

/// What is going on.
pub(crate) fn progress(message: &str) {
    let message = printable::field(message);
    let _ = writeln!(anstream::stderr(), "{} {message}", "ocx:".green().bold());
}

/// What is going on beside a program that may have set the terminal to its own liking, so that the end of
/// a line alone would not lead to the beginning of the next.
pub(crate) fn beside(message: &str) {
    let message = printable::field(message);
    let end = if io::stderr().is_terminal() {
        "\r\n"
    } else {
        "\n"
    };
    let begin = end.trim_end_matches('\n');
    let _ = write!(
        anstream::stderr(),
        "{begin}{} {message}{end}",
        "ocx:".green().bold()
    );
}

/// A word that the next one is written over, whoever writes it.
pub(crate) fn fleeting(word: &str) {
    let _ = write!(anstream::stderr(), "{word}\r");
}

/// Takes back what [`fleeting`] has written, if nothing was written since; else nothing is lost.
pub(crate) fn fleeting_is_over() {
    let _ = write!(anstream::stderr(), "\x1b[K");
}

/// A line that an engine printed, without its colours. Where it was meant to be written over, there
/// are several.
pub(crate) fn line(line: &str) {
    let line = without_colours(line);
    let mut parts = line.split('\r').filter(|part| !part.is_empty());
    let first = parts.next().unwrap_or_default();
    for part in [first].into_iter().chain(parts) {
        let _ = writeln!(anstream::stderr(), "{}", printable::text(part));
    }
}

/// A text for one row of what lives on the terminal, without its colours.
pub(crate) fn in_one_row(text: &str) -> String {
    let text = without_colours(text).replace('\t', " ");
    let last = text.rsplit('\r').find(|part| !part.is_empty());
    printable::field(last.unwrap_or_default()).into_owned()
}

/// A command that is sent to the engine.
pub(crate) fn command(line: &str) {
    let line = printable::field(line);
    let _ = writeln!(anstream::stderr(), "{} {}", "$".dimmed(), line.dimmed());
}

/// A question, behind which the answer is typed.
pub(crate) fn question(text: &str) {
    let mut stderr = anstream::stderr();
    let _ = write!(stderr, "{} ", printable::field(text));
    let _ = stderr.flush();
}

/// Ends the line of a question that nobody answered.
pub(crate) fn unanswered() {
    let _ = writeln!(anstream::stderr());
}

/// A command that a dry run leaves out, to standard output.
pub(crate) fn planned(line: &str) {
    // The reader of a dry run may have seen enough, as `head` does.
    let _ = writeln!(io::stdout(), "{}", printable::field(line));
}

/// An answer of several lines, to standard output.
pub(crate) fn answer(text: &str) -> io::Result<()> {
    io::stdout().write_all(printable::text(text).as_bytes())
}

/// A page of ocx's own guide, with its styles where the terminal shows them, to standard output.
pub(crate) fn page(text: &str) -> io::Result<()> {
    anstream::stdout().write_all(text.as_bytes())
}

/// The columns that a page may take on standard output.
pub(crate) fn page_width() -> usize {
    /// Lines that are longer are hard to read.
    const MOST: usize = 100;
    /// Where nobody tells.
    const USUAL: usize = 80;
    terminal_width().map_or(USUAL, |columns| columns.min(MOST))
}

/// The columns of the terminal that standard output is; `None` if it is none, or does not tell.
pub(crate) fn terminal_width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// Where lines live that tell how something goes on, for who looks after the terminal's modes.
pub(crate) fn place_of_progress() -> BorrowedFd<'static> {
    rustix::stdio::stderr()
}

/// What a program has written, as it wrote it, to standard output.
pub(crate) fn bytes(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout();
    stdout.write_all(bytes)?;
    stdout.flush()
}

/// An answer in JSON, to standard output.
pub(crate) fn json(value: &serde_json::Value) -> io::Result<()> {
    let text = format!("{value:#}\n");
    io::stdout().write_all(printable::json(&text).as_bytes())
}

/// What the parser of the command line has to say, with its own styles; its arguments have been made
/// printable.
pub(crate) fn usage(error: &clap::Error) {
    let _ = error.print();
}

/// A text whose further lines are indented, so that none of them can pass for a message of its own.
fn indented(message: &str, by: &str) -> String {
    let end = format!("\n{by}");
    printable::text(message).replace('\n', &end)
}

/// A text without the sequences that a terminal obeys. What is no whole sequence is left, and escaped
/// later.
fn without_colours(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_of_programs_are_dropped() {
        assert_eq!(without_colours("\x1b[31mred\x1b[0m\tx\r50%"), "red\tx\r50%");
        assert_eq!(without_colours("\x1b]0;title\x07x"), "x");
    }

    #[test]
    fn no_line_of_a_message_begins_where_messages_do() {
        assert_eq!(
            indented("a\nerror: b\x1b[2J", "  "),
            "a\n  error: b\\x1b[2J"
        );
    }
}
