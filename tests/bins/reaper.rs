//! Removes what a test run made once the run is over; see [`ocx_tests::reaper`].

fn main() -> std::process::ExitCode {
    ocx_tests::reaper::serve()
}
