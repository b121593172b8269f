//! A shell on a terminal, whose screens are kept as a recording that people can read.

use std::{path::PathBuf, sync::LazyLock, time::Duration};

use ocx_tests::{
    filters::Filters,
    pty::{Terminal, key},
};
use regex::Regex;

use crate::scene::Scene;

const PATIENCE: Duration = Duration::from_secs(60);

/// What the shell shows when it waits for a command.
const PROMPT: &str = "~/project $";

/// Wide enough for paths that differ in their length from run to run.
const SIZE: (u16, u16) = (40, 200);

/// What differs from run to run on a screen, besides what differs in any output.
static VARYING: LazyLock<[(Regex, &str); 4]> = LazyLock::new(|| {
    let regex = |pattern| Regex::new(pattern).expect("it is valid");
    [
        // The time of a line that lives.
        (regex(r"(?m)^ *\d+s "), "[TIME] "),
        // Keys are echoed by the terminal, over which a line that lives may be drawn anew.
        (regex(r"\^[CZ]"), ""),
        (regex(r"\b[0-9a-f]{8}\b"), "[SESSION]"),
        (regex(r"(?m) +$"), ""),
    ]
});

/// A shell in a terminal, and what its screen has shown.
pub(crate) struct ShellScreen {
    terminal: Terminal,
    filters: Filters,
    recorded: String,
}

impl ShellScreen {
    /// A shell in the project of a scene, which waits for a command.
    pub(crate) fn open(scene: &Scene) -> Self {
        let sandbox = &scene.sandbox;
        let path = format!("{}:/usr/bin:/bin", sandbox.bin());
        let shell = sandbox.command("bash", ["--norc", "--noprofile", "-i"]);
        let terminal = shell
            .env("PATH", path)
            .env("PS1", format!("{PROMPT} "))
            .env("INPUTRC", "/dev/null")
            // The machine's own Podman may be in there, too.
            .env("OCX_RUNTIME", "docker")
            .in_terminal();
        terminal.resize(SIZE.0, SIZE.1);
        let this = Self {
            terminal,
            filters: Filters::of(sandbox),
            recorded: String::new(),
        };
        this.wait_for_prompt();
        this
    }

    /// Types a command.
    pub(crate) fn types(&self, command: &str) {
        self.terminal.send(command);
        // The prompt does not stand alone any more from here on.
        let typed = format!("{PROMPT} {command}");
        self.terminal.wait_for(&typed, PATIENCE);
        self.terminal.send(key::ENTER);
    }

    /// Presses a key.
    pub(crate) fn presses(&self, key: &str) {
        self.terminal.send(key);
    }

    /// Waits until the screen shows a text, of which nothing comes before it that is not there yet.
    pub(crate) fn shows(&self, text: &str) {
        self.terminal.wait_for(text, PATIENCE);
    }

    /// Waits until the shell waits for the next command.
    pub(crate) fn wait_for_prompt(&self) {
        self.terminal.wait_until("the prompt", PATIENCE, |screen| {
            let last = screen.lines().rfind(|line| !line.trim().is_empty());
            last.is_some_and(|line| line.trim_end() == PROMPT)
        });
    }

    /// Changes the size of the terminal.
    pub(crate) fn resize(&self, rows: u16, columns: u16) {
        self.terminal.resize(rows, columns);
    }

    /// Writes down what the screen shows now, under a title.
    pub(crate) fn record(&mut self, title: &str) {
        // The rows as they are seen: lines that live fill theirs.
        let mut shown = self.filters.apply(&self.terminal.rows().join("\n"));
        for (pattern, name) in VARYING.iter() {
            shown = pattern.replace_all(&shown, *name).into_owned();
        }
        let kind = if self.terminal.is_full_screen() {
            ", the second screen"
        } else {
            ""
        };
        self.recorded += &format!("=== {title}{kind}\n{}\n", shown.trim_end());
    }

    /// Compares the recording with the one that is kept under a name.
    pub(crate) fn compare(self, name: &str) {
        self.types_exit();
        let mut settings = insta::Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.set_snapshot_path(PathBuf::from("recordings"));
        settings.bind(|| insta::assert_snapshot!(name, self.recorded));
    }

    /// The terminal is as the shell knows it, once there is nothing but the shell in it.
    fn types_exit(&self) {
        self.types("echo over-$((6 * 7))");
        self.shows("over-42");
    }
}
