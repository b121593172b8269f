//! Saying what was read and done, and what to type next.

use std::fmt::Display;

use ocx_core::{
    printable,
    project_hints::{Hints, Proposal},
    scaffold::{BaseChoice, ScaffoldFile},
};

use super::Choice;
use crate::{args::GlobalArgs, ui::Ui};

/// More is not read by anybody.
const MOST_LINES: usize = 12;

/// Says which of the project's files are of no use.
pub(super) fn unread(ui: Ui, hints: &Hints) {
    for unread in hints.unread.iter().take(MOST_LINES) {
        ui.progress(&format!("{} is not used: {}", unread.file, unread.why));
    }
}

/// Says that a session changed what is proposed.
pub(super) fn of_session(ui: Ui, proposal: &Proposal, may_ask: bool) {
    let file = &proposal.file;
    if may_ask {
        ui.warning(&format!(
            "a session changed {file}, or what it names: look at it before you choose it"
        ));
    } else {
        ui.progress(&format!(
            "{file} is not used: a session changed it, or what it names; look at it, then say by flags what you want"
        ));
    }
}

/// Says what was done, and what to type next.
pub(super) fn conclude(
    global: &GlobalArgs,
    choice: &Choice,
    files: &[ScaffoldFile],
    hints: &Hints,
) {
    let (ui, setup) = (global.ui(), &choice.setup);
    let on = match &setup.template_base {
        Some(base) => format!(", on {base}"),
        None => String::new(),
    };
    let file = match &choice.file {
        Some(file) => format!(" ({file})"),
        None => String::new(),
    };
    ui.progress(&format!("the base is {}{on}{file}", setup.base));
    if let BaseChoice::Template { dockerfile, .. } = &setup.base {
        for tool in &setup.template_tools {
            let file = tool.lock_file();
            ui.progress(&format!("{dockerfile} installs {tool} as well ({file})"));
        }
    }
    carried_over(ui, choice);
    for left_out in choice.left_out.iter().take(MOST_LINES) {
        ui.progress(&format!("left out: {}: {}", left_out.name, left_out.why));
    }
    if choice.left_out.len() > MOST_LINES {
        let more = choice.left_out.len() - MOST_LINES;
        ui.progress(&format!("left out: {more} more"));
    }
    if choice.can_be_extended {
        ui.progress(&format!(
            "for a Dockerfile with lines for features and lifecycle commands, {}`ocx init --extend`",
            before_another(global)
        ));
    }
    if let Some(file) = &setup.devcontainer {
        ui.progress(&format!(
            "to follow {file} on each run instead, put `custom_base_devcontainer = true` in the place of the base in ocx.toml"
        ));
    }
    other_context(ui, choice, hints);
    other_bases(global, choice, hints);
    suggest(global, choice, hints);
    if global.dry_run {
        ui.progress("nothing was written");
        return;
    }
    for file in files {
        ui.progress(&format!("wrote {}", file.path));
    }
    let before = match &setup.base {
        BaseChoice::Template { dockerfile, .. } | BaseChoice::Extension { dockerfile, .. } => {
            format!("look at {dockerfile}, ")
        }
        _ => String::new(),
    };
    let build = match setup.base {
        BaseChoice::Image(_) => "`ocx build` (`ocx build --pull` if the image is in a registry)",
        _ => "`ocx build`",
    };
    ui.progress(&format!("next: {before}{build}, then `ocx opencode`"));
}

/// What the settings have beside the base.
fn carried_over(ui: Ui, choice: &Choice) {
    let setup = &choice.setup;
    for (key, listed) in [
        ("custom_base_build_args", list(setup.build_args.keys())),
        ("custom_base_target", list(&setup.target)),
        ("custom_base_context", list(&setup.context)),
        ("env", list(setup.env.keys())),
        ("ports", list(&setup.ports)),
    ] {
        if let Some(listed) = listed {
            ui.progress(&format!("set: {key}: {listed}"));
        }
    }
    if let Some(ports) = list(&setup.offered_ports) {
        ui.progress(&format!(
            "left out: ports {ports}: they would be open on your host; for that, remove the `#` in ocx.toml"
        ));
    }
}

/// Says which context the project's files have for a Dockerfile that the user named alone.
fn other_context(ui: Ui, choice: &Choice, hints: &Hints) {
    let BaseChoice::Dockerfile {
        dockerfile: named, ..
    } = &choice.setup.base
    else {
        return;
    };
    if choice.file.is_some() {
        return;
    }
    let known = hints.proposals.iter().find_map(|proposal| {
        let context = proposal.setup.context.as_ref()?;
        let is_same = matches!(&proposal.setup.base, BaseChoice::Dockerfile { dockerfile, .. } if dockerfile == named);
        is_same.then_some((&proposal.file, context))
    });
    if let Some((file, context)) = known {
        let context = printable::toml_string(context.as_str());
        ui.progress(&format!(
            "{file} builds {named} with another context; for that, set `custom_base_context = {context}` in ocx.toml"
        ));
    }
}

/// Says which other Dockerfiles a Compose file builds: one of several services is as good as another.
fn other_bases(global: &GlobalArgs, choice: &Choice, hints: &Hints) {
    let is_of_same_file =
        |proposal: &&Proposal| Some(proposal.file.as_str()) == choice.file.as_deref();
    let others = hints.proposals.iter().filter(is_of_same_file);
    let others = others.filter(|proposal| proposal.setup.base != choice.setup.base);
    let others: Vec<String> = others
        .filter_map(|proposal| match &proposal.setup.base {
            BaseChoice::Dockerfile { dockerfile, .. } => Some(dockerfile.to_string()),
            _ => None,
        })
        .collect();
    if let (Some(file), Some(listed)) = (&choice.file, list(others)) {
        global.ui().progress(&format!(
            "{file} builds from {listed}, too; for another one, {}`ocx init --dockerfile PATH`",
            before_another(global)
        ));
    }
}

/// A few of them.
fn list<T: Display>(all: impl IntoIterator<Item = T>) -> Option<String> {
    let mut all: Vec<String> = all.into_iter().map(|one| one.to_string()).collect();
    if all.is_empty() {
        return None;
    }
    if all.len() > MOST_LINES {
        all.truncate(MOST_LINES);
        all.push("…".to_owned());
    }
    Some(all.join(", "))
}

/// Which template would be better than nothing.
fn suggest(global: &GlobalArgs, choice: &Choice, hints: &Hints) {
    if let (BaseChoice::Default, Some(hint)) = (&choice.setup.base, hints.templates.first()) {
        let remove = before_another(global);
        let (because, template) = (hint.because, hint.template);
        global.ui().progress(&format!(
            "{because} suggests the template {template}; for that, {remove}`ocx init --template {template}`"
        ));
    }
}

/// What has to be done before `ocx init` is typed once more.
fn before_another(global: &GlobalArgs) -> &'static str {
    match global.dry_run {
        true => "",
        false => "remove ocx.toml, then ",
    }
}
