//! `cargo xtask ci`

use crate::{check, step::Outcome, test, tidy};

/// Does what CI does, the quick parts first.
pub(crate) fn run() -> Outcome {
    tidy::run()?;
    check::run()?;
    test::run(&test::Args::default())
}
