//! `ocx network allow` and `ocx network deny`: what the user says of hosts, to the sessions that run and, if
//! that is wanted, to those to come.

use std::process::ExitCode;

use clap::Args;
use ocx_core::{
    bridge::Rule,
    host::Host,
    ops::{NetworkError, allow_now, deny_now},
    project::Project,
    settings::{Key, Settings, SettingsEdit},
};
use serde_json::json;

use crate::{args::GlobalArgs, context::Context, failure::Failure, question, ui::Ui};

const NO_SESSION: &str =
    "no session of this project runs with `network = \"filtered\"` or `\"ask\"`";

/// Let the sessions of this project that run now reach more
///
/// What waits for it goes on. What `network_deny` lists stays denied, and what `ocx network deny` named
/// with a wider rule. It holds until the sessions end; for later ones the rule has to be in `network_allow`
/// in your own settings, where --save, or your answer on a terminal, writes it.
#[derive(Args, Debug)]
#[command(after_help = ALLOW_EXAMPLES)]
pub(super) struct AllowArgs {
    /// A host, a pattern, a network of addresses or a set, such as `github.com:443`, `*.npmjs.org`,
    /// `10.0.0.0/8:5432` or `@pypi`
    #[arg(required = true, value_name = "RULE")]
    rules: Vec<Rule>,
    /// Write it into your own settings, too
    #[arg(long)]
    save: bool,
}

const ALLOW_EXAMPLES: &str = "\
Examples:
  ocx network allow github.com:443
  ocx network allow --save '*.npmjs.org' @pypi";

/// Keep the sessions of this project that run now from what they may reach
///
/// What waits for it is refused; connections that are there go on. It holds until the sessions end; for later
/// ones the rule has to be in `network_deny` in your own settings, where --save, or your answer on a terminal,
/// writes it.
#[derive(Args, Debug)]
#[command(after_help = DENY_EXAMPLES)]
pub(super) struct DenyArgs {
    /// A host, a pattern, a network of addresses or a set, as for `ocx network allow`
    #[arg(required = true, value_name = "RULE")]
    rules: Vec<Rule>,
    /// Write it into your own settings, too
    #[arg(long)]
    save: bool,
}

const DENY_EXAMPLES: &str = "\
Examples:
  ocx network deny telemetry.example
  ocx network deny --save telemetry.example";

pub(super) fn allow(global: &GlobalArgs, args: &AllowArgs) -> Result<ExitCode, Failure> {
    ALLOW.say(global, &args.rules, args.save)
}

pub(super) fn deny(global: &GlobalArgs, args: &DenyArgs) -> Result<ExitCode, Failure> {
    DENY.say(global, &args.rules, args.save)
}

const ALLOW: Word = Word {
    would_be: "allowed",
    may: "may",
    say: allow_now,
    key: "network_allow",
    list: |settings| &settings.network_allow,
};

const DENY: Word = Word {
    would_be: "kept from",
    may: "may not",
    say: deny_now,
    key: "network_deny",
    list: |settings| &settings.network_deny,
};

/// Says something to the sessions that run, and returns which those are.
type Say = fn(&Host, &Project, &[Rule]) -> Result<Vec<String>, NetworkError>;

/// What the user says of hosts.
struct Word {
    would_be: &'static str,
    may: &'static str,
    say: Say,
    /// The setting that says it to sessions to come.
    key: &'static str,
    list: fn(&Settings) -> &[Rule],
}

impl Word {
    fn say(&self, global: &GlobalArgs, rules: &[Rule], save: bool) -> Result<ExitCode, Failure> {
        let Context {
            host,
            project,
            loaded,
            ..
        } = Context::prepare_to_look(global)?;
        let ui = global.ui();
        let Self { would_be, may, .. } = self;
        let named = joined(rules);
        if global.dry_run {
            ui.progress(&format!("running sessions would be {would_be} {named}"));
            if save {
                let edit = SettingsEdit::of_user(&host)?;
                let (key, path) = (self.key, edit.path());
                ui.progress(&format!("this would write `{key}` in {path}"));
            }
            return Ok(ExitCode::SUCCESS);
        }
        let sessions = (self.say)(&host, &project, rules)?;
        for session in &sessions {
            ui.progress(&format!(
                "session {session} {may} reach {named} until it ends"
            ));
        }
        if sessions.is_empty() {
            ui.progress(NO_SESSION);
        }
        self.say_for_later(global, &host, &loaded.settings, rules, save)?;
        Ok(ExitCode::SUCCESS)
    }

    /// Writes it into the user's own settings, or shows the lines if that is not wanted.
    fn say_for_later(
        &self,
        global: &GlobalArgs,
        host: &Host,
        of_project: &Settings,
        rules: &[Rule],
        save: bool,
    ) -> Result<(), Failure> {
        let ui = global.ui();
        // What the project has made of the user's list is not the user's.
        let own = SettingsEdit::of_user(host)
            .and_then(|edit| edit.settings(host).map(|settings| (edit, settings)));
        let (mut edit, settings) = match own {
            Ok((edit, settings)) => (edit, settings),
            Err(error) if save => return Err(error.into()),
            Err(_) => {
                self.show_lines(ui, of_project, rules, "your own settings");
                return Ok(());
            }
        };
        let known = (self.list)(&settings);
        if rules.iter().all(|rule| known.contains(rule)) {
            ui.progress(&format!("`{}` has that for later sessions", self.key));
            return Ok(());
        }
        let terminals = host.terminals;
        let may_ask = terminals.stdin && terminals.stderr && !global.quiet;
        let is_wanted = save
            || (may_ask
                && question::is_agreed(&format!(
                    "write it into {} for later sessions?",
                    edit.path()
                )));
        if !is_wanted {
            let place = format!("{}, or let --save do it", edit.path());
            self.show_lines(ui, &settings, rules, &place);
            return Ok(());
        }
        let key = Key::find(self.key).expect("it is one of the settings");
        edit.set(key, &json!(with_more(known, rules)).to_string())?;
        edit.write(host)?;
        ui.progress(&format!("wrote `{}` in {}", self.key, edit.path()));
        if !settings.network.is_by_rules() {
            ui.progress(
                "it counts for sessions with `network = \"filtered\"` or `\"ask\"`, which your settings do not choose",
            );
        }
        Ok(())
    }

    fn show_lines(&self, ui: Ui, settings: &Settings, rules: &[Rule], place: &str) {
        let mode = if self.key == "network_allow" && !settings.network.is_by_rules() {
            "`network = \"filtered\"` and "
        } else {
            ""
        };
        let all = json!(with_more((self.list)(settings), rules));
        let key = self.key;
        ui.progress(&format!(
            "for later sessions, write {mode}`{key} = {all}` into {place}"
        ));
    }
}

fn joined(rules: &[Rule]) -> String {
    let rules = rules.iter().map(ToString::to_string);
    rules.collect::<Vec<_>>().join(", ")
}

/// A list of the settings with rules that it does not have yet.
fn with_more(list: &[Rule], rules: &[Rule]) -> Vec<String> {
    let mut all: Vec<String> = list.iter().map(ToString::to_string).collect();
    for rule in rules.iter().map(ToString::to_string) {
        if !all.contains(&rule) {
            all.push(rule);
        }
    }
    all
}
