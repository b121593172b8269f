//! `ocx explain`.

use std::process::ExitCode;

use clap::Args;
use ocx_core::{
    ops::{Explained, PlanCause, Planned, Program},
    printable,
    settings::Origins,
};
use serde_json::{Value, json};

use crate::{
    args::GlobalArgs,
    context::{Context, Operation},
    failure::Failure,
    input,
    plain_table::{Column, PlainTable},
};

/// Show each flag of a session, and the setting behind it
///
/// Each setting is shown with the file, variable or flag that sets it. All flags together are the command
/// with which `ocx opencode` would run a session now. Nothing is built or run. Of variables that may be secret, only the names are shown. What the project asks for
/// and nobody has agreed to is left out.
///
/// Keys of the JSON, a list: `piece` (such as `memory`, `mount /tmp` or `variable TERM`), `words` (of
/// the engine's command), `settings` (`key`, and `set_in`: files, variables, flags, or `default`),
/// `reasons` (that are no settings).
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ExplainArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx explain
  ocx --set network=none explain --json";

pub(crate) async fn run(global: &GlobalArgs, args: &ExplainArgs) -> Result<ExitCode, Failure> {
    let context = Context::prepare_to_look(global)?;
    let origins = context.loaded.origins.clone();
    let plan = Operation::prepare(global, context)
        .with_engine(async |ocx| {
            let session = ocx.session(Program::opencode::<String>([]));
            let session = session.stdin(input::of_the_caller());
            Ok(ocx.clone().dry_run().explain(session).await?)
        })
        .await?;
    super::build::tell_plan(global, &plan);
    if let Planned::All(explained) = plan {
        if args.json {
            let all: Value = explained.iter().map(|one| as_json(one, &origins)).collect();
            global.ui().json(&all)?;
        } else {
            let ui = global.ui();
            ui.answer(&as_table(&explained, &origins).text(ui.width()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn as_json(explained: &Explained, origins: &Origins) -> Value {
    let settings: Vec<Value> = explained
        .settings(origins)
        .map(|(key, set_in)| {
            let set_in: Vec<String> = set_in.iter().map(ToString::to_string).collect();
            json!({ "key": key, "set_in": set_in })
        })
        .collect();
    let reasons: Vec<String> = reasons(explained).map(ToString::to_string).collect();
    json!({
        "piece": explained.piece.to_string(),
        "words": explained.words,
        "settings": settings,
        "reasons": reasons,
    })
}

fn reasons(explained: &Explained) -> impl Iterator<Item = &PlanCause> {
    let causes = explained.causes.iter();
    causes.filter(|cause| !matches!(cause, PlanCause::Setting(_)))
}

/// One line for each cause, so that no line needs the one above it.
fn as_table(explained: &[Explained], origins: &Origins) -> PlainTable {
    let mut table = PlainTable::new([
        ("FLAG", Column::Command),
        ("BECAUSE OF", Column::Words),
        ("SET IN", Column::Words),
    ]);
    for one in explained {
        let settings = one.settings(origins).map(|(key, set_in)| {
            let set_in: Vec<String> = set_in.iter().map(ToString::to_string).collect();
            (key.to_owned(), set_in.join(", "))
        });
        let reasons = reasons(one).map(|reason| (reason.to_string(), "-".to_owned()));
        let words: Vec<_> = one
            .words
            .iter()
            .map(|word| printable::shell_word(word))
            .collect();
        let flag = words.join(" ");
        for (cause, set_in) in settings.chain(reasons) {
            table.row([&flag, &cause, &set_in]);
        }
    }
    table
}
