//! Writing for people: results to standard output, everything else to standard error. Colour is
//! left out by itself where it is not wanted.

use std::io::Write;

use owo_colors::OwoColorize as _;

// A closed standard error is no reason to fail, and there is nowhere to tell it.

/// What went wrong.
pub(crate) fn error(message: &str) {
    let _ = writeln!(anstream::stderr(), "{} {message}", "error:".red().bold());
}

/// Why it went wrong.
pub(crate) fn cause(message: &str) {
    let message = message.trim_end().replace('\n', "\n    ");
    let _ = writeln!(anstream::stderr(), "  {} {message}", "because:".bold());
}

/// What to do about it.
pub(crate) fn hint(message: &str) {
    let message = message.replace('\n', "\n  ");
    let _ = writeln!(anstream::stderr(), "{} {message}", "hint:".cyan().bold());
}

/// Something is worse than expected.
pub(crate) fn warning(message: &str) {
    let _ = writeln!(
        anstream::stderr(),
        "{} {message}",
        "warning:".yellow().bold()
    );
}

/// What is going on.
pub(crate) fn progress(message: &str) {
    let _ = writeln!(anstream::stderr(), "{} {message}", "ocx:".green().bold());
}

/// A line that an engine printed.
pub(crate) fn line(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// A command that is sent to the engine.
pub(crate) fn command(line: &str) {
    let _ = writeln!(anstream::stderr(), "{} {}", "$".dimmed(), line.dimmed());
}
