//! `ocx logins`

use std::process::ExitCode;

use clap::Args;
use ocx_core::ops::{self, Login, LoginOrigin, Service};
use serde_json::json;

use crate::{
    args::GlobalArgs, context::Context, escape::escaped, failure::Failure, field_list::FieldList,
};

/// Show the logins of this project's sessions, and whose they are
///
/// A session gets copies of the host's logins. What it writes, new logins and refreshed ones, stays
/// with the project: no other project uses it, and the host's opencode only if you take it over.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct LoginsArgs {
    /// Give the host's opencode the login for this provider that the project's sessions have
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) take: Option<String>,
    /// Print JSON: a list of `name`, `service` (`model` or `mcp`) and `origin` (`host`, `changed` or
    /// `session`)
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx logins
  ocx logins --take anthropic";

pub(crate) fn run(global: &GlobalArgs, args: &LoginsArgs) -> Result<ExitCode, Failure> {
    let Context { host, project, .. } = Context::prepare_to_look(global)?;
    if let Some(provider) = &args.take {
        if global.dry_run {
            let text = format!(
                "the host's opencode would get the login for {}\n",
                escaped(provider)
            );
            global.ui().answer(&text)?;
            return Ok(ExitCode::SUCCESS);
        }
        ops::take_login(&host, &project, provider)?;
        global.ui().progress(&format!(
            "the host's opencode has the login for {provider} now"
        ));
    }
    let logins = ops::logins(&host, &project)?;
    if args.json {
        let list: Vec<_> = logins.iter().map(as_json).collect();
        global.ui().json(&json!(list))?;
        return Ok(ExitCode::SUCCESS);
    }
    if logins.is_empty() {
        global
            .ui()
            .progress("the sessions of this project have no logins yet");
    }
    let mut list = FieldList::default();
    for login in &logins {
        list.row(login.name.as_str(), [describe(login)]);
    }
    let ui = global.ui();
    ui.answer(&list.text(ui.width()))?;
    Ok(ExitCode::SUCCESS)
}

fn describe(login: &Login) -> &'static str {
    match (login.origin, login.service) {
        (LoginOrigin::Host, _) => "the host's",
        (LoginOrigin::Changed, Service::Model) => {
            "the host has another one; `ocx logins --take` gives it this one"
        }
        (LoginOrigin::Session, Service::Model) => {
            "made in a session; `ocx logins --take` gives it to the host"
        }
        (LoginOrigin::Changed | LoginOrigin::Session, Service::Mcp) => {
            "made in a session, for an MCP server"
        }
    }
}

fn as_json(login: &Login) -> serde_json::Value {
    json!({
        "name": login.name,
        "service": match login.service {
            Service::Model => "model",
            Service::Mcp => "mcp",
        },
        "origin": match login.origin {
            LoginOrigin::Host => "host",
            LoginOrigin::Changed => "changed",
            LoginOrigin::Session => "session",
        },
    })
}
