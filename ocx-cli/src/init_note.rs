//! Saying once that `ocx init` would make a base that suits the project.

use ocx_core::{ops, project_hints};

use crate::{args::GlobalArgs, context::Context};

/// Says so before the first session of a project that has no settings, and whose files say what it is
/// developed with.
pub(crate) fn say(global: &GlobalArgs, context: &Context) {
    let (project, settings) = (&context.project, &context.loaded.settings);
    let has_base =
        settings.custom_base_image.is_some() || settings.custom_base_dockerfile.is_some();
    let is_new = !global.dry_run
        && !has_base
        && project.config_files.is_empty()
        && !ops::has_had_session(&context.host, project);
    if !is_new {
        return;
    }
    let hints = project_hints::read(&project.root, &|_| None);
    let Some(best) = hints.best(&project.root) else {
        return;
    };
    let what = match hints.templates.first() {
        Some(hint) if hints.proposals.is_empty() => {
            format!("{} suggests the base {}", hint.because, hint.template)
        }
        _ => format!("{} describes a base", best.file),
    };
    global.ui().progress(&format!(
        "{what}, and the project has no settings: ocx's own base is used; `ocx init` takes the other"
    ));
}
