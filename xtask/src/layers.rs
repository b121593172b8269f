//! Which crate may know what.

use crate::tidy::Source;

/// The crates that other programs link.
pub(crate) const LIBRARIES: &[&str] = &["ocx-core", "ocx-docker", "ocx-podman"];

/// What a library must not depend on, directly or through others.
const FORBIDDEN_DEPENDENCIES: &[&str] = &["clap", "indicatif", "anstream", "owo-colors", "ocx"];

/// What a library must leave to its caller.
const FORBIDDEN_CALLS: &[&str] = &[
    "std::env",
    "env::var",
    "println!",
    "print!",
    "process::exit",
    "signal::unix",
];

/// The one place that reads the process that a library is part of, and one that only tests use.
const THIS_PROCESS: [&str; 2] = [
    "ocx-core/src/host/this_process.rs",
    "ocx-core/src/testing/fuzz.rs",
];

/// Handles of the process's own streams. In ocx-core, the `engine` module passes them on to engines.
const STREAMS: &[&str] = &["io::stdout", "io::stderr", "io::stdin"];

/// Where the command writes: what comes from outside is made printable there.
const OUTPUT: &str = "ocx-cli/src/output.rs";

/// What writes to the caller's streams.
const WRITERS: &[&str] = &[
    "print!(",
    "println!(",
    "io::stdout",
    "io::stderr",
    "::stdout()",
    "::stderr()",
    ".print()",
];

/// The one place that draws on the terminal by itself, with texts of ocx's own.
const QUESTIONS: (&str, &str) = ("ocx-cli/src/commands/init/questions.rs", "Term::stderr()");

/// Words of engines' command lines. In ocx-core, only the `engine` module knows them.
const ENGINE_FLAGS: &[&str] = &[
    "\"--user=",
    "\"--user\"",
    "\"--userns",
    "\"--mount",
    "\"--cap-drop",
    "\"--security-opt",
    "\"--tmpfs",
    "\"--network",
];

/// What is wrong with a file.
pub(crate) fn source_problems(source: &Source) -> Vec<String> {
    let path = &source.path;
    if path.starts_with("ocx-cli/src") {
        return writing_problems(source);
    }
    let Some(library) = LIBRARIES
        .iter()
        .find(|library| path.starts_with(format!("{library}/src")))
    else {
        return Vec::new();
    };
    if THIS_PROCESS.iter().any(|exempt| path == exempt) {
        return Vec::new();
    }
    let mut problems = Vec::new();
    for (number, line) in source.code_lines() {
        for call in FORBIDDEN_CALLS.iter().filter(|call| line.contains(**call)) {
            problems.push(format!(
                "{path}:{number}: {call}: libraries leave this to their caller"
            ));
        }
        let is_engine = path.starts_with("ocx-core/src/engine");
        for stream in STREAMS.iter().filter(|stream| line.contains(**stream)) {
            if !is_engine {
                problems.push(format!(
                    "{path}:{number}: {stream}: libraries do not use the caller's streams"
                ));
            }
        }
        if *library == "ocx-core" && !is_engine {
            for flag in ENGINE_FLAGS.iter().filter(|flag| line.contains(**flag)) {
                problems.push(format!(
                    "{path}:{number}: {flag}\": engine flags belong into ocx-core/src/engine"
                ));
            }
        }
    }
    problems
}

/// Where the command writes past the one place that does.
fn writing_problems(source: &Source) -> Vec<String> {
    let path = &source.path;
    if path == OUTPUT {
        return Vec::new();
    }
    let (questions, own) = QUESTIONS;
    let is_own = |line: &str| path == questions && line.contains(own);
    source
        .code_lines()
        .filter(|(_, line)| !is_own(line))
        .filter_map(|(number, line)| {
            let writer = WRITERS.iter().find(|writer| line.contains(**writer))?;
            Some(format!("{path}:{number}: {writer}: only {OUTPUT} writes"))
        })
        .collect()
}

/// What is wrong with a crate's dependencies, as `cargo tree` lists them.
pub(crate) fn tree_problems(package: &str, tree: &str) -> Vec<String> {
    tree.lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| {
            FORBIDDEN_DEPENDENCIES.contains(name)
                // A backend knows the core, and nobody knows a backend.
                || (LIBRARIES.contains(name) && *name != "ocx-core")
        })
        .map(|name| format!("{package} must not depend on {name}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(path: &str, text: &str) -> usize {
        source_problems(&Source {
            path: path.into(),
            text: text.to_owned(),
        })
        .len()
    }

    #[test]
    fn libraries_do_not_print_or_read_the_environment() {
        assert_eq!(problems("ocx-core/src/x.rs", "    eprintln!(\"x\");\n"), 1);
        assert_eq!(problems("ocx-docker/src/x.rs", "use std::env;\n"), 1);
        assert_eq!(problems("xtask/src/x.rs", "println!();\n"), 0);
        assert_eq!(problems("ocx-core/src/x.rs", "// println!();\n"), 0);
        let tests = "fn x() {}\n#[cfg(test)]\nmod tests {\n println!();\n}\n";
        assert_eq!(problems("ocx-core/src/x.rs", tests), 0);
    }

    #[test]
    fn the_command_writes_in_one_place() {
        for text in [
            "println!(\"x\");\n",
            "let _ = write!(anstream::stderr(), \"x\");\n",
            "use std::io::{self};\nio::stdout().flush();\n",
            "let terminal = Term::stderr();\n",
        ] {
            assert_eq!(problems("ocx-cli/src/ui.rs", text), 1, "{text}");
            assert_eq!(problems(OUTPUT, text), 0);
        }
        assert_eq!(problems(QUESTIONS.0, "let terminal = Term::stderr();\n"), 0);
        assert_eq!(problems(QUESTIONS.0, "io::stderr();\n"), 1);
    }

    #[test]
    fn engine_flags_stay_in_the_engine_module() {
        let text = "args.push(\"--user=1:1\");\n";
        assert_eq!(problems("ocx-core/src/session/x.rs", text), 1);
        assert_eq!(problems("ocx-core/src/engine/args/run.rs", text), 0);
        assert_eq!(problems("ocx-podman/src/dialect.rs", text), 0);
    }

    #[test]
    fn dependencies_point_one_way() {
        let tree = "ocx-docker v0.1.0 (/x)\nocx-core v0.1.0 (/y)\nclap v4.0.0\n";
        assert_eq!(
            tree_problems("ocx-docker", tree),
            ["ocx-docker must not depend on clap"]
        );
        let tree = "ocx-core v0.1.0 (/y)\nocx-podman v0.1.0 (/x)\n";
        assert_eq!(tree_problems("ocx-core", tree).len(), 1);
    }
}
