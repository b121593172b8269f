//! `cargo xtask check`

use crate::{
    dependencies, oldest_rust, public_api,
    step::{self, Outcome, cargo},
};

/// Checks formatting, lints, documentation, the public API, the oldest Rust and dependencies.
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
    public_api::check()?;
    oldest_rust::check()?;
    dependencies::check()
}
