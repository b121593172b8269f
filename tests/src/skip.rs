//! Tests that cannot be run here. The test harness knows no such end, so they are written down beside it.

use std::{fmt::Display, fs::File, io::Write as _, thread};

/// Names the file in which tests that were skipped are written down, a line for each: its name, a tabulator
/// and why.
pub const SKIPPED: &str = "OCX_TESTS_SKIPPED";

/// Says that the test of this thread is skipped, or a part of it. The caller returns.
pub fn skip(reason: impl Display) {
    let reason = reason.to_string().replace(['\n', '\t'], " ");
    eprintln!("skipped: {reason}");
    let Some(path) = std::env::var_os(SKIPPED) else {
        return;
    };
    let thread = thread::current();
    let name = thread.name().unwrap_or("a test");
    // A line in one call: tests are skipped at the same time.
    let line = format!("{name}\t{reason}\n");
    let written = File::options()
        .append(true)
        .create(true)
        .open(path)
        .and_then(|mut file| file.write_all(line.as_bytes()));
    written.expect("a skipped test can be written down");
}
