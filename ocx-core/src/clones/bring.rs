//! Bringing a session's work into the user's repository.

use std::fs;

use super::{
    CloneError,
    clone_dir::{CloneDir, Record},
    create::packed_refs,
    git::{At, HostGit},
    quarantine::Quarantine,
    refs::{self, BASE, HEAD, Refs, UNCOMMITTED, changed, is_object, older_stashes},
    snapshot::Snapshot,
    source::read_refs,
};
use crate::{disk::read_json, host::Host};

/// Where references stand in the quarantine that are to be fetched from it.
const SEND: &str = "refs/send/";

/// What came of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Brought {
    /// It left nothing, and nothing is left of it.
    Nothing,
    /// Its work is in the user's repository.
    Work {
        /// Repositories in its working tree that are not, for which the clone is kept.
        repositories: Vec<String>,
    },
}

/// Brings what a session has made into the user's repository, below `refs/ocx/<session>`, and removes the
/// clone if nothing else is in it. The session's container must have ended, and the clone be held.
///
/// Objects are fetched from a Git directory of ocx's own, checked one by one, and counted as arrived only
/// when each reference is there. No reference of the user's is touched.
///
/// # Errors
///
/// If anything of that fails. Then the clone stays as it is.
pub(crate) async fn bring(
    host: &Host,
    dir: &CloneDir,
    record: &Record,
) -> Result<Brought, CloneError> {
    let git = HostGit::neutral(host);
    let quarantine = Quarantine::make(dir, record)?;
    let snapshot = Snapshot::take(&git, dir, record, &quarantine).await?;
    let wanted = wanted(&git, dir, record, &quarantine, &snapshot).await?;
    if !wanted.is_empty() {
        transfer(&git, dir, record, &quarantine, &wanted).await?;
    }
    let _ = fs::remove_dir_all(&quarantine.git_dir);
    if !snapshot.repositories.is_empty() {
        return Ok(Brought::Work {
            repositories: snapshot.repositories,
        });
    }
    if wanted.is_empty() {
        // An earlier time may have brought something.
        let kept = read_refs(&git, &record.git_dir, &[&refs::directory(dir.session())]).await?;
        let own = format!("{}{BASE}", refs::directory(dir.session()));
        if kept.keys().any(|name| *name != own) {
            dir.remove()?;
            return Ok(Brought::Work {
                repositories: Vec::new(),
            });
        }
        super::work::delete(&git, &record.git_dir, &kept).await?;
        dir.remove()?;
        return Ok(Brought::Nothing);
    }
    dir.remove()?;
    Ok(Brought::Work {
        repositories: Vec::new(),
    })
}

/// What is to arrive, by the names below the session's directory.
async fn wanted(
    git: &HostGit,
    dir: &CloneDir,
    record: &Record,
    quarantine: &Quarantine,
    snapshot: &Snapshot,
) -> Result<Refs, CloneError> {
    // Without it everything counts as the session's.
    let before: Refs = read_json(&dir.refs()).unwrap_or_default();
    let after = match record.below {
        Some(_) => Refs::new(),
        None => read_refs(git, &quarantine.git_dir, &["refs/"]).await?,
    };
    let mut wanted = changed(&before, &after);
    let length = record.object_length();
    let older = older_stashes(&quarantine.stashes, length);
    for (number, object) in older.into_iter().enumerate() {
        wanted.insert(format!("stashes/{number}"), object);
    }
    if let Some(commit) = &snapshot.uncommitted {
        wanted.insert(UNCOMMITTED.to_owned(), commit.clone());
    }
    let is_known = |commit: &String| {
        record.base.as_ref() == Some(commit) || before.values().any(|known| known == commit)
    };
    if let Some(head) = &snapshot.head
        && (!wanted.is_empty() || !is_known(head))
    {
        wanted.insert(HEAD.to_owned(), head.clone());
    }
    wanted.retain(|_, object| is_object(object, length));
    Ok(wanted)
}

/// Fetches from the quarantine, and sees whether all is there.
async fn transfer(
    git: &HostGit,
    dir: &CloneDir,
    record: &Record,
    quarantine: &Quarantine,
    wanted: &Refs,
) -> Result<(), CloneError> {
    let from = &quarantine.git_dir;
    let old = from.join("refs");
    fs::remove_dir_all(&old)
        .and_then(|()| fs::create_dir(&old))
        .map_err(CloneError::file(&old))?;
    let sent = wanted
        .iter()
        .map(|(name, object)| (format!("{SEND}{name}"), object.clone()))
        .collect();
    for (name, text) in [
        ("packed-refs", packed_refs(&sent).as_str()),
        ("HEAD", "ref: refs/heads/none\n"),
    ] {
        let path = from.join(name);
        fs::write(&path, text).map_err(CloneError::file(path))?;
    }
    let to = refs::directory(dir.session());
    let spec = format!("+{SEND}*:{to}*");
    let args = [
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-recurse-submodules",
        "--no-write-fetch-head",
        "--refmap=",
        from.as_str(),
        &spec,
    ];
    let at = At::git_dir(&record.git_dir);
    git.run(at, "bring the session's work", &args, b"").await?;
    let arrived = read_refs(git, &record.git_dir, &[&to]).await?;
    let is_there =
        |(name, object): (&String, &String)| arrived.get(&format!("{to}{name}")) == Some(object);
    if wanted.iter().all(is_there) {
        return Ok(());
    }
    Err(CloneError::Incomplete {
        session: dir.session().to_owned(),
    })
}
