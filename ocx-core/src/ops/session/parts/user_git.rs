//! What the user's own Git does, for the session's Git.

use async_trait::async_trait;
use camino::Utf8Path;

use super::{Begun, Opening, Part, ssh_agent};
use crate::{
    disk::{ContentStore, read_bounded},
    error_chain::in_full,
    host::Host,
    layout,
    ops::{Ocx, SessionError},
    project::{GitFile, GitSetting, UserGit},
    report::Notice,
    session::plan::{Causes, Contribution, PlanCause, setting},
    settings::reason_to_protect,
    spec::{Access, Mount},
    state::ProjectStore,
};

/// Larger files of patterns are not copied, in bytes.
const LARGEST: u64 = 1 << 20;

/// Hands on the user's settings of Git, with copies of the files that they name.
pub(super) struct OwnGit;

#[async_trait]
impl Part for OwnGit {
    fn purpose(&self) -> &'static str {
        "your Git configuration"
    }

    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, SessionError> {
        let ocx = opening.ocx;
        let user_git = UserGit::find(&ocx.host, &ocx.project.current_dir).await;
        tell_what_is_missing(ocx, opening.store, &user_git);
        let because_of = |cause| move |setting: GitSetting| (setting, cause);
        let of_host = because_of(PlanCause::Host);
        let mut contribution = Contribution {
            git_settings: user_git.settings.into_iter().map(of_host).collect(),
            ..Contribution::default()
        };
        let copies = ContentStore::new(&ocx.host.dirs.cache);
        for file in user_git.files {
            let content = match content(&file, &ocx.host) {
                Ok(content) if content.is_empty() => continue,
                Ok(content) => content,
                Err(reason) => {
                    let file = file.path;
                    contribution.notes.push(Notice::NotCopied { file, reason });
                    continue;
                }
            };
            let copy = copies.file(file.name, &content, 0o444)?;
            let target = Utf8Path::new(layout::GIT_FILES).join(file.name);
            let named = GitSetting::new(file.key, target.as_str());
            contribution.git_settings.push((named, PlanCause::Host));
            let mount = Mount::bind(copy, target, Access::ReadOnly);
            contribution.mounts.push(mount);
        }
        contribution.causes = Causes::of_mounts(&contribution.mounts, &[PlanCause::Host]);
        if ssh_agent::is_lent(&ocx.settings) {
            let of_agent = because_of(setting("ssh_agent"));
            let rules = user_git.through_ssh.into_iter().map(of_agent);
            contribution.git_settings.extend(rules);
        }
        Ok(contribution.into())
    }
}

/// What is in a file of patterns; nothing if it is not there. The error is a clause.
fn content(file: &GitFile, host: &Host) -> Result<Vec<u8>, String> {
    let Ok(path) = file.path.canonicalize_utf8() else {
        return Ok(Vec::new());
    };
    if let Some(reason) = refusal(&path, file, host) {
        return Err(reason.to_owned());
    }
    read_bounded(&path, LARGEST).map_err(|error| in_full(&error))
}

/// Why no session gets a copy of it. Where the user's configuration is a link into a project, an agent
/// may have written the name, or put a link in its place.
fn refusal(path: &Utf8Path, file: &GitFile, host: &Host) -> Option<&'static str> {
    if file.is_of_system && path.starts_with("/etc") {
        return None;
    }
    reason_to_protect(path, host)
}

/// Tells once what a session's Git does without.
fn tell_what_is_missing(ocx: &Ocx, store: &ProjectStore, user_git: &UserGit) {
    if ocx.project.git.is_none() {
        return;
    }
    let signatures = user_git.signs.then_some("signatures".to_owned());
    if !ocx.untold(store, signatures).is_empty() {
        ocx.notice(&Notice::GitUnsigned);
    }
    let programs = ocx.untold(store, user_git.programs.iter().cloned());
    if !programs.is_empty() {
        ocx.notice(&Notice::GitPrograms(programs));
    }
}
