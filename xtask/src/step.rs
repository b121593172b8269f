//! Steps of a task: commands that are shown before they run.

use std::{process::Command, time::Instant};

use camino::{Utf8Path, Utf8PathBuf};

/// The outcome of a task; the error says what to do.
pub(crate) type Outcome<T = ()> = Result<T, String>;

/// The workspace's directory.
pub(crate) fn workspace() -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package lies in the workspace")
        .to_owned()
}

/// Says what a task is about to do.
pub(crate) fn say(what: &str) {
    eprintln!("xtask: {what}");
}

/// Cargo in the workspace, with its arguments.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command.args(args).current_dir(workspace());
    command
}

/// Shows a command, runs it, and says how long it took.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let line = line(command);
    say(&format!("$ {line}"));
    let started = Instant::now();
    let status = command
        .status()
        .map_err(|error| format!("cannot run `{line}`: {error}"))?;
    if !status.success() {
        return Err(format!("`{line}` ended with {status}"));
    }
    say(&format!("done in {:.1} s", started.elapsed().as_secs_f32()));
    Ok(())
}

/// Runs a command and returns its standard output.
pub(crate) fn read(command: &mut Command) -> Outcome<String> {
    let line = line(command);
    let output = command
        .output()
        .map_err(|error| format!("cannot run `{line}`: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "`{line}` ended with {}:\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("`{line}` printed no UTF-8"))
}

pub(crate) fn line(command: &Command) -> String {
    let program = Utf8PathBuf::from(command.get_program().to_string_lossy().into_owned());
    std::iter::once(program.file_name().unwrap_or("?").to_owned())
        .chain(
            command
                .get_args()
                .map(|arg| arg.to_string_lossy().into_owned()),
        )
        .collect::<Vec<_>>()
        .join(" ")
}
