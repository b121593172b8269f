//! Asking whether a base image is to be fetched.

use std::io::{self, Write};

use ocx_core::image::ImageReference;

/// Asks on the terminal whether `image`, which `engine` does not have, is to be fetched.
///
/// It reads a plain line and leaves the terminal as it is. So Ctrl-C ends this process as it does
/// anywhere else, and no handler for signals stays behind that later steps would have to know of.
pub(crate) fn is_agreed(image: &ImageReference, engine: &str) -> bool {
    let mut stderr = anstream::stderr();
    let _ = write!(
        stderr,
        "{image} is not in the local storage of {engine}. Fetch it from its registry? [Y/n] "
    );
    let _ = stderr.flush();
    let mut answer = String::new();
    match io::stdin().read_line(&mut answer) {
        Ok(1..) => is_yes(&answer),
        // The end of the input, Ctrl-D, leaves the cursor where it is.
        _ => {
            let _ = writeln!(stderr);
            false
        }
    }
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
