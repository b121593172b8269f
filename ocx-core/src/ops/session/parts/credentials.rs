//! The logins that a session uses.

use async_trait::async_trait;
use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;

use super::{Begun, Guard, Opening, Part};
use crate::{
    credentials::{AuthStore, CredentialFile},
    layout,
    ops::{Ocx, OcxError},
    report::Notice,
    session::plan::Contribution,
    spec::{Access, Mount},
};

/// Takes the host's logins over and mounts them; at the end, gives refreshed ones back.
pub(super) struct Credentials;

#[async_trait]
impl Part for Credentials {
    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, OcxError> {
        let ocx = opening.ocx;
        let auth = AuthStore::open(&ocx.host.dirs.data)?;
        let report = auth.import(&host_opencode_data(ocx), Timestamp::now())?;
        // Single files: opencode writes them in place, and sessions see each other's refreshed tokens.
        let mounts = [CredentialFile::Auth, CredentialFile::McpAuth].map(|file| {
            Mount::bind(
                auth.path(file),
                Utf8Path::new(layout::OPENCODE_DATA).join(file.file_name()),
                Access::ReadWrite,
            )
        });
        let notes = report.warnings.iter();
        let contribution = Contribution {
            mounts: mounts.into(),
            notes: notes
                .map(|warning| Notice::Credentials {
                    problem: warning.to_string(),
                })
                .collect(),
            ..Contribution::default()
        };
        Ok(contribution.guarded_by(Lent(auth)))
    }
}

/// Where opencode keeps its data on the host.
fn host_opencode_data(ocx: &Ocx) -> Utf8PathBuf {
    ocx.host.dirs.data.with_file_name("opencode")
}

#[derive(Debug)]
struct Lent(AuthStore);

#[async_trait]
impl Guard for Lent {
    async fn end(self: Box<Self>, ocx: &Ocx) {
        match self.0.export(&host_opencode_data(ocx), Timestamp::now()) {
            Ok(report) => {
                for warning in report.warnings {
                    ocx.notice(&Notice::Credentials {
                        problem: warning.to_string(),
                    });
                }
            }
            Err(error) => ocx.notice(&Notice::Credentials {
                problem: error.to_string(),
            }),
        }
    }
}
