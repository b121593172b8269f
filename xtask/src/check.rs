//! `cargo xtask check`

use crate::{
    dependencies,
    step::{self, Outcome, cargo},
};

/// Checks formatting, lints, documentation and dependencies.
pub(crate) fn run() -> Outcome {
    step::run(&mut cargo(&["fmt", "--all", "--check"]))?;
    step::run(&mut cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--locked",
        "--",
        "--deny=warnings",
    ]))?;
    step::run(
        cargo(&["doc", "--workspace", "--no-deps", "--locked"])
            .env("RUSTDOCFLAGS", "--deny=warnings"),
    )?;
    dependencies::check()
}
