//! `ocx build`.

use std::process::ExitCode;

use clap::Args;
use ocx_core::{
    ops::{BuildReport, BuildRequest, ImageAction, Latest, Planned, Pull, Rebuild},
    printable,
    settings::{Key, Origin, Origins, Override},
    spec::BuildCache,
};

use crate::{
    args::GlobalArgs,
    context::{Context, Operation},
    failure::Failure,
};

/// Build the ocx image of this project, if it is not up to date
///
/// The base image comes first: it is used as it is, or built from `custom_base_dockerfile` if it
/// does not exist. Then opencode is added to it.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct BuildArgs {
    /// Build the base image from its Dockerfile, too, even if an image of its name exists
    #[arg(long)]
    base: bool,
    /// Build the ocx image even if it is up to date
    #[arg(long)]
    force: bool,
    /// Build without the engine's build cache
    #[arg(long)]
    no_cache: bool,
    /// Fetch the newest base image, or the newest images that its Dockerfile names, from their
    /// registries
    #[arg(long)]
    pull: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx build
  ocx build --base --pull   # the base as well, with the newest images";

impl BuildArgs {
    pub(crate) fn request(&self) -> BuildRequest {
        let always = |flag| {
            if flag {
                Rebuild::Always
            } else {
                Rebuild::IfStale
            }
        };
        let mut request = BuildRequest::implicit();
        // Without the cache the base becomes another image, and so does what is on it.
        request.image = always(self.force || self.no_cache);
        request.base = always(self.base || self.no_cache);
        if self.no_cache {
            request.cache = BuildCache::Ignore;
        }
        request.pull = if self.pull { Pull::Newest } else { Pull::AsSet };
        request.latest = Latest::Newest;
        request
    }
}

pub(crate) async fn run(global: &GlobalArgs, args: &BuildArgs) -> Result<ExitCode, Failure> {
    let request = args.request();
    let context = Context::prepare(global)?.for_build();
    let once = set_for_this_build_only(global, &context.loaded.origins);
    let operation = Operation::prepare(global, context);
    if global.dry_run {
        let plan = operation
            .with_base(async |ocx| Ok(ocx.clone().dry_run().build(&request).await?))
            .await?;
        tell_plan(global, &plan);
    } else {
        let report = operation
            .with_base(async |ocx| Ok(ocx.build(&request).await?))
            .await?;
        tell(global, &report);
    }
    for message in once {
        global.ui().warning(&message);
    }
    Ok(ExitCode::SUCCESS)
}

/// The settings that say how the base is built.
const HOW_THE_BASE_IS_BUILT: [&str; 4] = [
    "custom_base_dockerfile",
    "custom_base_target",
    "custom_base_build_args",
    "custom_base_context",
];

/// A base that is built as flags say is built again by the next session, which knows the files only.
fn set_for_this_build_only(global: &GlobalArgs, origins: &Origins) -> Vec<String> {
    let given = global.overrides().into_iter().filter(|given| {
        HOW_THE_BASE_IS_BUILT.contains(&given.key.as_str())
            && matches!(origins.of(&given.key), Origin::Flag(_))
    });
    given
        .map(|Override { key, value, flag }| {
            let value = match Key::find(&key) {
                Some(key) if !key.sensitive => printable::shell_word(&value).into_owned(),
                _ => "VALUE".to_owned(),
            };
            format!(
                "`{flag}` was for this build: a session builds the base anew, as the settings say, unless it has the flag too; `ocx config set --project {key} {value}` keeps it"
            )
        })
        .collect()
}

/// Tells what a build came to.
pub(super) fn tell(global: &GlobalArgs, report: &BuildReport) {
    let image = &report.image;
    global.ui().progress(&match report.action {
        ImageAction::UpToDate => format!("{image} is up to date"),
        ImageAction::Built(_) => format!("{image} is ready"),
    });
}

/// Tells where a plan ends.
pub(super) fn tell_plan<T>(global: &GlobalArgs, plan: &Planned<T>) {
    match plan {
        Planned::All(_) => {}
        Planned::UpToTheBase => {
            global
                .ui()
                .progress("what comes after that depends on a base image that is not there yet");
        }
    }
}
