//! Asking whether a base image is to be fetched.

use ocx_core::{cancellation::Cancellation, image::ImageReference, runtime::RuntimeError};

use crate::{output, question};

/// Asks on the terminal whether `image`, which `engine` does not have, is to be fetched.
///
/// It reads a plain line and leaves the terminal as it is, so Ctrl-C is a signal as anywhere else.
///
/// # Errors
///
/// If there is a request to end meanwhile.
pub(crate) async fn is_agreed(
    image: &ImageReference,
    engine: &str,
    cancellation: &Cancellation,
) -> Result<bool, RuntimeError> {
    let question =
        format!("{image} is not in the local storage of {engine}. Fetch it from its registry?");
    tokio::select! {
        answer = tokio::task::spawn_blocking(move || question::is_agreed_by_default(&question)) => Ok(answer.unwrap_or(false)),
        signal = cancellation.requested() => {
            output::unanswered();
            Err(RuntimeError::Interrupted { signal })
        }
    }
}
