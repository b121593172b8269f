//! Asking whether sessions are to reach the servers of the host that opencode's configuration names.

use camino::Utf8PathBuf;
use ocx_core::{
    cancellation::Cancellation,
    ops::{HostServer, Ocx, OcxError, in_full},
    runtime::RuntimeError,
    settings::{EditError, Key, SettingsEdit},
};
use serde_json::json;

use crate::{output, question, ui::Ui};

/// Asks for what was not asked for before, and returns how to go on: with the ports that are wanted, which
/// the user's own settings have from now on. What is not wanted is not asked for again.
///
/// # Errors
///
/// If it cannot be told what there is, or if there is a request to end meanwhile.
pub(crate) async fn settle(ui: Ui, ocx: Ocx, cancellation: &Cancellation) -> Result<Ocx, OcxError> {
    let servers = ocx.host_servers_to_offer()?;
    if servers.is_empty() {
        return Ok(ocx);
    }
    let question = question(&servers);
    let answer = tokio::select! {
        answer = tokio::task::spawn_blocking(move || question::is_agreed(&question)) => answer.unwrap_or(false),
        signal = cancellation.requested() => {
            output::unanswered();
            return Err(RuntimeError::Interrupted { signal }.into());
        }
    };
    if !answer {
        if let Err(error) = ocx.leave_host_servers(&servers) {
            output::warning(&format!("this will be asked again: {error}"));
        }
        return Ok(ocx);
    }
    let mut settings = ocx.settings().clone();
    add(&mut settings.host_ports, &servers);
    match write(&ocx, &servers) {
        Ok(path) => ui.progress(&format!("wrote `host_ports` in {path}")),
        Err(error) => output::warning(&format!("only this session has it: {}", in_full(&error))),
    }
    Ok(ocx.with_settings(settings))
}

fn question(servers: &[HostServer]) -> String {
    let named: Vec<String> = servers
        .iter()
        .map(|server| format!("{} in {}", server.url, server.file))
        .collect();
    let is = if servers.len() == 1 { "is" } else { "are" };
    format!(
        "{} {is} this machine's, which sessions do not reach. Bring it there from now on, by `host_ports` in your own settings?",
        named.join(" and ")
    )
}

/// Adds the ports to the user's own list, which may be another than the one in effect.
fn write(ocx: &Ocx, servers: &[HostServer]) -> Result<Utf8PathBuf, EditError> {
    let mut edit = SettingsEdit::of_user(ocx.host())?;
    let mut ports = edit.settings(ocx.host())?.host_ports;
    add(&mut ports, servers);
    let key = Key::find("host_ports").expect("it is one of the settings");
    edit.set(key, &json!(ports).to_string())?;
    edit.write(ocx.host())?;
    Ok(edit.path().to_owned())
}

fn add(ports: &mut Vec<u16>, servers: &[HostServer]) {
    for server in servers {
        if !ports.contains(&server.port) {
            ports.push(server.port);
        }
    }
}
