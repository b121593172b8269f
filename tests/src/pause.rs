//! An engine whose command can be made to pause.

use std::fs;

use camino::Utf8PathBuf;

use crate::{engine::Engine, sandbox::Sandbox};

/// When a command pauses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Before the engine is asked. It never is then.
    Before,
    /// After the engine has done it.
    After,
}

/// A script between ocx and its engine. A command that pauses does so until the ocx that started it
/// is gone, and then fails.
#[derive(Debug)]
pub struct PausingEngine {
    plan: Utf8PathBuf,
    reached: Utf8PathBuf,
}

impl PausingEngine {
    /// Puts the script in place of the engine's program in the sandbox.
    #[must_use]
    pub fn install(sandbox: &Sandbox, engine: &Engine) -> Self {
        let plan = sandbox.home().join("pause");
        let reached = sandbox.home().join("pause-reached");
        let script = format!(
            r#"#!/bin/sh
pause() {{
    : > {reached}
    while kill -0 $PPID 2>/dev/null; do sleep 0.02; done
}}
if [ -r {plan} ]; then
    {{ read -r when; read -r pattern; }} < {plan}
    case " $* " in
        $pattern)
            [ "$when" = before ] && pause && exit 1
            {program} "$@"
            pause
            exit 1
            ;;
    esac
fi
exec {program} "$@"
"#,
            program = engine.cli().program()
        );
        let program = sandbox.bin().join(engine.kind().program());
        let unfinished = program.with_added_extension("new");
        fs::write(&unfinished, script)
            .and_then(|()| fs::rename(&unfinished, &program))
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        crate::sandbox::set_mode(&program, 0o755);
        Self { plan, reached }
    }

    /// From now on, commands pause whose arguments match a pattern of the shell's, blanks around
    /// them included.
    pub fn pause(&self, sandbox: &Sandbox, when: When, pattern: &str) {
        let when = match when {
            When::Before => "before",
            When::After => "after",
        };
        sandbox.write(&self.plan, format!("{when}\n{pattern}\n"));
    }

    /// Whether a command has come to a pause since [`go_on`](Self::go_on).
    #[must_use]
    pub fn is_reached(&self) -> bool {
        self.reached.exists()
    }

    /// From now on, no command pauses.
    pub fn go_on(&self) {
        for file in [&self.plan, &self.reached] {
            let _ = fs::remove_file(file);
        }
    }
}
