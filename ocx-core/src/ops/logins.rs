//! The logins of a project's sessions: whose they are, and giving one to the host.

use crate::{
    credentials::{AuthStore, AuthStoreError, CredentialFile, LoginOrigin, TakeLoginError},
    host::Host,
    project::Project,
    state::{ProjectStore, ProjectStoreError},
};

/// A login that a project's sessions have.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Login {
    /// The model provider, or the MCP server.
    pub name: String,
    /// What it is for.
    pub service: Service,
    /// Whose it is.
    pub origin: LoginOrigin,
}

/// What a login is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// A provider of models.
    Model,
    /// An MCP server.
    Mcp,
}

/// Why the logins of a project cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum LoginsError {
    /// The project's directory among ocx's own is unusable.
    #[error(transparent)]
    Project(#[from] ProjectStoreError),
    /// Its files of logins are unusable.
    #[error(transparent)]
    Store(#[from] AuthStoreError),
    /// A login could not be given to the host.
    #[error(transparent)]
    Take(#[from] TakeLoginError),
}

/// The logins that the next session of the project will have, as far as sessions made them.
///
/// # Errors
///
/// If a file of ocx's own cannot be read.
///
/// # Examples
///
/// ```no_run
/// # fn example(host: &ocx_core::Host, project: &ocx_core::Project) -> Result<(), Box<dyn std::error::Error>> {
/// for login in ocx_core::ops::logins(host, project)? {
///     println!("{}: {:?}", login.name, login.origin);
/// }
/// # Ok(())
/// # }
/// ```
pub fn logins(host: &Host, project: &Project) -> Result<Vec<Login>, LoginsError> {
    let store = open(host, project)?;
    let all = store.logins(&host.opencode_data())?;
    Ok(all
        .into_iter()
        .map(|(file, name, origin)| Login {
            name,
            service: match file {
                CredentialFile::Auth => Service::Model,
                CredentialFile::McpAuth => Service::Mcp,
            },
            origin,
        })
        .collect())
}

/// Gives the host's opencode the login for `provider` that the project's sessions have. Whoever calls
/// this must know that the user wants it: a session may have written the login of another account.
///
/// # Errors
///
/// If there is no such login, or a file cannot be read or written.
///
/// # Examples
///
/// ```no_run
/// # fn example(host: &ocx_core::Host, project: &ocx_core::Project) -> Result<(), Box<dyn std::error::Error>> {
/// ocx_core::ops::take_login(host, project, "anthropic")?;
/// # Ok(())
/// # }
/// ```
pub fn take_login(host: &Host, project: &Project, provider: &str) -> Result<(), LoginsError> {
    Ok(open(host, project)?.take(&host.opencode_data(), provider)?)
}

fn open(host: &Host, project: &Project) -> Result<AuthStore, LoginsError> {
    let store = ProjectStore::open(&host.dirs.state, project.id.as_str(), &project.root)?;
    Ok(AuthStore::open(&store.credentials())?)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::project::{discover, sandbox::Sandbox};

    #[test]
    fn a_login_made_inside_becomes_the_hosts_only_when_it_is_taken() {
        let sandbox = Sandbox::new();
        let project = discover(&sandbox.host, None).unwrap();
        let host_file = sandbox.host.opencode_data().join("auth.json");
        let inside = open(&sandbox.host, &project).unwrap();
        let text = r#"{"p": {"type":"api","key":"k"}, "w": {"type":"wellknown","key":"K"}}"#;
        fs::write(inside.path(CredentialFile::Auth), text).unwrap();
        let found = logins(&sandbox.host, &project).unwrap();
        let names: Vec<(&str, LoginOrigin)> = found
            .iter()
            .map(|login| (login.name.as_str(), login.origin))
            .collect();
        assert_eq!(
            names,
            [("p", LoginOrigin::Session), ("w", LoginOrigin::Session)]
        );
        assert!(!host_file.exists());
        for provider in ["w", "none"] {
            assert!(take_login(&sandbox.host, &project, provider).is_err());
        }
        assert!(!host_file.exists());
        take_login(&sandbox.host, &project, "p").unwrap();
        let host: serde_json::Value =
            serde_json::from_slice(&fs::read(&host_file).unwrap()).unwrap();
        assert_eq!(host, serde_json::json!({"p": {"type":"api","key":"k"}}));
        let found = logins(&sandbox.host, &project).unwrap();
        assert_eq!(found[0].origin, LoginOrigin::Host);
    }
}
