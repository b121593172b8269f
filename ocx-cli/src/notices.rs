//! What the user is told, with what to type.

use ocx_core::report::{CloneNotice, Notice};

/// A notice in one line, with what to do about it where the command line can.
pub(crate) fn text(notice: &Notice) -> String {
    match (notice, advice(notice)) {
        (_, None) => notice.to_string(),
        (Notice::Loopback { .. } | Notice::LoopbackFiltered { .. }, Some(advice)) => {
            format!("{notice}: {advice}")
        }
        (_, Some(advice)) => format!("{notice}; {advice}"),
    }
}

fn advice(notice: &Notice) -> Option<&'static str> {
    match notice {
        Notice::Loopback { .. } => Some(
            "use --set network=host, or --set add_host_docker_internal=true and the host's name there",
        ),
        Notice::LoopbackFiltered { .. } => Some(
            "let the server listen on another address of the host, and name that there and in `network_allow`",
        ),
        Notice::NewerVersion { .. } => Some("`ocx upgrade` takes it"),
        Notice::Clone(CloneNotice::Work { .. }) => {
            Some("`ocx diff` shows it, `ocx apply` takes it over, `ocx discard` throws it away")
        }
        Notice::Clone(CloneNotice::LeavesOut { .. }) => {
            Some("commit them first if it is to see them")
        }
        Notice::Refused { .. } => Some(
            "`network_allow` in your own settings decides; `ocx network allow` changes it for a running session",
        ),
        Notice::ChosenSession { .. } => Some("`--session` chooses another"),
        Notice::LoginsWithheld(_) => Some("the setting `providers` decides"),
        Notice::ProjectConfigLeftOut { .. } => {
            Some("`ocx trust` shows it, and asks whether you want it")
        }
        Notice::LoginRefreshed { .. } => Some("`ocx logins --take` gives it to the host"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_follows_the_fact() {
        let newer = Notice::NewerVersion {
            newer: "1.18.34".parse().unwrap(),
            used: "1.18.33".parse().unwrap(),
        };
        let expected = "opencode 1.18.34 is out (in use: 1.18.33); `ocx upgrade` takes it";
        assert_eq!(text(&newer), expected);
        assert_eq!(text(&Notice::NoShell), Notice::NoShell.to_string());
    }
}
