//! `ocx status`.

mod json;

use std::process::ExitCode;

use clap::Args;
use ocx_core::{
    base::{BaseSource, FoundDockerfile, FoundIn},
    freshness::BaseStale,
    ops::{self, BuildError, BuiltBy, Cause, SessionError, Status, Verdict},
    runtime::EngineMode,
    settings::{Loaded, PullPolicy, VersionRequest},
};

use crate::{
    args::GlobalArgs,
    context::{Context, Operation},
    failure::Failure,
    field_list::FieldList,
    hints,
};

/// Show what would run now, and why: base, image, opencode, engine
///
/// Nothing is changed, built or fetched. The exit code is 0 whether the image is up to date or not,
/// and also when it could not be built; `state` tells.
///
/// Keys of the JSON: `state` (`fresh`, `stale` or `blocked`), `causes` (of a build: `cause`,
/// `message`, and `from` and `to` where there are two sides), `problem` (what keeps a session from
/// starting: `message`, `remedies`), `base` (`rule`, `name`, `id`, `made_by`, `dockerfile`,
/// `devcontainer`, `pull`, `settings`), `image` (`name`, `id`), `opencode` (`version`, `newer`, `requested`, `binary`,
/// `setting`), `engine` (`name`, `version`, `mode`). What is not known or not there is `null`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct StatusArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx status
  ocx status --json";

pub(crate) async fn run(global: &GlobalArgs, args: &StatusArgs) -> Result<ExitCode, Failure> {
    let context = Context::prepare_to_look(global)?;
    let loaded = &context.loaded.clone();
    let status = look(global, context).await?;
    if args.json {
        global.ui().json(&json::of(&status, loaded))?;
    } else {
        let ui = global.ui();
        ui.answer(&as_list(&status, loaded).text(ui.width()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What the command prints.
pub(super) async fn report(global: &GlobalArgs, context: Context) -> Result<String, Failure> {
    let loaded = context.loaded.clone();
    let status = look(global, context).await?;
    Ok(as_list(&status, &loaded).text(None))
}

async fn look(global: &GlobalArgs, context: Context) -> Result<Status, Failure> {
    Operation::prepare(global, context)
        .with_engine(async |ocx| Ok(ops::status(ocx).await?))
        .await
}

fn as_list(status: &Status, loaded: &Loaded) -> FieldList {
    let mut list = FieldList::default();
    list.row("state", state(status, loaded));
    list.row("base", base(status, loaded));
    list.row("image", [image(status)]);
    list.row("opencode", opencode(status, loaded));
    list.row(
        "engine",
        [format!(
            "{} {}, {}",
            status.engine_name,
            status.engine.version,
            mode(status.engine.mode)
        )],
    );
    list
}

fn state(status: &Status, loaded: &Loaded) -> Vec<String> {
    match &status.verdict {
        Verdict::Fresh if status.base.found.is_some() => vec!["up to date".to_owned()],
        Verdict::Fresh => vec![
            "usable, but the base image is gone: sessions run, and a build needs it again"
                .to_owned(),
        ],
        Verdict::Stale(causes) => causes
            .iter()
            .map(|cause| format!("{}: {cause}", what_is_stale(status, cause)))
            .chain([remedy(causes).to_owned()])
            .collect(),
        Verdict::Blocked(error) => format!("cannot run: {}", ocx_core::ops::in_full(error))
            .lines()
            .map(str::to_owned)
            .chain(
                hints::of_session(error)
                    .into_iter()
                    .map(|hint| format!("hint: {hint}")),
            )
            .chain(question(error, loaded))
            .collect(),
    }
}

/// What is asked on a terminal where a base is missing.
fn question(error: &SessionError, loaded: &Loaded) -> Option<String> {
    let is_asked = matches!(error, SessionError::Build(error) if matches!(**error, BuildError::BaseMissing { .. }))
        && loaded.settings.base_pull == PullPolicy::Ask;
    is_asked.then(|| {
        "on a terminal, `ocx build` and sessions ask whether they shall fetch it".to_owned()
    })
}

fn remedy(causes: &[Cause]) -> &'static str {
    if causes.contains(&Cause::Fetch) {
        "`ocx build` or the next session fetches it, and builds on it"
    } else {
        "`ocx build` or the next session builds it"
    }
}

fn what_is_stale(status: &Status, cause: &Cause) -> &'static str {
    match cause {
        Cause::Fetch => "the base is to be fetched",
        Cause::Base(BaseStale::Missing) => "the base is to be built",
        Cause::Base(_) => "the base is out of date",
        Cause::Image(_)
            if status
                .image
                .as_ref()
                .is_some_and(|image| image.id.is_some()) =>
        {
            "out of date"
        }
        Cause::Image(_) => "to be built",
    }
}

fn base(status: &Status, loaded: &Loaded) -> Vec<String> {
    let plan = &status.base.plan;
    let reference = plan.reference();
    let first = match &status.base.found {
        Some((id, _)) => format!("{reference} ({})", id.short()),
        None => format!("{reference} (not there)"),
    };
    let by = |key: &str| match &loaded.settings.devcontainer {
        Some(followed) => format!(
            "{}, which {} follows",
            followed.file,
            of_setting(FOLLOWS, loaded)
        ),
        None => of_setting(key, loaded),
    };
    let mut lines = vec![first];
    match &plan.source {
        BaseSource::Default => lines.push(
            "ocx's own, since neither `custom_base_image` nor `custom_base_dockerfile` is set"
                .to_owned(),
        ),
        BaseSource::Image(_) => lines.push(format!("named by {}", by("custom_base_image"))),
        BaseSource::Dockerfile { dockerfile, .. } => {
            lines.push(format!("built for {}", by("custom_base_dockerfile")));
            lines.push(place(dockerfile));
            lines.extend(context(dockerfile, loaded));
        }
        BaseSource::ImageOrDockerfile { dockerfile, .. } => {
            lines.push(format!("named by {}", by("custom_base_image")));
            let second = by("custom_base_dockerfile");
            if let Some((_, BuiltBy::Foreign)) = status.base.found {
                lines.push(format!(
                    "not built by ocx, so {second} is not used unless you say `ocx build --base`"
                ));
            } else {
                lines.push(format!("built for {second}"));
                lines.push(place(dockerfile));
                lines.extend(context(dockerfile, loaded));
            }
        }
    }
    lines.extend(pulling(status, loaded));
    if let Some((_, BuiltBy::Ocx)) = status.base.found
        && plan.dockerfile().is_some()
    {
        lines.push("other files in its build context are compared by `ocx build` only".to_owned());
    }
    lines
}

/// The setting by which a `devcontainer.json` is followed.
const FOLLOWS: &str = "custom_base_devcontainer";

/// A setting, and where it was set.
fn of_setting(key: &str, loaded: &Loaded) -> String {
    format!("`{key}` ({})", loaded.origins.of(key))
}

/// What `base_pull` does for this base, unless it is missing: then the state tells.
fn pulling(status: &Status, loaded: &Loaded) -> Option<String> {
    let plan = &status.base.plan;
    let is_newer = loaded.settings.base_pull == PullPolicy::Newer;
    let asked_for = match (plan.labels(), &status.base.found) {
        (None, Some(_)) if plan.reference().digest().is_some() => return None,
        (None, Some(_)) => "a newer one",
        (Some(_), Some((_, BuiltBy::Ocx)) | None) => "newer images that its Dockerfile names",
        (None, None) | (Some(_), Some((_, BuiltBy::Foreign))) => return None,
    };
    is_newer.then(|| {
        format!(
            "`ocx build` asks the registry for {asked_for}: `base_pull = \"newer\"` ({})",
            loaded.origins.of("base_pull")
        )
    })
}

fn place(dockerfile: &FoundDockerfile) -> String {
    let found = match dockerfile.found_in {
        FoundIn::Project => "found in the project",
        FoundIn::GlobalConfig => "found in the global configuration",
        FoundIn::AbsolutePath => "an absolute path",
    };
    format!("Dockerfile {}, {found}", dockerfile.path)
}

/// The build context, if it is not the Dockerfile's directory.
fn context(dockerfile: &FoundDockerfile, loaded: &Loaded) -> Option<String> {
    dockerfile.named_context.as_ref()?;
    let context = &dockerfile.context;
    let by = match &loaded.settings.devcontainer {
        Some(_) => "set there".to_owned(),
        None => format!("set by {}", of_setting("custom_base_context", loaded)),
    };
    Some(format!("build context {context}, {by}"))
}

fn image(status: &Status) -> String {
    match &status.image {
        Some(image) => match &image.id {
            Some(id) => format!("{} ({})", image.name, id.short()),
            None => format!("{} (not there)", image.name),
        },
        None => "named after the version of opencode, which is not known yet".to_owned(),
    }
}

fn opencode(status: &Status, loaded: &Loaded) -> Vec<String> {
    let settings = &loaded.settings;
    let version = status
        .opencode
        .version
        .as_ref()
        .map_or_else(|| "not known yet".to_owned(), ToString::to_string);
    let mut lines = vec![
        match (&settings.opencode_binary, &settings.opencode_version) {
            (Some(path), _) => format!(
                "{version}, the local binary {path} of `opencode_binary` ({})",
                loaded.origins.of("opencode_binary")
            ),
            (None, VersionRequest::Exact(_)) => format!(
                "{version}, pinned by `opencode_version` ({})",
                loaded.origins.of("opencode_version")
            ),
            (None, VersionRequest::Latest) => {
                let origin = loaded.origins.of("opencode_version");
                format!("{version}, for `opencode_version = \"latest\"` ({origin})")
            }
        },
    ];
    if let Some(newer) = &status.opencode.newer {
        lines.push(format!("{newer} is out: `ocx upgrade` takes it"));
    }
    lines
}

/// How an engine runs.
pub(super) fn mode(mode: EngineMode) -> &'static str {
    match mode {
        EngineMode::Rootful => "rootful",
        EngineMode::RootlessRootIsHost | EngineMode::RootlessKeepId => "rootless",
        EngineMode::RootlessSingleId => "rootless with a single ID",
        EngineMode::UserNamespaceRemap => "with remapped users",
    }
}
