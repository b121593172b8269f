//! `ocx port`.

use std::process::ExitCode;

use clap::Args;
use ocx_core::{
    ops::{self, SessionPorts},
    port_forward::ForwardedPort,
};
use serde_json::{Value, json};

use super::known_session;
use crate::{
    args::GlobalArgs,
    context::{Context, Operation},
    failure::Failure,
    plain_table::{Column, PlainTable},
};

/// Open a port of a running session, or list what listens there
///
/// The port is open on 127.0.0.1 until Ctrl-C or the end of the session, also of a server that listens
/// on the session's own 127.0.0.1 only. If it is taken on this machine, another one is opened, and said.
/// The setting `ports` opens ports for as long as a session runs.
///
/// Without a port, lists what the session's programs listen on, and where that is on this machine.
/// Keys of the JSON: `session`, `listening` (`port`, `address` in the container), `open` (`inside`,
/// `on_host`).
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct PortArgs {
    /// Port to open: 5173, 8080:5173 (this machine's first) or 0.0.0.0:8080:5173
    #[arg(value_name = "PORT", value_parser = clap::value_parser!(ForwardedPort))]
    pub(crate) port: Option<ForwardedPort>,
    /// Session to use, by the beginning of its ID (see `ocx ps`); the newest if not given
    #[arg(long, value_name = "ID")]
    pub(crate) session: Option<String>,
    /// Print the list as JSON
    #[arg(long, conflicts_with = "port")]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx port
  ocx port 8080:5173";

pub(crate) async fn run(global: &GlobalArgs, args: &PortArgs) -> Result<ExitCode, Failure> {
    let session = args.session.as_deref();
    let elsewhere = known_session::in_its_project(global, session)?;
    let global = elsewhere.as_ref().unwrap_or(global);
    let operation = Operation::prepare(global, Context::prepare_to_look(global)?);
    let ui = global.ui();
    let Some(wanted) = args.port else {
        let ports = operation
            .with_engine(async |ocx| {
                let ocx = operation.where_session_runs(ocx, session).await;
                Ok(ops::session_ports(&ocx, session).await?)
            })
            .await?;
        if args.json {
            ui.json(&as_json(&ports))?;
        } else if ports.listening.is_empty() && ports.open.is_empty() {
            ui.progress(&format!("nothing listens in session {}", ports.session));
        } else {
            ui.answer(&as_table(&ports).text(ui.width()))?;
        }
        return Ok(ExitCode::SUCCESS);
    };
    if global.dry_run {
        ui.progress(&format!("this would open {}", wanted.on_host()));
        return Ok(ExitCode::SUCCESS);
    }
    let opened = operation
        .with_engine(async |ocx| {
            let ocx = operation.where_session_runs(ocx, session).await;
            Ok(ops::open_port(&ocx, session, wanted).await?)
        })
        .await?;
    let port = opened.port();
    if port != wanted {
        ui.warning(&format!(
            "port {} of this machine is taken, so it is another",
            wanted.outside
        ));
    }
    let session = opened.session().to_owned();
    ui.answer(&format!("{}\n", port.on_host()))?;
    ui.progress(&format!(
        "that is port {} of session {session}; Ctrl-C closes it",
        port.inside
    ));
    opened.serve().await;
    ui.progress(&format!("session {session} has ended"));
    Ok(ExitCode::SUCCESS)
}

fn as_json(ports: &SessionPorts) -> Value {
    let listening = ports.listening.iter();
    let listening =
        listening.map(|one| json!({ "port": one.port, "address": one.address.to_string() }));
    let open = ports.open.iter();
    let open =
        open.map(|one| json!({ "inside": one.inside, "on_host": one.on_host().to_string() }));
    json!({
        "session": ports.session,
        "listening": listening.collect::<Value>(),
        "open": open.collect::<Value>(),
    })
}

/// One line for each port, whether anything listens on it or not.
fn as_table(ports: &SessionPorts) -> PlainTable {
    let mut table = PlainTable::new([
        ("PORT", Column::Whole),
        ("LISTENS ON", Column::Words),
        ("ON THIS MACHINE", Column::Words),
    ]);
    let listening = ports.listening.iter().map(|one| one.port);
    let open = ports.open.iter().map(|one| one.inside);
    let mut all: Vec<u16> = listening.chain(open).collect();
    all.sort_unstable();
    all.dedup();
    for port in all {
        let at = ports.listening.iter().filter(|one| one.port == port);
        let at = at.map(|one| {
            if one.address.is_unspecified() {
                "all addresses".to_owned()
            } else {
                one.address.to_string()
            }
        });
        let open = ports.open.iter().filter(|one| one.inside == port);
        let open = open.map(|one| one.on_host().to_string());
        table.row([port.to_string(), joined(at), joined(open)]);
    }
    table
}

fn joined(words: impl Iterator<Item = String>) -> String {
    let mut words: Vec<String> = words.collect();
    words.dedup();
    if words.is_empty() {
        "-".to_owned()
    } else {
        words.join(", ")
    }
}
