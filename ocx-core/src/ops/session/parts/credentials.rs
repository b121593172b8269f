//! The logins that a session uses.

use async_trait::async_trait;
use camino::Utf8Path;
use jiff::Timestamp;

use super::{Begun, Guard, Opening, Part};
use crate::{
    credentials::{AuthStore, CredentialFile},
    layout,
    ops::{Ocx, SessionError},
    report::Notice,
    session::plan::{Causes, Contribution, PlanCause, setting},
    spec::{Access, Mount},
};

/// Copies the host's logins for the project and mounts the copies. What a session writes stays the
/// project's own; that it refreshed a login is told at its end.
pub(super) struct Credentials;

#[async_trait]
impl Part for Credentials {
    fn purpose(&self) -> &'static str {
        "your logins"
    }

    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, SessionError> {
        let ocx = opening.ocx;
        let auth = AuthStore::open(&opening.store.credentials())?;
        let report = auth.import(&ocx.host.opencode_data(), Timestamp::now(), opening.reach)?;
        // Single files: opencode writes them in place, and sessions see each other's refreshed tokens.
        let mounts = [CredentialFile::Auth, CredentialFile::McpAuth].map(|file| {
            Mount::bind(
                auth.path(file),
                Utf8Path::new(layout::OPENCODE_DATA).join(file.file_name()),
                Access::ReadWrite,
            )
        });
        let notes = report.warnings.iter();
        let mut notes: Vec<Notice> = notes
            .map(|warning| Notice::Credentials {
                problem: warning.to_string(),
            })
            .collect();
        let names = report.withheld.into_iter();
        let names = names
            .filter(|(file, name)| {
                *file != CredentialFile::Auth || !opening.keys.logins.contains(name)
            })
            .map(|(_, name)| name);
        let names: Vec<String> = names.collect();
        if !names.is_empty() {
            notes.push(Notice::LoginsWithheld(names));
        }
        let contribution = Contribution {
            causes: Causes::of_mounts(
                &mounts,
                &[PlanCause::Part(self.purpose()), setting("providers")],
            ),
            mounts: mounts.into(),
            notes,
            ..Contribution::default()
        };
        Ok(contribution.guarded_by(Lent(auth)))
    }
}

#[derive(Debug)]
struct Lent(AuthStore);

#[async_trait]
impl Guard for Lent {
    async fn end(self: Box<Self>, ocx: &Ocx) {
        let trouble = |problem: String| ocx.notice(&Notice::Credentials { problem });
        match self
            .0
            .refreshed(&ocx.host.opencode_data(), Timestamp::now())
        {
            Ok(report) => {
                for warning in report.warnings {
                    trouble(warning.to_string());
                }
                for provider in report.refreshed {
                    ocx.notice(&Notice::LoginRefreshed { provider });
                }
            }
            Err(error) => trouble(error.to_string()),
        }
    }
}
