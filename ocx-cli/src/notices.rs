//! What the user is told, with what to type.

use std::borrow::Cow;

use ocx_core::{
    printable,
    report::{CloneNotice, Notice},
    search_path::OutOfReach,
};

/// A notice in one line, with what to do about it where the command line can.
pub(crate) fn text(notice: &Notice) -> String {
    match (notice, advice(notice)) {
        (_, None) => notice.to_string(),
        (Notice::Loopback { .. }, Some(advice)) => format!("{notice}: {advice}"),
        (_, Some(advice)) => format!("{notice}; {advice}"),
    }
}

/// Whether it is told while a login has the terminal.
pub(crate) fn is_of_login(notice: &Notice) -> bool {
    matches!(
        notice,
        Notice::LoginUrl { .. }
            | Notice::LoginUrlRefused { .. }
            | Notice::CallbackOpen { .. }
            | Notice::CallbackTaken { .. }
    )
}

fn advice(notice: &Notice) -> Option<Cow<'static, str>> {
    if let Notice::Loopback {
        port: Some(port), ..
    } = notice
    {
        let advice = format!(
            "`host_ports = [{port}]` in your own settings, or --set host_ports={port}, makes 127.0.0.1:{port} the host's"
        );
        return Some(advice.into());
    }
    if let Notice::CallbackTaken { address, .. } = notice {
        let port = address.port();
        let advice =
            format!("`ss -ltnp sport = :{port}` shows what has it; end that, and log in once more");
        return Some(advice.into());
    }
    if let Notice::HostPending { destination } = notice {
        let advice = format!(
            "`ocx network allow '{destination}'` or `ocx network deny '{destination}'` says it, `ocx network pending` shows all"
        );
        return Some(advice.into());
    }
    if let Notice::OutOfReach(finding) = notice {
        return Some(reach_advice(finding).into());
    }
    let advice = match notice {
        Notice::NewerVersion { .. } => Some("`ocx upgrade` takes it"),
        Notice::Clone(CloneNotice::Work { .. }) => {
            Some("`ocx diff` shows it, `ocx apply` takes it over, `ocx discard` throws it away")
        }
        Notice::Clone(CloneNotice::LeavesOut { .. }) => {
            Some("commit them first if it is to see them")
        }
        Notice::HostUnanswered { .. } => {
            Some("`host_ports` brings them there, so let a server listen")
        }
        Notice::GitUnsigned => Some(
            "`git rebase --exec 'git commit --amend --no-edit --gpg-sign' BRANCH` signs what follows BRANCH afterwards",
        ),
        Notice::SshAgentNotLent => Some("`ssh_agent = true` in your own settings lends it yours"),
        Notice::Refused { .. } => Some("`network_allow` in your own settings decides"),
        Notice::KeysInside { .. } => Some(
            "the `baseURL` of a provider in your opencode configuration says where it is; logins that are no keys are inside anyway",
        ),
        Notice::McpCommandMissing { .. } => Some(
            "install it in the Dockerfile of a base of your own (`ocx init` makes one), or once in a session for its user",
        ),
        Notice::NoGit { .. } => Some("add git to the packages in the Dockerfile of the base"),
        Notice::MoreOutOfReach { .. } => Some("`ocx compat` with the base's name lists all"),
        Notice::ChosenSession { .. } => Some("`--session` chooses another"),
        Notice::LoginsWithheld(_) => Some("the setting `providers` decides"),
        Notice::ProjectConfigLeftOut { .. } => {
            Some("`ocx trust` shows it, and asks whether you want it")
        }
        Notice::LoginRefreshed { .. } => Some("`ocx logins --take` gives it to the host"),
        _ => None,
    };
    advice.map(Cow::Borrowed)
}

/// What makes programs of a base ones that its users can run.
pub(crate) fn reach_advice(finding: &OutOfReach) -> String {
    let line = |mode: &str, path: &str| {
        let path = printable::shell_word(path);
        format!("`RUN chmod {mode} {path}` in the Dockerfile of the base lets them")
    };
    match finding {
        OutOfReach::Directories { closed, .. } | OutOfReach::Links { closed, .. } => format!(
            "{}, or install them elsewhere, such as with CARGO_HOME=/usr/local/cargo",
            line("a+rx", closed)
        ),
        OutOfReach::Programs { directory, .. } => line("-R a+rX", directory),
        _ => String::new(),
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
        let loopback = Notice::Loopback {
            file: "opencode.json".into(),
            url: "http://localhost:11434".to_owned(),
            port: Some(11434),
        };
        let expected = "opencode.json uses http://localhost:11434, which is the container's own address inside: `host_ports = [11434]` in your own settings, or --set host_ports=11434, makes 127.0.0.1:11434 the host's";
        assert_eq!(text(&loopback), expected);
    }
}
