//! What the agent is told of the place where it is, so that it need not find out by failing.

use camino::Utf8Path;

use crate::{
    base::BasePlan,
    layout, printable,
    settings::{NetworkMode, Settings, WorkspaceMode},
    spec::{Network, VolumeSpec},
};

/// More of a list than this is counted.
const MOST_LISTED: usize = 20;

/// The settings that it is made of, besides those of the base.
pub(crate) const TOLD_SETTINGS: [&str; 8] = [
    "agent_notes",
    "data_volumes_mode",
    "forbidden_paths",
    "network",
    "network_allow",
    "private_paths",
    "read_only",
    "workspace",
];

/// The note, in Markdown. All of it goes along with each request to a model, so it is short.
#[must_use]
pub(crate) fn agent_notes(
    root: &Utf8Path,
    settings: &Settings,
    base: &BasePlan,
    home: Option<&VolumeSpec>,
) -> String {
    let mut lines = vec![
        "# Where you are".to_owned(),
        String::new(),
        format!(
            "You work in a container that ocx has made from the image {}. The project, {}, is at the path that \
             it has on the user's machine; nothing else of that machine is here.",
            code(base.reference().as_str()),
            code(root.as_str()),
        ),
        String::new(),
        kept(settings, home),
        packages(root, base),
    ];
    let hidden = settings.forbidden_paths.patterns();
    if !hidden.is_empty() {
        lines.push(format!(
            "- Hidden from you, or there and empty (patterns as in `.gitignore`): {}. Do not try to read, write or commit them.",
            list(hidden)
        ));
    }
    if !settings.private_paths.is_empty() {
        lines.push(format!(
            "- Only in your sessions, not on the user's machine, is what is in {}.",
            list(settings.private_paths.iter().map(|path| path.as_str()))
        ));
    }
    if settings.workspace == WorkspaceMode::Clone {
        lines.push(
            "- You work on a private clone of the repository. What is ignored by Git is not in it; what you \
             leave, committed or not, the user reviews and takes over."
                .to_owned(),
        );
    }
    lines.extend(network(settings));
    lines.push(String::new());
    lines.join("\n")
}

fn kept(settings: &Settings, home: Option<&VolumeSpec>) -> String {
    let home = match home {
        Some(_) => "The project and your home directory are kept",
        None => "Only the project is kept; your home directory is new each time",
    };
    let image = if settings.read_only {
        "the image's own files cannot be changed"
    } else {
        "changes to the image's own files are gone after this session"
    };
    // Git says of another place only that it cannot be made.
    format!(
        "- {home}; {image}. Nothing can be written beside the project: another Git worktree goes below it, \
         `git worktree add .worktrees/NAME`."
    )
}

fn packages(root: &Utf8Path, base: &BasePlan) -> String {
    let way = match base.dockerfile() {
        Some(found) => {
            // A path elsewhere on the user's machine is none of the agent's business.
            let file = match found.path.strip_prefix(root) {
                Ok(path) => code(path.as_str()),
                Err(_) => "of the image".to_owned(),
            };
            format!(
                "say which line the Dockerfile ({file}) needs, and ask the user to run `ocx build`"
            )
        }
        None => "ask the user to add it to the image (`ocx init` makes a Dockerfile for that)"
            .to_owned(),
    };
    let home = layout::HOME;
    format!(
        "- You are not root, and there is no `sudo`: packages of the system cannot be installed. If one is \
         missing, {way}, and to begin a new session. Installing for one user works and is found in the search path: \
         `pip install --user`, `npm install -g`, `cargo install`, `go install`, `uv tool install` (in `{home}`)."
    )
}

fn network(settings: &Settings) -> Option<String> {
    let allowed = || list(settings.network_allow.iter().map(ToString::to_string));
    match &settings.network {
        NetworkMode::Filtered => Some(format!(
            "- The network is a list: {}. Anything else is refused with the status 403; ask the user to run \
             `ocx network allow HOST`. There is no DNS, and programs have to use the proxy of the environment.",
            allowed()
        )),
        NetworkMode::Ask => Some(format!(
            "- The network is a list: {}. For anything else the user is asked, and the request waits for up to a \
             minute. There is no DNS, and programs have to use the proxy of the environment.",
            allowed()
        )),
        NetworkMode::Engine(Network::None) => Some("- There is no network.".to_owned()),
        NetworkMode::Engine(_) => None,
    }
}

fn list<T: AsRef<str>>(elements: impl IntoIterator<Item = T>) -> String {
    let all: Vec<String> = elements
        .into_iter()
        .map(|element| code(element.as_ref()))
        .collect();
    let shown = &all[..all.len().min(MOST_LISTED)];
    let more = match all.len() - shown.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", shown.join(", "))
}

/// A text from outside, which cannot end the quotation.
fn code(text: &str) -> String {
    format!("`{}`", printable::field(text).replace('`', "'"))
}

#[cfg(test)]
mod tests {
    use super::super::{fixture::Fixture, home_volume};
    use super::*;
    use crate::opencode::Libc;

    fn notes(settings: &[(&str, &str)]) -> String {
        let mut fixture = Fixture::new(settings);
        fixture.project.root = "/w/app".into();
        let (home, _) = home_volume(
            &fixture.project,
            &fixture.project.id,
            &fixture.settings,
            Libc::Glibc,
        );
        let root = &fixture.project.root;
        agent_notes(root, &fixture.settings, &fixture.base_plan, home.as_ref())
    }

    #[test]
    fn what_every_session_is_told() {
        insta::assert_snapshot!(notes(&[]));
    }

    #[test]
    fn what_is_set_is_told() {
        insta::assert_snapshot!(notes(&[
            ("forbidden_paths", r#"[".env", "secrets/"]"#),
            ("private_paths", r#"["node_modules"]"#),
            ("network", "filtered"),
            ("network_allow", r#"["@models", "*.npmjs.org"]"#),
            ("read_only", "true"),
            ("data_volumes_mode", "never"),
            ("workspace", "clone"),
        ]));
    }

    #[test]
    fn a_long_list_is_counted_and_no_text_ends_its_quotation() {
        let paths: Vec<String> = (0..25).map(|number| format!("a`{number}")).collect();
        let text = notes(&[("forbidden_paths", &format!("{paths:?}"))]);
        assert!(text.contains("`a'0`, `a'1`"), "{text}");
        assert!(text.contains("`a'19` and 5 more"), "{text}");
    }
}
