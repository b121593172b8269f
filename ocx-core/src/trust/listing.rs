//! All projects about whose trust something is kept.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    Standing, TrustError,
    files::{read_json, records},
    record::Record,
};
use crate::host::Host;

/// What is kept about the trust in one project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trusted {
    /// The project's canonical root; it may be gone.
    pub root: Utf8PathBuf,
    /// How far it is trusted.
    pub standing: Option<Standing>,
    /// When that was said, in seconds since 1970.
    pub since: i64,
    /// How many contents of its settings are approved.
    pub contents: usize,
    /// How many paths agents have changed that nobody has approved of.
    pub agent_made: usize,
}

/// All projects about whose trust something is kept, by their roots. Damaged records are left out:
/// nothing is trusted by them.
///
/// # Errors
///
/// If the directory is there and cannot be read.
///
/// # Examples
///
/// ```no_run
/// # fn example(host: &ocx_core::Host, project: &ocx_core::Project) -> Result<(), Box<dyn std::error::Error>> {
/// for project in ocx_core::trust::list(host)? {
///     println!("{}", project.root);
/// }
/// # Ok(())
/// # }
/// ```
pub fn list(host: &Host) -> Result<Vec<Trusted>, TrustError> {
    let directory = records(host);
    let failed = |source| TrustError::File {
        path: directory.clone(),
        source,
    };
    let entries = match directory.read_dir_utf8() {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(failed(source)),
    };
    let mut all = Vec::new();
    for entry in entries {
        let file = entry.map_err(failed)?.into_path();
        if file.extension() == Some("json")
            && let Ok(Some(record)) = read_json::<Record>(&file)
            && file.file_stem() == Some(crate::project::ProjectId::of(&record.root).as_str())
        {
            all.push(Trusted {
                root: record.root,
                standing: record.standing,
                since: record.since / 1_000_000_000,
                contents: record.contents.len(),
                agent_made: record.agent_made.len(),
            });
        }
    }
    all.sort_by(|left, right| left.root.cmp(&right.root));
    Ok(all)
}

/// Takes back what was said about the project at `root`, which may be gone.
///
/// # Errors
///
/// If nothing is kept about it, or if that cannot be changed.
///
/// # Examples
///
/// ```no_run
/// # fn example(host: &ocx_core::Host, project: &ocx_core::Project) -> Result<(), Box<dyn std::error::Error>> {
/// ocx_core::trust::forget(host, &project.root)?;
/// # Ok(())
/// # }
/// ```
pub fn forget(host: &Host, root: &Utf8Path) -> Result<(), TrustError> {
    let root = root.canonicalize_utf8().unwrap_or_else(|_| root.to_owned());
    if !list(host)?.iter().any(|known| known.root == root) {
        return Err(TrustError::NoRecord { path: root });
    }
    super::Trust::at(host, &root)?.revoke()
}
