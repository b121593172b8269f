//! What a project is set up with, and by what that is known.

use ocx_core::{
    project::Project,
    project_hints::{Hints, LeftOut, Proposal},
    scaffold::{BaseChoice, Setup},
};

/// What was chosen.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) setup: Setup,
    /// The file of the project's that says so.
    pub(super) file: Option<String>,
    /// What of that file is not carried over.
    pub(super) left_out: Vec<LeftOut>,
    /// Whether a Dockerfile could have lines for some of that.
    pub(super) can_be_extended: bool,
}

impl Choice {
    /// The user's own choice. A template gets the version that the project's files say.
    pub(super) fn of_user(base: BaseChoice, hints: &Hints) -> Self {
        let mut choice = Self {
            setup: Setup::new(base),
            file: None,
            left_out: Vec::new(),
            can_be_extended: false,
        };
        if let BaseChoice::Template { template, .. } = choice.setup.base
            && let Some(hint) = hints.of_template(template)
        {
            choice.setup.template_tools = hint.tools.clone();
            if let Some(base) = &hint.base {
                choice.setup.template_base = Some(base.clone());
                choice.file = Some(hint.because.to_owned());
            }
        }
        choice
    }

    /// A proposal that the user has seen and chosen.
    pub(super) fn of_proposal(proposal: Proposal) -> Self {
        Self {
            can_be_extended: proposal.can_be_extended(),
            setup: proposal.setup,
            file: Some(proposal.file.into_string()),
            left_out: proposal.left_out,
        }
    }

    /// What is taken without a question: the best proposal, or ocx's own base. No port of the host is opened
    /// that nobody has asked for.
    pub(super) fn unasked(project: &Project, hints: &Hints) -> Self {
        match hints.best(&project.root) {
            Some(mut proposal) => {
                proposal.setup = proposal.setup.without_open_ports();
                Self::of_proposal(proposal)
            }
            None => Self::of_user(BaseChoice::Default, hints),
        }
    }
}
