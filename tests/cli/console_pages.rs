//! What the pages show in consoles is what happens: each command of a `console` block is run, in a terminal
//! and in a scene of its block, and what the page shows for it is compared as a whole. `docs/custom-base.md`
//! has tests of its own, in `guide.rs`.

use std::{
    any::Any,
    collections::BTreeMap,
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use camino::Utf8PathBuf;
use ocx_tests::{filters::Filters, pty::key};
use regex::Regex;

use crate::console_scenes::{NOT_RUN, SCENES};
use crate::scene::Scene;

const PATIENCE: Duration = Duration::from_secs(60);

/// Pages whose consoles are run elsewhere.
const ELSEWHERE: &[&str] = &["custom-base.md"];

/// What is there before the first command of a block.
pub(crate) struct Stage {
    pub(crate) scene: Scene,
    /// Where the first command is typed.
    pub(crate) directory: Utf8PathBuf,
    /// What is typed while a command runs: the command, what is waited for, and the keys.
    pub(crate) typed: Vec<(&'static str, &'static str, &'static str)>,
    /// What is on the page for something that is called otherwise in the scene.
    pub(crate) called: Vec<(&'static str, String)>,
    /// What has to live as long as the block.
    pub(crate) _kept: Vec<Box<dyn Any>>,
}

impl Stage {
    /// In the project of a scene.
    pub(crate) fn in_project(scene: Scene) -> Self {
        Self {
            directory: scene.sandbox.project(),
            scene,
            typed: Vec::new(),
            called: Vec::new(),
            _kept: Vec::new(),
        }
    }

    pub(crate) fn in_directory(self, directory: Utf8PathBuf) -> Self {
        Self { directory, ..self }
    }

    /// While `command` runs, `keys` are typed once `shown` is there.
    pub(crate) fn typing(
        mut self,
        command: &'static str,
        shown: &'static str,
        keys: &'static str,
    ) -> Self {
        self.typed.push((command, shown, keys));
        self
    }
}

/// A command in a console, and what is shown for it.
#[derive(Debug)]
struct Step {
    command: String,
    shown: Vec<String>,
}

/// The blocks of a page that are consoles.
fn blocks(page: &str) -> Vec<Vec<Step>> {
    let blocks = page.split("```console\n").skip(1);
    blocks
        .map(|block| {
            let (block, _) = block.split_once("```").expect("the block ends");
            let mut steps: Vec<Step> = Vec::new();
            for line in block.lines() {
                match (line.strip_prefix("$ "), steps.last_mut()) {
                    (Some(command), _) => steps.push(Step {
                        command: command.to_owned(),
                        shown: Vec::new(),
                    }),
                    // It goes on from the line before.
                    (None, Some(step)) if step.command.ends_with('\\') => {
                        step.command += &format!("\n{line}");
                    }
                    (None, Some(step)) => step.shown.push(line.to_owned()),
                    (None, None) => panic!("`{line}` stands before the first command"),
                }
            }
            steps
        })
        .collect()
}

/// Each page with consoles, by its name.
fn pages() -> BTreeMap<String, String> {
    let docs = Utf8PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let entries = docs.read_dir_utf8().expect("the pages are there");
    let paths = entries.map(|entry| entry.expect("it can be read").into_path());
    let paths = paths.chain([docs.join("../README.md")]);
    let pages = paths.filter(|path| path.extension() == Some("md"));
    pages
        .map(|path| {
            let name = path.file_name().expect("files have names").to_owned();
            (name, fs::read_to_string(&path).expect("it is text"))
        })
        .filter(|(name, _)| !ELSEWHERE.contains(&name.as_str()))
        .collect()
}

/// Why a command of a page is not run, if that is so.
fn reason_not_to_run(page: &str, command: &str) -> Option<&'static str> {
    let mut listed = NOT_RUN.iter();
    let found = listed.find(|(of, begins, _)| *of == page && command.starts_with(begins));
    found.map(|(_, _, reason)| *reason)
}

/// What differs between a page and a run, besides what differs in any output: IDs of sessions, which are
/// the page's where they are typed.
struct Ids {
    known: Vec<(String, String)>,
    pattern: Regex,
}

impl Ids {
    /// A line of the page as it is typed here.
    fn typed(&self, command: &str) -> String {
        let short = Regex::new(r"\b[0-9a-f]{4,8}\b").expect("it is valid");
        let real = |found: &regex::Captures<'_>| {
            let id = &found[0];
            let known = self
                .known
                .iter()
                .find(|(of_page, _)| of_page.starts_with(id));
            known.map_or(id.to_owned(), |(_, real)| real[..id.len()].to_owned())
        };
        short.replace_all(command, real).into_owned()
    }

    /// Takes the IDs that a page shows for those that a run has shown, in their order.
    fn learn(&mut self, page: &str, run: &str) {
        let of = |text: &str| -> Vec<String> {
            let found = self.pattern.find_iter(text);
            found.map(|id| id.as_str().to_owned()).collect()
        };
        self.known.extend(of(page).into_iter().zip(of(run)));
    }
}

fn without_ids(text: &str) -> String {
    Regex::new(r"\b[0-9a-f]{8}\b")
        .expect("it is valid")
        .replace_all(text, "[SESSION]")
        .into_owned()
}

/// Runs a block on its stage; what is wrong.
fn run(page: &str, steps: &[Step], stage: &Stage) -> Vec<String> {
    let sandbox = &stage.scene.sandbox;
    let filters = Filters::of(sandbox);
    let path = format!("{}:/usr/bin:/bin", sandbox.bin());
    let mut directory = stage.directory.clone();
    let mut ids = Ids {
        known: Vec::new(),
        pattern: Regex::new(r"\b[0-9a-f]{8}\b").expect("it is valid"),
    };
    let mut wrong = Vec::new();
    for Step { command, shown } in steps {
        if reason_not_to_run(page, command).is_some() {
            continue;
        }
        let typed = ids.typed(command);
        // It begins when the terminal has its size, and the next one goes on where this one has gone.
        let script = format!(
            "trap : INT; read -r _; {typed}\nstatus=$?; pwd > \"$HOME/.where\"; echo \"[ended: $status]\""
        );
        let mut terminal = sandbox
            .command("bash", ["-c", &script])
            .env("PATH", &path)
            .in_dir(&directory)
            .in_terminal();
        terminal.resize(100, 250);
        terminal.send(key::ENTER);
        for (_, awaited, keys) in stage.typed.iter().filter(|(of, ..)| of == command) {
            terminal.wait_for(awaited, PATIENCE);
            terminal.send(keys);
        }
        terminal.wait_for("[ended: ", PATIENCE);
        terminal.wait(PATIENCE);
        let screen = terminal.screen();
        let (printed, code) = screen.rsplit_once("[ended: ").expect("it has ended");
        // The terminal shows that Ctrl-C was pressed.
        let printed = printed.replace("^C", "");
        let printed = printed.trim();
        let code = code.trim().trim_end_matches(']');
        directory = sandbox.read(sandbox.home().join(".where")).trim().into();

        let mut page_text = shown.join("\n");
        ids.learn(&page_text, printed);
        for (of_page, real) in &stage.called {
            page_text = page_text.replace(of_page, real);
        }
        let compared = |text: &str| {
            let text = without_ids(&filters.apply(text));
            let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
            lines.join("\n")
        };
        let (expected, actual) = (compared(&page_text), compared(printed));
        let fails = shown.iter().any(|line| line.starts_with("error: "));
        let mut keys = stage.typed.iter();
        let is_interrupted = keys.any(|(of, _, keys)| of == command && *keys == key::CTRL_C);
        let is_right = match code {
            "0" => !fails,
            "130" => is_interrupted,
            _ => fails,
        };
        if !is_right {
            wrong.push(format!("{page}: `{command}` ends with {code}:\n{printed}"));
        }
        if !shown.is_empty() && expected != actual {
            wrong.push(format!(
                "{page}: `{command}` shows\n{actual}\n  and on the page it is\n{expected}"
            ));
        }
    }
    wrong
}

#[test]
fn consoles_show_what_happens() {
    let mut wrong = Vec::new();
    let mut ran = 0;
    for (name, text) in &pages() {
        for steps in blocks(text) {
            let first = steps[0].command.as_str();
            if steps
                .iter()
                .all(|step| reason_not_to_run(name, &step.command).is_some())
            {
                continue;
            }
            let stage = SCENES
                .iter()
                .find(|(page, command, _)| page == name && *command == first);
            let Some((_, _, stage)) = stage else {
                wrong.push(format!(
                    "{name}: the console that begins with `{first}` has neither a scene nor a reason why \
                     it is not run (console_scenes.rs)"
                ));
                continue;
            };
            // One that waits for something in vain is not the end of the others.
            let ran_through = catch_unwind(AssertUnwindSafe(|| run(name, &steps, &stage())));
            wrong.extend(
                ran_through.unwrap_or_else(|_| vec![format!("{name}: `{first}`: see above")]),
            );
            ran += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert_eq!(ran, SCENES.len(), "a scene is of no console any more");
}

#[test]
fn what_is_not_run_is_on_a_page() {
    let pages = pages();
    for (page, begins, reason) in NOT_RUN {
        let blocks = pages
            .get(*page)
            .map(|text| blocks(text))
            .unwrap_or_default();
        let mut commands = blocks.iter().flatten().map(|step| &step.command);
        assert!(
            commands.any(|command| command.starts_with(begins)),
            "{page}: {begins}: {reason}"
        );
    }
}
