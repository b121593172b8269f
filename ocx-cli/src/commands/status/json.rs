//! `ocx status --json`.

use ocx_core::{
    base::{BaseSource, FoundIn},
    freshness::{Binary, Stale},
    ops::{BuiltBy, Cause, Status, Verdict},
    runtime::EngineMode,
    settings::{Loaded, Origin},
};
use serde_json::{Value, json};

use crate::hints;

/// The whole answer. Its keys and words are documented in the help and do not change.
pub(super) fn of(status: &Status, loaded: &Loaded) -> Value {
    let (state, causes, problem) = match &status.verdict {
        Verdict::Fresh => ("fresh", Vec::new(), Value::Null),
        Verdict::Stale(causes) => ("stale", causes.iter().map(cause).collect(), Value::Null),
        Verdict::Blocked(error) => {
            let problem = json!({
                "message": ocx_core::ops::in_full(error),
                "remedies": hints::of_session(error),
            });
            ("blocked", Vec::new(), problem)
        }
    };
    let settings = &loaded.settings;
    json!({
        "state": state,
        "causes": causes,
        "problem": problem,
        "base": base(status, loaded),
        "image": status.image.as_ref().map(|image| json!({
            "name": image.name,
            "id": image.id,
        })),
        "opencode": {
            "version": status.opencode.version,
            "newer": status.opencode.newer,
            "requested": settings.opencode_version.to_string(),
            "binary": settings.opencode_binary,
            "setting": origin(loaded, if settings.opencode_binary.is_some() {
                "opencode_binary"
            } else {
                "opencode_version"
            }),
        },
        "engine": {
            "name": status.engine_name,
            "version": status.engine.version,
            "mode": mode(status.engine.mode),
        },
    })
}

fn cause(cause: &Cause) -> Value {
    let mut value = json!({ "cause": cause.name(), "message": cause.to_string() });
    let sides = match cause {
        Cause::Image(Stale::BaseMoved { from, to }) => Some((json!(from), json!(to))),
        Cause::Image(Stale::Recipe { from, to }) => Some((json!(from), json!(to))),
        Cause::Image(Stale::Opencode { from, to }) => Some((binary(from), binary(to))),
        _ => None,
    };
    if let Some((from, to)) = sides {
        value["from"] = from;
        value["to"] = to;
    }
    value
}

fn binary(binary: &Binary) -> Value {
    match binary {
        Binary::Published(version) => json!(version),
        Binary::Local => json!("local"),
    }
}

fn base(status: &Status, loaded: &Loaded) -> Value {
    let plan = &status.base.plan;
    let (id, made_by) = match &status.base.found {
        Some((id, BuiltBy::Ocx)) => (Some(id), Some("ocx")),
        Some((id, BuiltBy::Foreign)) => (Some(id), Some("others")),
        None => (None, None),
    };
    json!({
        "rule": match &plan.source {
            BaseSource::Default => "default",
            BaseSource::Image(_) => "image",
            BaseSource::Dockerfile { .. } => "dockerfile",
            BaseSource::ImageOrDockerfile { .. } => "image_or_dockerfile",
        },
        "name": plan.reference(),
        "id": id,
        "made_by": made_by,
        "dockerfile": plan.dockerfile().map(|dockerfile| json!({
            "path": dockerfile.path,
            "found_in": match dockerfile.found_in {
                FoundIn::Project => "project",
                FoundIn::GlobalConfig => "global_config",
                FoundIn::AbsolutePath => "absolute_path",
            },
            "context": dockerfile.context,
        })),
        "devcontainer": loaded.settings.devcontainer.as_ref().map(|followed| &followed.file),
        "pull": loaded.settings.base_pull.to_string(),
        "settings": {
            "base_pull": origin(loaded, "base_pull"),
            "custom_base_image": origin(loaded, "custom_base_image"),
            "custom_base_devcontainer": origin(loaded, "custom_base_devcontainer"),
            "custom_base_dockerfile": origin(loaded, "custom_base_dockerfile"),
        },
    })
}

/// Where a setting comes from; `null` for one that nobody set.
fn origin(loaded: &Loaded, key: &str) -> Value {
    match loaded.origins.of(key) {
        Origin::Default => Value::Null,
        origin => json!(origin.to_string()),
    }
}

fn mode(mode: EngineMode) -> &'static str {
    match mode {
        EngineMode::Rootful => "rootful",
        EngineMode::RootlessRootIsHost | EngineMode::RootlessKeepId => "rootless",
        EngineMode::RootlessSingleId => "rootless_single_id",
        EngineMode::UserNamespaceRemap => "user_namespace_remap",
    }
}
