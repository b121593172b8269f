//! What there is to agree to, as text.

use camino::Utf8Path;
use ocx_core::trust::{Change, ChangeKind, Offer, Trust, Verdict, present_text};

use super::diff::diff;
use crate::escape::escaped;

/// More changes are counted.
const MOST_CHANGES: usize = 40;

/// What the settings ask for and what an agent changed in them, to standard error.
pub(crate) fn settings(offer: &Offer, trust: &Trust, root: &Utf8Path) {
    lines(&of_settings(offer, trust, root));
}

/// What an agent changed of that from which the base is built, to standard error.
pub(crate) fn changes(changes: &[Change], trust: &Trust, root: &Utf8Path) {
    lines(&of_changes(changes, trust, root));
}

fn lines(lines: &[String]) {
    for line in lines {
        crate::output::line(line);
    }
}

/// All of it.
pub(super) fn of_offer(offer: &Offer, trust: &Trust, root: &Utf8Path) -> Vec<String> {
    let mut lines = of_settings(offer, trust, root);
    for verdict in [&offer.build, &offer.opencode] {
        match verdict {
            Verdict::AgentMade(changes) => lines.extend(of_changes(changes, trust, root)),
            Verdict::Untrusted | Verdict::Known | Verdict::UsersOwn => {}
        }
    }
    if offer.build == Verdict::Untrusted {
        lines.push(
            "The base would be built from a Dockerfile that comes with the project.".to_owned(),
        );
    }
    if offer.opencode == Verdict::Untrusted {
        lines.push("opencode would follow configuration that comes with the project.".to_owned());
    }
    lines
}

fn of_settings(offer: &Offer, trust: &Trust, root: &Utf8Path) -> Vec<String> {
    let mut lines = Vec::new();
    if !offer.loosenings.is_empty() {
        lines.push("The project's settings ask for less isolation:".to_owned());
    }
    for loosening in &offer.loosenings {
        lines.push(format!(
            "  {} = {}: {}",
            loosening.key,
            escaped(&loosening.found),
            loosening.reason
        ));
    }
    match &offer.settings {
        Verdict::AgentMade(changes) => lines.extend(of_changes(changes, trust, root)),
        Verdict::Untrusted => lines.push(
            "The record of what was agreed to was damaged; look at the project's settings."
                .to_owned(),
        ),
        Verdict::Known | Verdict::UsersOwn => {}
    }
    lines
}

fn of_changes(changes: &[Change], trust: &Trust, root: &Utf8Path) -> Vec<String> {
    let mut lines = vec!["Changed while a session ran:".to_owned()];
    for change in changes.iter().take(MOST_CHANGES) {
        let path = change.path.strip_prefix(root).unwrap_or(&change.path);
        let kind = match change.kind() {
            ChangeKind::Added => "new",
            ChangeKind::Changed => "changed",
            ChangeKind::Removed => "removed",
        };
        lines.push(format!("  {kind}: {}", escaped(path.as_str())));
        let old = trust.known_text(&change.path);
        let new = present_text(change);
        if old.is_some() || new.is_some() {
            let differing = diff(old.unwrap_or_default(), &new.unwrap_or_default());
            lines.extend(differing.into_iter().map(|line| format!("    {line}")));
        }
    }
    if changes.len() > MOST_CHANGES {
        lines.push(format!("  and {} more", changes.len() - MOST_CHANGES));
    }
    lines
}
