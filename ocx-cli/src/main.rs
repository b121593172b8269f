//! The `ocx` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    ocx_cli::main()
}
