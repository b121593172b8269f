//! Asking whether a base is to be built from what lies in the project.

use ocx_core::{
    cancellation::Cancellation,
    ops::{BuildError, BuildNotTrusted, Ocx},
    runtime::RuntimeError,
    trust::{Extent, Purpose, Trust},
};

use crate::{
    commands::trust::show,
    output,
    trust_question::{Answer, ask},
};

/// Shows what the build would be made from, and asks whether that is wanted. What is said for longer
/// than this once is written down.
///
/// # Errors
///
/// If that cannot be written, or if there is a request to end meanwhile.
pub(crate) async fn is_agreed(
    ocx: &Ocx,
    asked: &BuildNotTrusted,
    cancellation: &Cancellation,
) -> Result<bool, BuildError> {
    let mut trust = Trust::open(ocx.host(), ocx.project())?;
    output::warning(&asked.to_string());
    if !asked.changes.is_empty() {
        show::changes(&asked.changes, &trust, &ocx.project().root);
    }
    let answer = tokio::select! {
        answer = tokio::task::spawn_blocking(|| ask("Build it?")) => answer.unwrap_or(Answer::No),
        signal = cancellation.requested() => {
            // The cursor stays where it is.
            output::line("");
            return Err(RuntimeError::Interrupted { signal }.into());
        }
    };
    let extent = match answer {
        Answer::Once => return Ok(true),
        Answer::ThisContent => Extent::ThisContent,
        Answer::ThisProject => Extent::ThisProject,
        Answer::No => return Ok(false),
    };
    trust.accept(&asked.inventory, &[Purpose::Build], None, extent)?;
    Ok(true)
}
