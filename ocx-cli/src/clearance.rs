//! Whether what the project asks for is agreed to, before anything of it takes effect.

use std::{fmt, str::FromStr as _};

use camino::Utf8PathBuf;
use ocx_core::{
    host::Host,
    ops::Consent,
    project::Project,
    settings::{Approvals, ContentHash, Layers, Loaded},
    trust::{Extent, Look, Offer, Trust, Verdict},
};

use crate::{
    args::GlobalArgs,
    commands::trust::show,
    escape::escaped,
    failure::Failure,
    trust_question::{Answer, ask},
};

/// The variable with the hash of what somebody has seen and agrees to.
pub(crate) const VARIABLE: &str = "OCX_TRUST";

/// Settings that are agreed to, and what else is.
pub(crate) struct Cleared {
    pub(crate) loaded: Loaded,
    pub(crate) consent: Consent,
}

/// The settings changed while a session ran.
#[derive(Debug)]
pub(crate) struct SettingsNotTrusted {
    pub(crate) paths: Vec<Utf8PathBuf>,
}

impl fmt::Display for SettingsNotTrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.paths.is_empty() {
            return f.write_str(
                "what was agreed to in this project is not known any more, since its record was damaged",
            );
        }
        let names: Vec<String> = self
            .paths
            .iter()
            .map(|path| format!("`{}`", escaped(path.as_str())))
            .collect();
        write!(
            f,
            "the project's settings changed while a session ran, and you have not seen them: {}",
            names.join(", ")
        )
    }
}

impl std::error::Error for SettingsNotTrusted {}

/// The settings in effect, if all that the project asks for is agreed to: it is on record, the
/// environment names its hash, or somebody says so on the terminal.
pub(crate) fn clear(
    args: &GlobalArgs,
    host: &Host,
    project: &Project,
    layers: &Layers,
) -> Result<Cleared, Failure> {
    let mut trust = Trust::open(host, project)?;
    if let Some(cleared) = by_variable(host, project, layers, &trust)? {
        return Ok(cleared);
    }
    let offer = Offer::of(host, project, layers, &trust, Look::AtSettings)?;
    let approvals = trust.approvals(&offer.inventory);
    let cleared = |approvals: &Approvals| -> Result<Cleared, Failure> {
        Ok(Cleared {
            loaded: layers.resolve(approvals)?,
            consent: Consent::OnRecord,
        })
    };
    let changed = unseen(&offer);
    let problem = match (changed, cleared(&approvals)) {
        (None, Ok(cleared)) => return Ok(cleared),
        (Some(changed), _) => Failure::SettingsNotTrusted(changed),
        (None, Err(problem)) => problem,
    };
    if args.dry_run {
        args.ui()
            .progress(&format!("this would be asked about first: {problem}"));
        return Ok(Cleared {
            loaded: layers.resolve_without_loosening(&approvals)?,
            consent: Consent::OnRecord,
        });
    }
    if !may_ask(args, host) {
        return Err(problem);
    }
    show::settings(&offer, &trust, &project.root);
    let all = match &offer.content {
        Some(content) => approvals.with(content.clone()),
        None => approvals,
    };
    match ask("Start with that?") {
        Answer::Once => {}
        Answer::ThisContent => offer.accept_settings(&mut trust, Extent::ThisContent)?,
        Answer::ThisProject => offer.accept_settings(&mut trust, Extent::ThisProject)?,
        Answer::No => return Err(problem),
    }
    cleared(&all)
}

/// The settings in effect, less what nobody has agreed to.
pub(crate) fn without_what_is_not_agreed_to(
    host: &Host,
    project: &Project,
    layers: &Layers,
) -> Result<Cleared, Failure> {
    let trust = Trust::open(host, project)?;
    let offer = Offer::of(host, project, layers, &trust, Look::AtSettings)?;
    let approvals = trust.approvals(&offer.inventory);
    Ok(Cleared {
        loaded: layers.resolve_without_loosening(&approvals)?,
        consent: Consent::OnRecord,
    })
}

/// Whether somebody is there to be asked.
pub(crate) fn may_ask(args: &GlobalArgs, host: &Host) -> bool {
    host.terminals.stdin && host.terminals.stderr && !args.quiet && !args.dry_run
}

/// Settings that an agent made, or of which nobody knows who did.
fn unseen(offer: &Offer) -> Option<SettingsNotTrusted> {
    let paths = match &offer.settings {
        Verdict::AgentMade(changes) => changes.iter().map(|change| change.path.clone()).collect(),
        Verdict::Untrusted => Vec::new(),
        Verdict::Known | Verdict::UsersOwn => return None,
    };
    Some(SettingsNotTrusted { paths })
}

/// The variable holds for exactly what is there; with anything else it is as if it were not set.
fn by_variable(
    host: &Host,
    project: &Project,
    layers: &Layers,
    trust: &Trust,
) -> Result<Option<Cleared>, Failure> {
    let Some(text) = host.variable(VARIABLE) else {
        return Ok(None);
    };
    let given = ContentHash::from_str(text.trim()).map_err(|_| Failure::TrustVariable)?;
    let offer = Offer::of(host, project, layers, trust, Look::AtAll)?;
    if offer.hash(&project.root) != given {
        return Ok(None);
    }
    let approvals = match &offer.content {
        Some(content) => Approvals::none().with(content.clone()),
        None => Approvals::none(),
    };
    Ok(Some(Cleared {
        loaded: layers.resolve(&approvals)?,
        consent: Consent::All {
            build: offer.build_content(&project.root),
            opencode: offer.opencode_content(&project.root),
        },
    }))
}
