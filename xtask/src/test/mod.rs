//! `cargo xtask test`

mod results;
mod selection;

use std::{fs, num::NonZero, process::Command};

use camino::{Utf8Path, Utf8PathBuf};
use ocx_tests::{
    engine::{CHOSEN, Lane, REQUIRED},
    run_id,
};

use self::{
    results::Results,
    selection::{Breadth, select_named},
};
use crate::{
    engine_setup::{self, Engines, version},
    step::{self, Outcome, cargo, read, say, workspace},
};

/// How many tests run at once, <https://doc.rust-lang.org/rustc/tests/index.html>.
const THREADS: &str = "RUST_TEST_THREADS";

/// How many tests on engines are run once more when they failed. More than these is no accident.
const MOST_AGAIN: usize = 3;

/// The document that tells what was tested, and the lines between which it does.
const DOCUMENT: &str = "docs/engines.md";
const BEGIN: &str = "<!-- tested: written by `cargo xtask test --write` -->\n";
const END: &str = "<!-- end of tested -->\n";

/// Options of the task.
#[derive(Default, clap::Args)]
pub(crate) struct Args {
    /// Only tests whose name contains one of these
    filter: Vec<String>,
    /// Every test on this engine only, such as `docker`, `docker-rootless` or `podman-testing`. May
    /// be given several times
    #[arg(long, value_name = "NAME")]
    engine: Vec<Lane>,
    /// Every test on this machine's own three engines
    #[arg(long, conflicts_with_all = ["engine", "all"])]
    quick: bool,
    /// Every test on every engine, which takes two hours
    #[arg(long, conflicts_with = "engine")]
    all: bool,
    /// Write down in docs/engines.md what was tested
    #[arg(long, conflicts_with_all = ["engine", "filter"])]
    write: bool,
}

impl Args {
    fn lanes(&self) -> &[Lane] {
        match self.engine.as_slice() {
            [] if self.quick => &Lane::MACHINE,
            [] => &Lane::ALL,
            chosen => chosen,
        }
    }

    fn breadth(&self) -> Breadth {
        if self.all || self.quick || !self.engine.is_empty() {
            Breadth::All
        } else {
            Breadth::OldAndNew
        }
    }
}

/// Runs all tests.
///
/// The engines are required, since a run in which the tests on real engines were left out proves
/// little; `cargo test --workspace` is for that.
pub(crate) fn run(args: &Args) -> Outcome {
    let lanes = args.lanes();
    let names = lanes.iter().map(ToString::to_string).collect::<Vec<_>>();
    engine_setup::prepare_bases()?;
    engine_setup::prepare_shells();
    // The archive is waited for while Cargo keeps the processors busy.
    let files = std::thread::spawn({
        let lanes = lanes.to_vec();
        move || engine_setup::make_files(&lanes)
    });
    let built = step::run(&mut cargo(&["test", "--quiet", "--workspace", "--no-run"]));
    files.join().expect("making files does not panic")?;
    built?;
    let engines = Engines::get(lanes)?;
    say(&format!(
        "testing on {}; tests fail where these do not work",
        names.join(", ")
    ));
    let list = names.join(",");
    let with_engines = |mut command: Command| {
        command
            .env(REQUIRED, &list)
            .env(CHOSEN, &list)
            .env(run_id::VARIABLE, engines.run.to_string());
        let is_chosen = std::env::var_os(THREADS).is_some()
            || command.get_envs().any(|(name, _)| name == THREADS);
        if !is_chosen {
            // Tests wait for engines more often than these keep a core busy.
            command.env(THREADS, (cores() + 1).to_string());
        }
        command
    };
    let result = run_on(args, &engines, &with_engines);
    engines.finish();
    result
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

fn run_on(args: &Args, engines: &Engines, with_engines: &dyn Fn(Command) -> Command) -> Outcome {
    // Tests run them, and with a filter Cargo builds none.
    for programs in ["--bins", "--examples"] {
        step::run(&mut cargo(&["build", "--quiet", "--workspace", programs]))?;
    }
    let mut failures = Vec::new();
    let mut reasons = Vec::new();
    for (what, others) in [
        (
            "units and documentation",
            [
                "test",
                "--workspace",
                "--exclude=ocx-tests",
                "--no-fail-fast",
            ]
            .as_slice(),
        ),
        (
            "the harness and the command line",
            &[
                "test",
                "--package=ocx-tests",
                "--lib",
                "--bins",
                "--test=cli",
                "--no-fail-fast",
            ],
        ),
    ] {
        let mut command = cargo(others);
        if others.contains(&"--test=cli") && std::env::var_os(THREADS).is_none() {
            // With a scripted engine tests do little but wait.
            command.env(THREADS, (3 * cores()).to_string());
        }
        command.arg("--").args(&args.filter);
        let (results, passed) = Results::of(&mut with_engines(command))?;
        if !passed {
            failures.push(what);
            reasons.extend(results.failures());
        }
    }
    let program = e2e_program()?;
    let listed = list(&program)?;
    let selected = select_named(&listed, args.lanes(), args.breadth(), &args.filter);
    if !selected.is_empty() {
        let mut command = e2e(&program);
        command.arg("--exact").args(&selected);
        let (mut results, mut passed) = Results::of(&mut with_engines(command))?;
        let failed = results.failed();
        if !passed && (1..=MOST_AGAIN).contains(&failed.len()) {
            passed = once_more(&program, &failed, &mut results, with_engines)?;
        }
        if !passed {
            failures.push("real engines");
            reasons.extend(results.failures());
        }
        if args.filter.is_empty() {
            report(args, engines, &results)?;
        }
    }
    if failures.is_empty() {
        Ok(())
    } else {
        // The reasons once more in the last line, where a reader of a long log looks first.
        let failures: Vec<&str> = failures
            .into_iter()
            .chain(reasons.iter().map(String::as_str))
            .collect();
        Err(format!("tests failed: {}", failures.join("; ")))
    }
}

/// Runs tests that failed beside others once more, one after the other, and tells whether they pass now. Engines
/// under the load of hundreds of containers lose a connection now and then. What failed at first is told all the
/// same: a test that is often among these has found something.
fn once_more(
    program: &Utf8Path,
    failed: &[String],
    results: &mut Results,
    with_engines: &dyn Fn(Command) -> Command,
) -> Outcome<bool> {
    let mut command = e2e(program);
    command.arg("--exact").args(failed).env(THREADS, "1");
    say("once more, each by itself, what failed");
    let (again, passed) = Results::of(&mut with_engines(command))?;
    if passed {
        for reason in results.failures() {
            say(&format!("failed beside others, and passes alone: {reason}"));
        }
        results.replace_by(again);
    }
    Ok(passed)
}

/// The program of the tests with real engines. Cargo would show its whole command line, with hundreds
/// of tests, if one of them fails.
fn e2e_program() -> Outcome<Utf8PathBuf> {
    let messages = read(&mut cargo(&[
        "test",
        "--quiet",
        "--package=ocx-tests",
        "--test=e2e",
        "--no-run",
        "--message-format=json",
    ]))?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == "e2e")
        .find_map(|message| Some(message["executable"].as_str()?.into()))
        .ok_or_else(|| "Cargo names no program of the test `e2e`".to_owned())
}

/// Runs that program as Cargo does.
fn e2e(program: &Utf8Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(workspace().join("tests"));
    command
}

/// The names of all tests with real engines.
fn list(program: &Utf8Path) -> Outcome<Vec<String>> {
    let listed = read(e2e(program).args(["--list", "--format=terse"]))?;
    Ok(listed
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .map(str::to_owned)
        .collect())
}

/// Writes down what was tested: in the document if that is wanted, else beside what was built.
fn report(args: &Args, engines: &Engines, results: &Results) -> Outcome {
    let columns: Vec<(Lane, String)> = engines
        .all()
        .iter()
        .map(|engine| (engine.lane(), version::describe(engine)))
        .collect();
    let date = read(Command::new("date").args(["--utc", "--iso-8601"]))?;
    let how = match args.breadth() {
        Breadth::All => "every test on every engine here",
        Breadth::OldAndNew => "most tests on an old and a new engine, by turns",
    };
    let text = format!("{}, {how}:\n\n{}", date.trim(), results.table(&columns));
    let path = workspace().join(if args.write {
        DOCUMENT
    } else {
        "target/tested-engines.md"
    });
    let document = if args.write {
        let before = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        replaced(&before, &text).ok_or_else(|| format!("{path} lacks the lines for the table"))?
    } else {
        text
    };
    fs::write(&path, document).map_err(|error| format!("{path}: {error}"))?;
    say(&format!("wrote {path}"));
    Ok(())
}

/// The document with `text` between its two lines.
fn replaced(document: &str, text: &str) -> Option<String> {
    let (head, rest) = document.split_once(BEGIN)?;
    let (_, tail) = rest.split_once(END)?;
    Some(format!("{head}{BEGIN}\n{text}\n{END}{tail}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_replaces_the_last_one() {
        let document = format!("a\n{BEGIN}old\n{END}b\n");
        let new = replaced(&document, "new").unwrap();
        assert_eq!(new, format!("a\n{BEGIN}\nnew\n{END}b\n"));
        assert_eq!(replaced(&new, "new").unwrap(), new);
        assert_eq!(replaced("a", "new"), None);
    }
}
