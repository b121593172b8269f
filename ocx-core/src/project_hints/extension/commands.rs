//! Lifecycle commands: which of them a build can run.

use serde_json::{Map, Value};

use crate::{described_base::LeftOutList, printable};

/// Those that run once, when the container is made. The specification's order.
const ONCE: [&str; 3] = [
    "onCreateCommand",
    "updateContentCommand",
    "postCreateCommand",
];

/// Those that run each time.
const EACH_TIME: [&str; 2] = ["postStartCommand", "postAttachCommand"];

/// All of them. (`initializeCommand` would run on the host: nothing of ocx's does that.)
pub(super) const KEYS: [&str; 5] = [ONCE[0], ONCE[1], ONCE[2], EACH_TIME[0], EACH_TIME[1]];

/// Longer ones are not shown.
const LONGEST: usize = 200;

/// More of one kind are not looked at.
const MOST: usize = 20;

/// The lifecycle commands of a `devcontainer.json`.
pub(super) struct Commands(Vec<Lifecycle>);

struct Lifecycle {
    key: &'static str,
    command: Command,
}

/// The forms that a command may have; an object holds several of them.
enum Command {
    /// For a shell.
    Shell(String),
    /// A program and its arguments.
    Words(Vec<String>),
}

/// What becomes of a command.
#[derive(Debug, PartialEq, Eq)]
struct Sorted {
    /// For the build: plain words only, so that nothing but this stands in the instruction.
    run: Option<String>,
    /// What to type for a session.
    session: Option<String>,
}

impl Commands {
    pub(super) fn of(root: &Map<String, Value>) -> Self {
        let mut all = Vec::new();
        for key in KEYS {
            let several: Vec<&Value> = match root.get(key) {
                Some(Value::Object(several)) => several.values().take(MOST).collect(),
                Some(one) => vec![one],
                None => Vec::new(),
            };
            let commands = several.into_iter().filter_map(command);
            all.extend(commands.map(|command| Lifecycle { key, command }));
        }
        Self(all)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the lines, each with its key; what only a session can run is a comment, and listed.
    pub(super) fn write(&self, text: &mut String, left_out: &mut LeftOutList) {
        for Lifecycle { key, command } in &self.0 {
            let sorted = sorted(key, command);
            text.push_str(&format!("\n# {key}\n"));
            if let Some(run) = &sorted.run {
                text.push_str(&format!("RUN {run}\n"));
            }
            if let Some(session) = &sorted.session {
                let when = match ONCE.contains(key) {
                    true => "once",
                    false => "when you need it",
                };
                text.push_str(&format!(
                    "# This may need the project's files, which a build does not have; {when}, in the project:\n\
                     # {session}\n"
                ));
                left_out.add(
                    key,
                    format!("it may need the project's files; {when}: {session}"),
                );
            }
        }
    }
}

fn command(value: &Value) -> Option<Command> {
    match value {
        Value::String(text) if !text.trim().is_empty() => {
            Some(Command::Shell(text.trim().to_owned()))
        }
        Value::Array(words) if !words.is_empty() => {
            let words: Option<Vec<String>> = words
                .iter()
                .map(|word| word.as_str().map(str::to_owned))
                .collect();
            words.map(Command::Words)
        }
        _ => None,
    }
}

/// The steps at its beginning that install something for all are the build's, the others the session's.
fn sorted(key: &str, command: &Command) -> Sorted {
    let mut runs = Vec::new();
    let mut rest = Some(command);
    let mut shell_rest;
    if ONCE.contains(&key) {
        while let Some(command) = rest {
            let (step, after) = first_step(command);
            let Some(run) = step.filter(|step| installs(step)) else {
                break;
            };
            runs.push(run.join(" "));
            shell_rest = after.map(Command::Shell);
            rest = shell_rest.as_ref();
        }
    }
    Sorted {
        run: (!runs.is_empty()).then(|| runs.join(" && ")),
        session: rest.map(for_session),
    }
}

/// The plain words of the first step, and the steps after it. No words if a shell would do something else
/// with them than to split them.
fn first_step(command: &Command) -> (Option<Vec<String>>, Option<String>) {
    let is_plain = |word: &String| {
        let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"_@%+=:,./^-".contains(&byte);
        !word.is_empty() && word.bytes().all(is_inner)
    };
    let (words, after) = match command {
        Command::Words(words) => (words.clone(), None),
        Command::Shell(text) => {
            let (step, after) = match text.split_once("&&") {
                Some((step, after)) => (step, Some(after.trim().to_owned())),
                None => (text.as_str(), None),
            };
            // An end of a line is a step's end, too.
            match step.trim().contains(['\n', '\r']) {
                true => return (None, None),
                false => (step.split_whitespace().map(str::to_owned).collect(), after),
            }
        }
    };
    let words = without_sudo(words);
    (words.iter().all(is_plain).then_some(words), after)
}

/// A build is root already, and many images have no `sudo`.
fn without_sudo(mut step: Vec<String>) -> Vec<String> {
    let is_flag = |word: &String| word.starts_with('-');
    if step.first().is_some_and(|word| word == "sudo") && !step.get(1).is_some_and(is_flag) {
        step.remove(0);
    }
    step
}

/// Whether a step installs something for all users of an image, and needs no file for it.
fn installs(step: &[String]) -> bool {
    let is_assignment = |word: &&String| word.contains('=');
    let from = step.iter().take_while(is_assignment).count();
    let words: Vec<&str> = step[from..].iter().map(String::as_str).collect();
    let names_a_file = |word: &&str| word.starts_with(['.', '/']);
    if words.iter().any(names_a_file) {
        return false;
    }
    let pip = |args: &[&str]| match args {
        ["install", packages @ ..] => {
            // Other flags name files of a project, or another place than that for all.
            let is_plain = |arg: &&str| {
                !arg.starts_with('-')
                    || matches!(
                        *arg,
                        "--break-system-packages" | "--no-cache-dir" | "--upgrade" | "-U"
                    )
            };
            packages.iter().any(|arg| !arg.starts_with('-')) && packages.iter().all(is_plain)
        }
        _ => false,
    };
    match words.as_slice() {
        [
            "apt-get" | "apt" | "apk" | "dnf" | "microdnf" | "yum" | "zypper",
            _,
            ..,
        ] => true,
        ["npm", "install" | "i" | "add", rest @ ..] => {
            let is_global = |arg: &&str| matches!(*arg, "-g" | "--global");
            rest.len() > 1 && rest.iter().any(is_global)
        }
        ["pip" | "pip3", rest @ ..] => pip(rest),
        ["python" | "python3", "-m", "pip", rest @ ..] => pip(rest),
        ["gem", "install", _, ..] | ["corepack", "enable", ..] => true,
        _ => false,
    }
}

/// What to type, in one line.
fn for_session(command: &Command) -> String {
    let typed = match command {
        Command::Shell(text) => format!("ocx exec -- sh -c {}", printable::shell_word(text)),
        Command::Words(words) => {
            let words: Vec<_> = words
                .iter()
                .map(|word| printable::shell_word(word))
                .collect();
            format!("ocx exec -- {}", words.join(" "))
        }
    };
    match typed.len() > LONGEST {
        true => "`ocx exec -- COMMAND`; the command is too long to stand here".to_owned(),
        false => format!("`{typed}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> (String, Vec<String>) {
        let root: Map<String, Value> = serde_json::from_str(json).unwrap();
        let (mut text, mut left_out) = (String::new(), LeftOutList::default());
        Commands::of(&root).write(&mut text, &mut left_out);
        let left_out = left_out.done().into_iter();
        let left_out = left_out.map(|left_out| format!("{}: {}", left_out.name, left_out.why));
        (text, left_out.collect())
    }

    /// What the build runs of a command, and what is left for a session.
    fn sorted_text(command: &str) -> (Option<String>, Option<String>) {
        let sorted = sorted("postCreateCommand", &Command::Shell(command.to_owned()));
        (sorted.run, sorted.session)
    }

    #[test]
    fn what_installs_for_all_is_the_builds() {
        for (command, run) in [
            ("npm install -g typescript", "npm install -g typescript"),
            ("npm i --global @acme/x@^1", "npm i --global @acme/x@^1"),
            (
                "sudo apt-get update  &&  sudo apt-get -y install libvips",
                "apt-get update && apt-get -y install libvips",
            ),
            (
                "DEBIAN_FRONTEND=noninteractive apt install -y x",
                "DEBIAN_FRONTEND=noninteractive apt install -y x",
            ),
            ("apk add --no-cache bash", "apk add --no-cache bash"),
            (
                "pip install black==24.1 ruff",
                "pip install black==24.1 ruff",
            ),
            (
                "python3 -m pip install black",
                "python3 -m pip install black",
            ),
            ("gem install bundler", "gem install bundler"),
            ("corepack enable", "corepack enable"),
        ] {
            assert_eq!(sorted_text(command), (Some(run.to_owned()), None));
        }
    }

    #[test]
    fn all_else_is_a_sessions() {
        for command in [
            "bin/setup",
            "bundle install",
            "npm ci",
            "npm install",
            "npm install -g .",
            "npm install -g",
            "pip install -r requirements.txt",
            "pip install -rrequirements.txt",
            "pip install --requirement=x.txt",
            "pip install -e .",
            "pip install -t there pipx",
            "pip install",
            "apt-get",
            "apt-get install ./x.deb",
            "sudo -E apt-get install x",
            "sudo",
            "cargo install just",
            "apt-get update; bin/setup",
            "apt-get update || true",
            "apt-get install $PACKAGES",
            "apt-get install `cat packages`",
            "apt-get install 'x'",
            "apt-get update &",
            "apt-get update\nFROM evil",
            "curl -fsSL https://example.com/install.sh | sh",
        ] {
            let typed = format!("`ocx exec -- sh -c {}`", printable::shell_word(command));
            assert_eq!(sorted_text(command), (None, Some(typed)), "{command}");
        }
    }

    #[test]
    fn what_follows_is_left_as_it_is() {
        for rest in [
            "echo 'a && b' > x; bin/setup || true",
            "(npm ci)",
            "bin/setup\nnpm ci",
        ] {
            let (run, session) = sorted_text(&format!("apt-get update && {rest}"));
            assert_eq!(run.as_deref(), Some("apt-get update"));
            let typed = format!("`ocx exec -- sh -c {}`", printable::shell_word(rest));
            assert_eq!(session, Some(typed));
        }
    }

    #[test]
    fn a_command_of_both_is_split_where_the_project_begins() {
        assert_eq!(
            sorted_text("sudo npm install -g pnpm && pnpm install && npm install -g x"),
            (
                Some("npm install -g pnpm".to_owned()),
                Some("`ocx exec -- sh -c 'pnpm install && npm install -g x'`".to_owned())
            )
        );
    }

    #[test]
    fn each_form_and_each_time() {
        let (text, left_out) = of(r#"{
            "initializeCommand": "docker pull x",
            "onCreateCommand": ["sudo", "apt-get", "install", "-y", "x"],
            "updateContentCommand": { "one": "gem install a", "two": ["npm", "ci"], "three": 3 },
            "postCreateCommand": "",
            "postStartCommand": "gem install late",
            "postAttachCommand": [1]
        }"#);
        insta::assert_snapshot!(text, @r"

        # onCreateCommand
        RUN apt-get install -y x

        # updateContentCommand
        RUN gem install a

        # updateContentCommand
        # This may need the project's files, which a build does not have; once, in the project:
        # `ocx exec -- npm ci`

        # postStartCommand
        # This may need the project's files, which a build does not have; when you need it, in the project:
        # `ocx exec -- sh -c 'gem install late'`
        ");
        assert_eq!(
            left_out,
            [
                "updateContentCommand: it may need the project's files; once: `ocx exec -- npm ci`",
                "postStartCommand: it may need the project's files; when you need it: `ocx exec -- sh -c 'gem install late'`",
            ]
        );
    }

    #[test]
    fn nothing_gets_out_of_its_line() {
        let (text, _) = of(r#"{
            "postCreateCommand": "true\nRUN evil\u001b[2J",
            "onCreateCommand": ["apt-get", "install", "x\nRUN evil"],
            "updateContentCommand": ["apt-get", "install x && evil"]
        }"#);
        let instructions: Vec<&str> = text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty())
            .collect();
        assert_eq!(instructions, [""; 0]);
        assert!(!text.contains('\x1b'), "{text}");
        let (text, _) = of(&format!(
            r#"{{"postCreateCommand": "x{}"}}"#,
            " long".repeat(200)
        ));
        assert!(text.contains("too long"), "{text}");
    }

    proptest::proptest! {
        #[test]
        fn only_plain_words_come_into_an_instruction(command in "\\PC{0,40}|(sudo |apt-get |&& |install |[;&|$\n\\\\'\"]){0,12}") {
            let sorted = sorted("postCreateCommand", &Command::Shell(command));
            if let Some(run) = sorted.run {
                proptest::prop_assert!(run.chars().all(|c| c.is_ascii_alphanumeric() || " &_@%+=:,./^-".contains(c)), "{}", run);
                proptest::prop_assert!(!run.replace("&&", "").contains('&'), "{}", run);
            }
        }
    }
}
