//! What a program in a container prints, or that the engine lost it.

use super::Engine;
use crate::run_id::RunId;

/// How often a program is run whose output does not arrive.
const ATTEMPTS: u32 = 3;

/// Runs the program that its arguments name and prints the mark that is their first one behind
/// what that printed. Programs that fail say nothing of it.
const MARKED: &str = "mark=$1; shift; \"$@\" || exit; echo \"$mark\"";

impl Engine {
    /// Runs a program in a new container of `image`, which has a shell, and returns what it prints,
    /// trimmed. `flags` are those of `run`.
    ///
    /// Docker waits two seconds for what a container has printed, and no longer: on a busy machine
    /// `docker run` may end with 0 and print nothing (26.1). So the output ends with a mark, and
    /// without it the program is run again.
    #[track_caller]
    pub fn output_in(&self, image: &str, flags: &[&str], command: &[&str]) -> String {
        let mut args = vec!["run", "--rm", "--pull=never"];
        args.extend(flags);
        args.push(image);
        self.marked(&args, command)
    }

    /// Runs a program in a running container, which has a shell, and returns what it prints, trimmed.
    #[track_caller]
    pub fn exec(&self, container: &str, command: &[&str]) -> String {
        self.marked(&["exec", container], command)
    }

    #[track_caller]
    fn marked(&self, before: &[&str], command: &[&str]) -> String {
        let mark = format!("end-of-output-{}", RunId::current());
        let mut args = before.to_vec();
        args.extend(["sh", "-c", MARKED, "sh", &mark]);
        args.extend(command);
        for _ in 0..ATTEMPTS {
            let printed = self.cli.require(&args);
            if let Some(output) = printed.strip_suffix(&mark) {
                return output.trim().to_owned();
            }
            eprintln!(
                "{} lost output of `{}`; what arrived: {printed:?}",
                self.lane,
                command.join(" ")
            );
        }
        panic!("{} lost all output {ATTEMPTS} times", self.lane);
    }
}

#[cfg(test)]
mod tests {
    use camino::Utf8PathBuf;

    use super::*;
    use crate::engine::{EngineCli, Lane};

    /// An engine that runs commands right here, and loses the output of as many as `lost` says.
    fn engine(lost: u32) -> (tempfile::TempDir, Engine) {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("engine");
        let script = format!(
            "#!/bin/sh\necho x >> \"$0.calls\"\nshift 4\n\
             test $(wc -l < \"$0.calls\") -gt {lost} || exec \"$@\" > /dev/null\nexec \"$@\"\n"
        );
        crate::engine::cli::tests::write_program(&program, &script);
        let program = Utf8PathBuf::try_from(program).unwrap();
        let cli = EngineCli::new(program, Vec::new());
        (directory, Engine::new(Lane::Docker, cli))
    }

    #[test]
    fn output_that_is_lost_is_asked_for_again() {
        let (_directory, engine) = engine(1);
        assert_eq!(engine.output_in("image", &[], &["echo", "a b"]), "a b");
    }

    #[test]
    fn no_output_is_not_lost_output() {
        let (directory, engine) = engine(0);
        assert_eq!(engine.output_in("image", &[], &["printf", "x"]), "x");
        assert_eq!(engine.output_in("image", &[], &["true"]), "");
        let calls = std::fs::read_to_string(directory.path().join("engine.calls")).unwrap();
        assert_eq!(calls.lines().count(), 2);
    }

    #[test]
    #[should_panic(expected = "lost all output 3 times")]
    fn an_engine_that_always_loses_it_is_at_fault() {
        let (_directory, engine) = engine(10);
        let _ = engine.output_in("image", &[], &["true"]);
    }

    #[test]
    #[should_panic(expected = "failed with exit status: 1")]
    fn a_program_that_fails_is_not_run_again() {
        let (_directory, engine) = engine(0);
        let _ = engine.output_in("image", &[], &["false"]);
    }
}
