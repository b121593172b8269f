//! What to type where nothing better is known: where ocx shows more of a kind of failure.

use crate::exit_code;

/// The hint for a failure with this exit code. None for what a program ended with, or the user.
pub(crate) fn of(code: u8) -> Option<&'static str> {
    let hint = match code {
        exit_code::USAGE => "`ocx --help` and `ocx help topics` tell what there is",
        exit_code::UNUSABLE_BASE => "`ocx compat IMAGE` tells what is wrong with an image",
        exit_code::NETWORK => "check the network and HTTPS_PROXY; `ocx doctor` does, too",
        exit_code::ENGINE_UNAVAILABLE => "`ocx doctor` looks at the engines of this machine",
        exit_code::ENGINE_FAILED => {
            "`ocx doctor` checks the engine, and `ocx --verbose …` shows the command that failed"
        }
        exit_code::INTERNAL => {
            "`ocx bug-report` prints what a report of this needs, and `ocx --verbose …` shows more of it"
        }
        exit_code::FILE => {
            "look at the file's owner, its mode and the room on its disk; `ocx doctor` does, too"
        }
        exit_code::EXISTS => "move what is there away, or choose another place",
        exit_code::DENIED => "`ocx doctor` tells what you may use on this machine",
        exit_code::IN_USE => "`ocx ps` lists the sessions that run; try again when they have ended",
        exit_code::CONFIG => "`ocx config --sources` shows where each setting is set",
        _ => return None,
    };
    Some(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_failure_has_one_and_programs_have_none() {
        for code in exit_code::ALL {
            // A conflict always has hints of its own.
            assert_eq!(of(code).is_some(), code != exit_code::CONFLICT, "{code}");
        }
        for code in [0, 1, 2, 126, 127, 130, 137] {
            assert_eq!(of(code), None, "{code}");
        }
    }
}
