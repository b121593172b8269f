//! `ocx compat`.

use std::process::ExitCode;

use clap::Args;
use ocx_core::{
    opencode::Libc,
    ops::{self, Compatibility, Inside, Instruction, InstructionOutcome, Shell, Subject},
    search_path::OutOfReach,
};
use serde_json::{Value, json};

use crate::{
    args::GlobalArgs,
    build_hints,
    context::{Context, Operation},
    exit_code,
    failure::Failure,
    field_list::FieldList,
    notices::reach_advice,
};

/// Look into an image and tell what ocx would make of it
///
/// The image must be in the engine's local storage; it is not changed, and nothing in it is run. The
/// exit code is 0 for an image that ocx can use, and 65 for one that it cannot use.
///
/// Keys of the JSON: `usable`, `problems` (`message`, `remedies`), `image` (`name`, `id`, `os`,
/// `architecture`, `os_name`), `libc` (`glibc` or `musl`), `opencode_builds` (npm packages, the best
/// first), `shell`, `user` (`name`, `uid`, `gid`, `same_id`, `same_name`), `path`, `out_of_reach`
/// (programs in `path` that the user cannot run, as the last `ocx build` on the image found: `message`,
/// `directories`, `closed`, `programs` with `count` and some `names`, `remedies`), `changes`
/// (`instruction`, `value`, `fate`: `reset`, `overridden` or `kept`), `result`. What is not known or
/// not there is `null`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompatArgs {
    /// A name, with a tag or digest or not, or an ID
    #[arg(value_name = "IMAGE")]
    pub(crate) image: Subject,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx compat ruby:3.3
  ocx --runtime podman compat --json team-tools";

pub(crate) async fn run(global: &GlobalArgs, args: &CompatArgs) -> Result<ExitCode, Failure> {
    let compatibility = Operation::prepare(global, Context::prepare_anywhere(global)?)
        .with_engine(async |ocx| Ok(ops::compat(ocx, &args.image).await?))
        .await?;
    if args.json {
        global.ui().json(&as_json(&compatibility))?;
    } else {
        let ui = global.ui();
        ui.answer(&as_list(&compatibility).text(ui.width()))?;
    }
    Ok(if compatibility.problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(exit_code::UNUSABLE_BASE)
    })
}

fn as_list(compatibility: &Compatibility) -> FieldList {
    let image = &compatibility.image;
    let mut list = FieldList::default();
    list.row("usable", verdict(compatibility));
    let id = image.id.short();
    list.row(
        "image",
        [compatibility
            .name
            .as_ref()
            .map_or_else(|| id.to_owned(), |name| format!("{name} ({id})"))],
    );
    let os = match &compatibility.os_name {
        Some(name) => format!("{name}, {}/{}", image.os, image.architecture),
        None => format!("{}/{}", image.os, image.architecture),
    };
    list.row("system", [os]);
    let builds: Vec<String> = compatibility
        .builds
        .iter()
        .map(ToString::to_string)
        .collect();
    if let Some(libc) = compatibility.libc {
        let libc = match libc {
            Libc::Glibc => "glibc",
            Libc::Musl => "musl",
        };
        list.row("opencode", [format!("{}, for {libc}", builds.join(" or "))]);
    }
    list.row("shell", shell(&compatibility.shell));
    list.row("user", compatibility.user.iter().flat_map(user));
    list.row("PATH", [compatibility.path.as_str()]);
    list.row("programs", programs(compatibility));
    list.row("changes", compatibility.changes.iter().map(change));
    list.row("result", [result(compatibility)]);
    list
}

fn verdict(compatibility: &Compatibility) -> Vec<String> {
    if compatibility.problems.is_empty() {
        return vec!["yes".to_owned()];
    }
    let problems = compatibility.problems.iter().flat_map(|problem| {
        let hints = build_hints::of(problem)
            .into_iter()
            .map(|hint| format!("hint: {hint}"));
        let in_full = ocx_core::ops::in_full(problem);
        let lines: Vec<String> = in_full.lines().map(str::to_owned).collect();
        lines.into_iter().chain(hints)
    });
    ["no".to_owned()].into_iter().chain(problems).collect()
}

/// What of the search path cannot be run. Only a container tells, and here none is run.
fn programs(compatibility: &Compatibility) -> Vec<String> {
    match &compatibility.out_of_reach {
        Some(found) if found.is_empty() => {
            vec!["the session's user can run what is in PATH".to_owned()]
        }
        Some(found) => found
            .iter()
            .flat_map(|finding| {
                [
                    finding.to_string(),
                    format!("hint: {}", reach_advice(finding)),
                ]
            })
            .collect(),
        None if compatibility.problems.is_empty() => {
            vec!["`ocx build` on it finds out which the session's user cannot run".to_owned()]
        }
        None => Vec::new(),
    }
}

fn out_of_reach(finding: &OutOfReach) -> Value {
    let (directories, closed, programs) = match finding {
        OutOfReach::Directories {
            directories,
            closed,
        } => (directories.clone(), Some(closed), None),
        OutOfReach::Links {
            directory,
            closed,
            programs,
        } => (vec![directory.clone()], Some(closed), Some(programs)),
        OutOfReach::Programs {
            directory,
            programs,
        } => (vec![directory.clone()], None, Some(programs)),
        _ => return Value::Null,
    };
    json!({
        "message": finding.to_string(),
        "directories": directories,
        "closed": closed,
        "programs": programs.map(|programs| json!({
            "count": programs.count,
            "names": programs.names,
        })),
        "remedies": [reach_advice(finding)],
    })
}

fn shell(shell: &Shell) -> Option<&str> {
    match shell {
        Shell::At(path) => Some(path.as_str()),
        Shell::Missing => Some("none: opencode runs, but can run no commands in a session"),
        Shell::Unknown => None,
    }
}

fn user(user: &Inside) -> Vec<String> {
    let mut lines = vec![format!("{} ({}:{})", user.name, user.uid, user.gid)];
    if !user.same_id.is_empty() {
        lines.push(format!(
            "the image calls this ID {}; in a session it is called {}",
            user.same_id.join(", "),
            user.name
        ));
    }
    if let Some(id) = &user.same_name {
        lines.push(format!(
            "the image's own {} has the ID {id}; in a session the name is yours",
            user.name
        ));
    }
    lines
}

fn change(change: &Instruction) -> String {
    let becomes = match (change.outcome, change.instruction) {
        (InstructionOutcome::Reset, "CMD") => "is replaced by opencode",
        (InstructionOutcome::Reset, "STOPSIGNAL") => "becomes SIGTERM",
        (InstructionOutcome::Reset, _) => "is taken away",
        (InstructionOutcome::Overridden, "USER") => "stays, but sessions run as you",
        (InstructionOutcome::Overridden, _) => "stays, but sessions begin in the project",
        (InstructionOutcome::Kept, "VOLUME") => {
            "stays: what is written there is gone after a session"
        }
        (InstructionOutcome::Kept, _) => "stays",
    };
    format!("{} {} {becomes}", change.instruction, change.value)
}

fn result(compatibility: &Compatibility) -> String {
    match (&compatibility.result, &compatibility.name) {
        (Some(result), _) => result.to_string(),
        (None, Some(_)) => "named after the version of opencode, which is not known yet".to_owned(),
        (None, None) => format!(
            "the image needs a name to be a base: `docker tag {} NAME`, and set `custom_base_image`",
            compatibility.image.id.short()
        ),
    }
}

fn as_json(compatibility: &Compatibility) -> Value {
    let image = &compatibility.image;
    let builds: Vec<String> = compatibility
        .builds
        .iter()
        .map(ToString::to_string)
        .collect();
    json!({
        "usable": compatibility.problems.is_empty(),
        "problems": compatibility.problems.iter().map(|problem| json!({
            "message": ocx_core::ops::in_full(problem),
            "remedies": build_hints::of(problem),
        })).collect::<Vec<_>>(),
        "image": {
            "name": compatibility.name,
            "id": image.id,
            "os": image.os,
            "architecture": image.architecture,
            "os_name": compatibility.os_name,
        },
        "libc": compatibility.libc,
        "opencode_builds": builds,
        "shell": match &compatibility.shell {
            Shell::At(path) => Some(path),
            Shell::Missing | Shell::Unknown => None,
        },
        "user": compatibility.user.as_ref().map(|user| json!({
            "name": user.name,
            "uid": user.uid,
            "gid": user.gid,
            "same_id": user.same_id,
            "same_name": user.same_name,
        })),
        "path": compatibility.path,
        "out_of_reach": compatibility.out_of_reach.as_ref().map(|found| {
            found.iter().map(out_of_reach).collect::<Vec<_>>()
        }),
        "changes": compatibility.changes.iter().map(|change| json!({
            "instruction": change.instruction,
            "value": change.value,
            "fate": match change.outcome {
                InstructionOutcome::Reset => "reset",
                InstructionOutcome::Overridden => "overridden",
                InstructionOutcome::Kept => "kept",
            },
        })).collect::<Vec<_>>(),
        "result": compatibility.result,
    })
}
