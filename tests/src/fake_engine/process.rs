//! The fake engine's own process.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    os::unix::process::CommandExt,
    process::{Command, ExitCode},
    thread,
    time::Duration,
};

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    defaults,
    script::{Call, Rule},
    state::Files,
};
use crate::running::POLL;

/// The `main` of the fake engine.
#[must_use]
pub fn serve() -> ExitCode {
    let this = std::env::current_exe().expect("this program has a path");
    let this = Utf8PathBuf::from_path_buf(this).expect("the path is UTF-8");
    let name = this.file_name().expect("programs have names").to_owned();
    let sandbox = this
        .parent()
        .and_then(|bin| bin.parent())
        .expect("the program is in a sandbox");
    let files = Files {
        directory: sandbox.join(format!("{name}-files")),
    };
    if !files.script().exists() {
        eprintln!("fake-engine: no script at {}", files.script());
        return ExitCode::from(2);
    }

    let script = files.read_script();
    let args: Vec<String> = std::env::args().skip(1).collect();
    let rule = record(&files, &script.rules, &args);
    let engine = defaults::Engine {
        flavour: script.flavour,
        files: &files,
    };
    match rule {
        Some(rule) => {
            if let Some(file) = &rule.waits_for {
                wait_for(file);
            }
            if rule.leaves_the_answer() {
                engine.answer(&args)
            } else {
                follow(rule, &engine, &args)
            }
        }
        None => engine.answer(&args),
    }
}

/// Waits until there is a file, or until its directory went with its test.
fn wait_for(file: &Utf8Path) {
    while !file.exists() && file.parent().is_some_and(Utf8Path::exists) {
        thread::sleep(POLL);
    }
}

/// Writes the call down and chooses the rule for it.
fn record<'a>(files: &Files, rules: &'a [Rule], args: &[String]) -> Option<&'a Rule> {
    let _lock = files.lock();
    let calls = files.read_calls();
    let index = rules.iter().enumerate().position(|(index, rule)| {
        let before = calls.iter().filter(|call| call.rule == Some(index)).count();
        rule.answers(args, before)
    });
    let env = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    files.append_call(&Call {
        args: args.to_vec(),
        variables: variables(args, &env),
        env,
        current_dir: std::env::current_dir()
            .map(|directory| directory.display().to_string())
            .unwrap_or_default(),
        rule: index,
    });
    index.map(|index| &rules[index])
}

/// The variables of a container, as engines gather them: of `--env-file` each line, and of `--env NAME`
/// what the client's own environment has.
fn variables(args: &[String], env: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    let values = |option: &'static str| {
        let pairs = args.windows(2).filter(move |pair| pair[0] == option);
        pairs.map(|pair| pair[1].as_str())
    };
    for file in values("--env-file") {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let lines = text.split_terminator('\n');
        let given = lines.filter_map(|line| line.split_once('='));
        variables.extend(given.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
    for given in values("--env") {
        let (name, value) = match given.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (given, env.get(given).map(String::as_str)),
        };
        variables.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    }
    variables
}

fn follow(rule: &Rule, engine: &defaults::Engine<'_>, args: &[String]) -> ExitCode {
    if let Some(started) = rule.starts_container {
        engine.make_container(args, started);
    }
    if let Some(text) = &rule.stdout {
        print!("{text}");
    }
    eprint!("{}", rule.stderr);
    // A reader that has gone away is no concern of an engine's.
    let _ = io::stdout().flush();
    let mut code = rule.exit.unwrap_or(0);
    if let Some(script) = &rule.shell {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", script, "sh"]).args(args);
        if rule.exit.is_none() && !rule.hangs {
            // In the place of this process, so that it is the script which signals reach.
            panic!("there is no shell: {}", shell.exec());
        }
        let status = shell.status().expect("there is a shell");
        let shell_code = status.code().and_then(|code| u8::try_from(code).ok());
        code = rule.exit.or(shell_code).unwrap_or(1);
    }
    if rule.hangs {
        // Not for ever: a test may have killed whoever would end it.
        while engine.files.directory.exists() {
            thread::sleep(Duration::from_millis(500));
        }
    }
    ExitCode::from(code)
}
