//! Removing from the disks what is named, and telling what came of a removal.

use std::process::ExitCode;

use ocx_core::{
    host::Host,
    ops::{DiskItem, DiskUsage, Keep, PruneError, Pruned, in_full},
};
use serde_json::{Value, json};

use super::du::{
    part::Part,
    scene::{self, Scene},
    table,
};
use crate::{args::GlobalArgs, exit_code, failure::Failure, output, question, ui::Ui};

/// Things that are to be removed.
pub(super) struct Named<'a> {
    pub(super) part: Part,
    pub(super) names: &'a [String],
    pub(super) consent: Consent,
    pub(super) json: bool,
}

/// Whether somebody has agreed already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Consent {
    Given,
    /// It is asked for.
    Asked,
    /// It is asked for on a terminal if a project uses any of it.
    AskedIfInUse,
}

pub(super) async fn run(global: &GlobalArgs, named: &Named<'_>) -> Result<ExitCode, Failure> {
    let Scene { host, disk, .. } = Scene::prepare(global)?;
    let usage = disk.usage(&Keep::default()).await;
    let ui = global.ui();
    scene::name_silent(ui, &usage);
    let items = find(named, &usage)?;
    if global.dry_run {
        match named.json {
            true => ui.json(&as_planned(&items, &usage))?,
            false => ui.answer(&table::rows(&items, ui.width()))?,
        }
        return Ok(ExitCode::SUCCESS);
    }
    let may_ask = may_ask(global, &host, named.json);
    let is_asked = match named.consent {
        Consent::Given => false,
        Consent::Asked => true,
        Consent::AskedIfInUse => say_who_builds_again(ui, &items) && may_ask,
    };
    if is_asked {
        if !may_ask {
            let engine = global.runtime.as_ref();
            let engine = engine.map_or_else(String::new, |name| format!(" --runtime {name}"));
            let (part, names) = (named.part.command(), named.names.join(" "));
            let command = format!("{part} rm --yes {names}{engine}");
            return Err(Failure::PruneUnasked { command });
        }
        ui.answer(&table::rows(&items, ui.width()))?;
        if !is_agreed(ui) {
            return Ok(ExitCode::SUCCESS);
        }
    }
    let removed = disk.remove(&items).await?;
    report(ui, &removed, &usage, named.json)
}

/// Says which projects have to build something again, if any do.
fn say_who_builds_again(ui: Ui, items: &[DiskItem]) -> bool {
    let in_use = items.iter().filter(|item| !item.projects.is_empty());
    for item in in_use.clone() {
        let projects: Vec<String> = item.projects.iter().map(ToString::to_string).collect();
        let (name, projects) = (&item.name, projects.join(" and "));
        ui.progress(&format!(
            "{name} is built again by the next session of {projects}"
        ));
    }
    in_use.count() > 0
}

/// Whether somebody is there to be asked.
pub(super) fn may_ask(global: &GlobalArgs, host: &Host, json: bool) -> bool {
    host.terminals.stdin && host.terminals.stderr && !global.quiet && !json
}

/// Asks; that nothing was removed is told.
pub(super) fn is_agreed(ui: Ui) -> bool {
    let is_agreed = question::is_agreed("Remove that?");
    if !is_agreed {
        ui.progress("nothing was removed");
    }
    is_agreed
}

/// What a removal would do, as JSON.
pub(super) fn as_planned(items: &[DiskItem], usage: &DiskUsage) -> Value {
    json!({
        "would_remove": table::as_json(items),
        "silent": table::silent_as_json(usage),
    })
}

/// The items with these names, in the order in which they can be removed.
fn find(named: &Named<'_>, usage: &DiskUsage) -> Result<Vec<DiskItem>, Failure> {
    let all = named.part.of(usage.items.clone());
    let is_called = |item: &DiskItem, name: &String| item.name == *name;
    let missing = |name: &&String| !all.iter().any(|item| is_called(item, name));
    if let Some(name) = named.names.iter().find(missing) {
        return Err(Failure::NothingOfThatName {
            noun: named.part.noun(),
            name: name.clone(),
            list: named.part.command(),
        });
    }
    let is_named = |item: &&DiskItem| named.names.iter().any(|name| is_called(item, name));
    Ok(all.iter().filter(is_named).cloned().collect())
}

/// Tells what came of a removal.
pub(super) fn report(
    ui: Ui,
    pruned: &Pruned,
    usage: &DiskUsage,
    json: bool,
) -> Result<ExitCode, Failure> {
    let (removed, failed) = (pruned.removed.len(), pruned.failed.len());
    if json {
        ui.json(&as_json(pruned, usage))?;
    } else if removed + failed > 0 {
        let freed = table::size(Some(table::sum(pruned.removed.iter())));
        let of = removed + failed;
        ui.progress(&format!("removed {removed} of {of}: {freed}"));
    }
    for (item, error) in &pruned.failed {
        let (kind, name) = (item.kind, &item.name);
        output::error(&format!("{kind} {name} stays: {}", in_full(error)));
        if let PruneError::Below { image } = error {
            output::hint(&format!("`ocx image rm {image} {name}` removes both"));
        }
    }
    Ok(code(pruned))
}

fn as_json(pruned: &Pruned, usage: &DiskUsage) -> Value {
    let failed = pruned.failed.iter().map(|(item, error)| {
        let mut item = table::item_as_json(item);
        item["error"] = in_full(error).into();
        item
    });
    json!({
        "removed": table::as_json(&pruned.removed),
        "failed": failed.collect::<Value>(),
        "silent": table::silent_as_json(usage),
        "freed": table::sum(pruned.removed.iter()),
    })
}

/// What an engine did not do comes before the rest.
fn code(pruned: &Pruned) -> ExitCode {
    let is_engine =
        |error: &PruneError| matches!(error, PruneError::Engine(_) | PruneError::Silent { .. });
    let is_file =
        |error: &PruneError| matches!(error, PruneError::File { .. } | PruneError::Trust(_));
    let is_needed =
        |error: &PruneError| matches!(error, PruneError::Needed(_) | PruneError::Below { .. });
    let mut errors = pruned.failed.iter().map(|(_, error)| error);
    if errors.clone().any(is_engine) {
        ExitCode::from(exit_code::ENGINE_FAILED)
    } else if errors.clone().any(is_file) {
        ExitCode::from(exit_code::FILE)
    } else if errors.any(is_needed) {
        ExitCode::from(exit_code::IN_USE)
    } else {
        // What is in use again is needed.
        ExitCode::SUCCESS
    }
}
