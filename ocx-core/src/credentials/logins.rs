//! Whose the logins of a project are, and giving one to the host.

use camino::Utf8Path;

use super::{
    entries::{CredentialFile, kind},
    in_place_file::Found,
    store::{AuthStore, AuthStoreError, AuthWarning, io_error, read_host},
    write_back::write_back,
};

/// Whose a login of a project is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LoginOrigin {
    /// The host's, as the host has it.
    Host,
    /// The host has one for the same provider, and a session has changed this one.
    Changed,
    /// A session made it.
    Session,
}

/// Why a login was not given to the host.
#[derive(Debug, thiserror::Error)]
pub enum TakeLoginError {
    /// The project has no such login.
    #[error("this project's sessions have no login for `{provider}`")]
    Missing {
        /// The provider.
        provider: String,
    },
    /// It would make the host's opencode fetch and obey a configuration from elsewhere.
    #[error(
        "the login for `{provider}` lets another machine configure opencode; log in on the host"
    )]
    WellKnown {
        /// The provider.
        provider: String,
    },
    /// The project's own file is unusable.
    #[error(transparent)]
    Store(#[from] AuthStoreError),
    /// The host's file is unusable.
    #[error("the host's logins cannot be changed")]
    Host(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<AuthWarning> for TakeLoginError {
    fn from(warning: AuthWarning) -> Self {
        Self::Host(Box::new(warning))
    }
}

impl AuthStore {
    /// The logins of the store, by provider, with whether they are the host's.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub(crate) fn logins(
        &self,
        host_data_dir: &Utf8Path,
    ) -> Result<Vec<(CredentialFile, String, LoginOrigin)>, AuthStoreError> {
        let _lock = self.lock()?;
        let mut logins = Vec::new();
        for file in [CredentialFile::Auth, CredentialFile::McpAuth] {
            let store_file = self.file(file);
            let (Found::Intact(ours) | Found::Recovered(ours)) =
                store_file.read().map_err(io_error(store_file.path()))?;
            let host = read_host(&host_data_dir.join(file.file_name()));
            let host = host.ok().flatten().unwrap_or_default();
            logins.extend(ours.0.iter().map(|(name, entry)| {
                let origin = match host.0.get(name) {
                    Some(theirs) if theirs == entry => LoginOrigin::Host,
                    Some(_) => LoginOrigin::Changed,
                    None => LoginOrigin::Session,
                };
                (file, name.clone(), origin)
            }));
        }
        Ok(logins)
    }

    /// Gives a login of this store to the host, since the user wants that. Of a login that the host
    /// has, and that can be refreshed, only the tokens are taken.
    ///
    /// # Errors
    ///
    /// If there is no such login, it is one that makes opencode obey another machine, or a file cannot
    /// be read or written.
    pub(crate) fn take(
        &self,
        host_data_dir: &Utf8Path,
        provider: &str,
    ) -> Result<(), TakeLoginError> {
        let _lock = self.lock()?;
        let auth = self.file(CredentialFile::Auth);
        let (Found::Intact(store) | Found::Recovered(store)) =
            auth.read().map_err(io_error(auth.path()))?;
        let missing = || TakeLoginError::Missing {
            provider: provider.to_owned(),
        };
        let entry = store.0.get(provider).ok_or_else(missing)?;
        if !matches!(kind(entry), Some("api" | "oauth")) {
            return Err(TakeLoginError::WellKnown {
                provider: provider.to_owned(),
            });
        }
        let path = host_data_dir.join(CredentialFile::Auth.file_name());
        Ok(write_back(&path, provider, entry)?)
    }
}
