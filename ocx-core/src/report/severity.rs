//! How much a fact matters to the user.

use super::Notice;

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The user need not act on it.
    Note,
    /// Something is worse than the user would expect.
    Warning,
}

impl Notice {
    /// How much it matters.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self {
            Self::Clone(notice) => notice.severity(),
            Self::InitDoesNotStart { .. }
            | Self::NoSeccomp { .. }
            | Self::ImagesAreCopied { .. }
            | Self::Downgrade { .. }
            | Self::Loopback { .. }
            | Self::ReferenceNotCarried { .. }
            | Self::VariableNotPassed { .. }
            | Self::Credentials { .. }
            | Self::ImageNotProven { .. }
            | Self::LatestUnknown { .. }
            | Self::BaseNotChecked { .. }
            | Self::HiddenTracked { .. }
            | Self::OutOfReach(_)
            | Self::McpCommandMissing { .. }
            | Self::NoGit { .. }
            | Self::ProjectConfigLeftOut { .. }
            | Self::GitUnsigned
            | Self::GitPrograms(_)
            | Self::NoSshAgent { .. }
            | Self::SshAgentNotLent
            | Self::BridgeNotEntered
            | Self::LoginUrlRefused { .. }
            | Self::CallbackTaken { .. }
            | Self::KeysInside { .. }
            | Self::NoNewerBase { .. }
            | Self::BuildingOnLocalImages { .. }
            | Self::NoRipgrep { .. } => Severity::Warning,
            Self::UnenforcedLimits(_)
            | Self::Refused { .. }
            | Self::HostPending { .. }
            | Self::HostUnanswered { .. }
            | Self::PortOpen { .. }
            | Self::LoginUrl { .. }
            | Self::CallbackOpen { .. }
            | Self::NoInit
            | Self::EphemeralHome
            | Self::ForbiddenAbsent(_)
            | Self::NoShell
            | Self::MoreOutOfReach { .. }
            | Self::NoHostAlias
            | Self::NoGroups
            | Self::StoppedFromElsewhere { .. }
            | Self::DevcontainerLeftOut { .. }
            | Self::NotCopied { .. }
            | Self::LoginRefreshed { .. }
            | Self::LoginsWithheld(_)
            | Self::GitGuarded { .. }
            | Self::EndNotRecorded { .. }
            | Self::ServerPassword { .. }
            | Self::NewerVersion { .. }
            | Self::VersionChanges { .. }
            | Self::BaseGone { .. }
            | Self::ChosenSession { .. }
            | Self::AbandonedSession { .. }
            | Self::SlowEngine { .. }
            | Self::BaseNotFromRegistry { .. }
            | Self::WouldAskFirst { .. }
            | Self::BinaryDoesNotRun { .. }
            | Self::BuildingOnceMore => Severity::Note,
        }
    }
}
