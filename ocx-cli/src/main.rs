//! The `ocx` command.
fn main() {}
