//! A scripted container engine; see [`ocx_tests::fake_engine`].

fn main() -> std::process::ExitCode {
    ocx_tests::fake_engine::serve()
}
