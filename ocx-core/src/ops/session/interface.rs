//! Whether opencode would show its terminal interface.

use super::program::Program;

/// opencode's flags whose value is the next argument (1.18.33), as far as its interface has them.
const WITH_VALUE: [&str; 12] = [
    "--model",
    "-m",
    "--session",
    "-s",
    "--prompt",
    "--agent",
    "--port",
    "--hostname",
    "--mdns-domain",
    "--cors",
    "--log-level",
    "--replay-limit",
];

impl Program {
    /// Whether this is opencode with its interface, which is drawn on a terminal: opencode without a command,
    /// or with `attach`.
    /// What cannot be told from the arguments is taken for a command.
    #[must_use]
    pub fn has_interface(&self) -> bool {
        let Self::Opencode(args) = self else {
            return false;
        };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            if WITH_VALUE.contains(&arg.as_str()) {
                args.next();
                continue;
            }
            match arg.strip_prefix('-') {
                Some("h" | "v" | "-help" | "-version" | "-get-yargs-completions") => return false,
                Some(_) => {}
                // A command is a word; a directory is told from one by its separator.
                None => return arg.contains('/') || ["attach", ".", ".."].contains(&arg.as_str()),
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opencode_without_a_command_has_one() {
        let has = |line: &str| Program::opencode(line.split_whitespace()).has_interface();
        for line in [
            "",
            "--continue",
            "-m a/b --agent build",
            "--prompt run",
            ".",
            "./api",
            "attach http://localhost:4096",
            "--session x /work",
        ] {
            assert!(has(line), "{line}");
        }
        for line in [
            "run x",
            "--log-level debug run",
            "--help",
            "-v",
            "--model a/b --version",
            "auth login",
            "whatever",
        ] {
            assert!(!has(line), "{line}");
        }
        assert!(!Program::Shell.has_interface());
        assert!(!Program::command(["opencode"]).has_interface());
    }
}
