//! `ocx trust`.

mod diff;
pub(crate) mod show;

use std::process::ExitCode;

use camino::Utf8PathBuf;
use clap::Args;
use ocx_core::{
    host::Host,
    project::{self, Project},
    settings::Layers,
    trust::{self, Extent, Look, Offer, Standing, Trust, Trusted, Verdict},
};
use serde_json::{Value, json};

use crate::{
    args::GlobalArgs,
    clearance::{self, VARIABLE},
    escape::escaped,
    exit_code,
    failure::Failure,
    trust_question::{Answer, ask_for_good},
};

/// Show what a project asks for or sessions changed, and agree to it
///
/// What a project's settings loosen has no effect, its Dockerfile is not built by a session, and what
/// changed while a session ran is not used, before you agree. What you change yourself you need not
/// agree to. The last line has the hash of what there is now: a run with that in the variable
/// OCX_TRUST takes it as agreed to.
///
/// Without a terminal and without --yes nothing is agreed to, and the exit code is 78 if there is
/// something to agree to.
///
/// Keys of the JSON of --list, for each project: `project`, `trusted` (`no`, `builds` or `always`), `contents`
/// (of its settings that are agreed to), `changed_by_sessions` (paths that nobody has agreed to).
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TrustArgs {
    /// Agree to what there is now, without a question
    #[arg(long, short)]
    yes: bool,
    /// Agree to whatever the project asks for from now on, unless a session changed it
    #[arg(long)]
    always: bool,
    /// List all projects with what was agreed to
    #[arg(long, conflicts_with_all = ["yes", "always", "revoke"])]
    list: bool,
    /// Print that list as JSON
    #[arg(long, requires = "list")]
    json: bool,
    /// Take back what was agreed to in the project at PATH [default: this project]
    #[arg(long, value_name = "PATH", num_args = 0..=1, conflicts_with_all = ["yes", "always"])]
    revoke: Option<Option<Utf8PathBuf>>,
}

const EXAMPLES: &str = "\
Examples:
  ocx trust
  ocx trust --revoke";

pub(crate) fn run(global: &GlobalArgs, args: &TrustArgs) -> Result<ExitCode, Failure> {
    let host = Host::of_this_process()?;
    if args.list {
        let projects = trust::list(&host)?;
        if args.json {
            let projects: Value = projects.iter().map(as_json).collect();
            global.ui().json(&projects)?;
        } else {
            global.ui().answer(&listed(&projects))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(Some(path)) = &args.revoke {
        // The project may be gone, so it is not looked for.
        let path = host.current_dir.join(host.expand_home(path));
        trust::forget(&host, &path)?;
        global.ui().progress(&format!(
            "nothing is agreed to in {} any more",
            escaped(path.as_str())
        ));
        return Ok(ExitCode::SUCCESS);
    }
    let project = project::discover(&host, global.workspace.as_deref())?;
    let mut trust = Trust::open(&host, &project)?;
    if args.revoke.is_some() {
        trust.revoke()?;
        global
            .ui()
            .progress("nothing is agreed to in this project any more");
        return Ok(ExitCode::SUCCESS);
    }
    agree(global, args, &host, &project, &mut trust)
}

fn agree(
    global: &GlobalArgs,
    args: &TrustArgs,
    host: &Host,
    project: &Project,
    trust: &mut Trust,
) -> Result<ExitCode, Failure> {
    let layers = global.on_top_of(Layers::read(host, project)?)?;
    let offer = Offer::of(host, project, &layers, trust, Look::AtAll)?;
    let is_pending = is_pending(&offer, trust);
    let mut lines = Vec::new();
    if is_pending {
        lines.extend(show::of_offer(&offer, trust, &project.root));
    }
    lines.push(format!("{VARIABLE}={}", offer.hash(&project.root)));
    global.ui().answer(&format!("{}\n", lines.join("\n")))?;
    let extent = if args.always {
        Some(Extent::ThisProject)
    } else if args.yes {
        Some(Extent::ThisContent)
    } else if !is_pending {
        global.ui().progress("there is nothing to agree to");
        return Ok(ExitCode::SUCCESS);
    } else if clearance::may_ask(global, host) {
        match ask_for_good("Agree to that?") {
            Answer::ThisContent => Some(Extent::ThisContent),
            Answer::ThisProject => Some(Extent::ThisProject),
            Answer::Once | Answer::No => None,
        }
    } else {
        None
    };
    let Some(extent) = extent else {
        global.ui().progress("nothing was agreed to");
        return Ok(ExitCode::from(exit_code::CONFIG));
    };
    if global.dry_run {
        global.ui().progress("nothing was written");
        return Ok(ExitCode::SUCCESS);
    }
    offer.accept(trust, extent)?;
    global.ui().progress(match extent {
        Extent::ThisContent => "agreed to what there is now",
        Extent::ThisProject => {
            "agreed to whatever this project asks for, unless a session changes it"
        }
    });
    Ok(ExitCode::SUCCESS)
}

/// Whether something of the project would be asked about.
fn is_pending(offer: &Offer, trust: &Trust) -> bool {
    let needs_word =
        |verdict: &Verdict| matches!(verdict, Verdict::AgentMade(_) | Verdict::Untrusted);
    let loosens = offer
        .content
        .as_ref()
        .is_some_and(|content| !trust.approvals(&offer.inventory).hold(content));
    loosens
        || [&offer.settings, &offer.build, &offer.opencode]
            .into_iter()
            .any(needs_word)
}

fn as_json(project: &Trusted) -> Value {
    json!({
        "project": project.root,
        "trusted": match project.standing {
            None => "no",
            Some(Standing::Known) => "builds",
            Some(Standing::Always) => "always",
        },
        "contents": project.contents,
        "changed_by_sessions": project.agent_made,
    })
}

fn listed(projects: &[Trusted]) -> String {
    projects
        .iter()
        .map(|project| {
            let standing = match project.standing {
                None => "nothing agreed to",
                Some(Standing::Known) => "its builds",
                Some(Standing::Always) => "whatever it asks for",
            };
            let mut more = String::new();
            if project.standing != Some(Standing::Always) && project.contents > 0 {
                more.push_str(&format!(", {} contents of its settings", project.contents));
            }
            if project.agent_made > 0 {
                more.push_str(&format!(
                    ", {} changes of sessions open",
                    project.agent_made
                ));
            }
            format!("{}: {standing}{more}\n", escaped(project.root.as_str()))
        })
        .collect()
}
