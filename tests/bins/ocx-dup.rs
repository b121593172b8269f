//! `ocx` itself, built as a program of this package so that its tests can be run against it.

fn main() -> std::process::ExitCode {
    ocx_cli::main()
}
