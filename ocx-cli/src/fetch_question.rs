//! Asking whether a base image is to be fetched.

use std::io;

use ocx_core::{cancellation::Cancellation, image::ImageReference, runtime::RuntimeError};

use crate::output;

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
    output::question(&format!(
        "{image} is not in the local storage of {engine}. Fetch it from its registry? [Y/n]"
    ));
    let line = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        match io::stdin().read_line(&mut answer) {
            Ok(1..) => Some(answer),
            // The end of the input, Ctrl-D.
            _ => None,
        }
    });
    let answer = tokio::select! {
        line = line => line.unwrap_or_default(),
        signal = cancellation.requested() => {
            output::unanswered();
            return Err(RuntimeError::Interrupted { signal });
        }
    };
    if answer.is_none() {
        // The cursor stays where it is.
        output::unanswered();
    }
    Ok(answer.is_some_and(|answer| is_yes(&answer)))
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_meant_as_yes_is_one() {
        for answer in ["\n", "y\n", " Yes\r\n"] {
            assert!(is_yes(answer), "{answer:?}");
        }
        for answer in ["n\n", "no\n", "q\n", "yeah, no\n"] {
            assert!(!is_yes(answer), "{answer:?}");
        }
    }
}
