//! A model server that answers from a script; see [`ocx_tests::stub_model`].
//!
//! `stub-model [ADDRESS]` listens on ADDRESS (`127.0.0.1:0` by default), prints the base URL to
//! configure as its first line and serves until it is killed.

use std::process::ExitCode;

use ocx_tests::stub_model::{Options, StubModel};

fn main() -> ExitCode {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:0".to_owned());
    match StubModel::listen(&address, Options::default()) {
        Ok(model) => {
            println!("{}", model.base_url());
            model.serve_forever();
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("stub-model: cannot listen on {address}: {error}");
            ExitCode::FAILURE
        }
    }
}
