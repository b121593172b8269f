//! What a value does to the isolation of a session.
//!
//! A project's file comes with the project: whoever wrote the repository wrote it, and the agent
//! can edit it. So it may ask for more isolation, and for what makes no difference, but never for
//! less than the user has given. This is judged by comparing the settings below the project's file
//! with the same settings plus one value of it: raising a limit that the user lowered loosens, and
//! what changes nothing is harmless.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::{PullPolicy, RuntimeChoice, Settings, reserved};
use crate::{host::Host, project::Project, spec::Network};

/// What a value does to the isolation of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Nothing.
    Harmless,
    /// There is more of it.
    Tightening,
    /// There is less of it; the text says in what way, as a clause such as `the agent would reach
    /// the host's network`.
    Loosening(&'static str),
}

/// One value on top of other settings.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// Settings without the value.
    pub below: &'a Settings,
    /// The same with it.
    pub with: &'a Settings,
    /// The host.
    pub host: &'a Host,
    /// The project.
    pub project: &'a Project,
}

pub(super) fn harmless(_: &Change) -> Effect {
    Effect::Harmless
}

/// A limit; none is the most.
pub(super) fn limit<T: PartialOrd>(
    below: Option<T>,
    with: Option<T>,
    reason: &'static str,
) -> Effect {
    match (below, with) {
        (None, None) => Effect::Harmless,
        (None, Some(_)) => Effect::Tightening,
        (Some(_), None) => Effect::Loosening(reason),
        (Some(below), Some(with)) if with > below => Effect::Loosening(reason),
        (Some(below), Some(with)) if with < below => Effect::Tightening,
        _ => Effect::Harmless,
    }
}

/// A value that loosens whatever it is, unless it was there already.
pub(super) fn any_change<T: PartialEq>(below: &T, with: &T, reason: &'static str) -> Effect {
    if below == with {
        Effect::Harmless
    } else {
        Effect::Loosening(reason)
    }
}

/// A switch that loosens when it is turned on.
pub(super) fn switch_on(below: bool, with: bool, reason: &'static str) -> Effect {
    match (below, with) {
        (false, true) => Effect::Loosening(reason),
        (true, false) => Effect::Tightening,
        _ => Effect::Harmless,
    }
}

/// A list in which each further element loosens.
pub(super) fn additions<T: PartialEq>(below: &[T], with: &[T], reason: &'static str) -> Effect {
    if with.iter().any(|element| !below.contains(element)) {
        Effect::Loosening(reason)
    } else if with.len() < below.len() {
        Effect::Tightening
    } else {
        Effect::Harmless
    }
}

/// The Dockerfile is looked up below the project and then below the global directory; either is
/// fine as long as the project cannot name any other place.
pub(super) fn dockerfile(change: &Change) -> Effect {
    const REASON: &str = "the build could read files outside of the project";
    match &change.with.custom_base_dockerfile {
        with if *with == change.below.custom_base_dockerfile => Effect::Harmless,
        Some(path) if leaves_project(path, change.project) => Effect::Loosening(REASON),
        _ => Effect::Harmless,
    }
}

pub(super) fn rgignore_file(change: &Change) -> Effect {
    const REASON: &str = "the agent could read a file outside of the project";
    match &change.with.rgignore_file {
        with if *with == change.below.rgignore_file => Effect::Harmless,
        Some(path) if leaves_project(path, change.project) => Effect::Loosening(REASON),
        _ => Effect::Harmless,
    }
}

/// Whether `path`, relative to the project's root or absolute, leads out of the project: by `..`,
/// by being elsewhere, or through a symbolic link.
fn leaves_project(path: &Utf8Path, project: &Project) -> bool {
    let path = project.root.join(path);
    if !path.starts_with(&project.root)
        || path
            .components()
            .any(|component| component == Utf8Component::ParentDir)
    {
        return true;
    }
    // The nearest ancestor that exists decides; what does not exist yet cannot be a link.
    path.ancestors()
        .find_map(|ancestor| match ancestor.symlink_metadata() {
            Ok(_) => Some(ancestor.canonicalize_utf8()),
            Err(_) => None,
        })
        .is_none_or(|canonical| !canonical.is_ok_and(|path| path.starts_with(&project.root)))
}

/// What an image's name or a Dockerfile of the project's says is fetched by `docker build` without a
/// question, so a project that chooses when reaches nothing new. But one that the user wants to be
/// asked for nothing stays at that.
pub(super) fn base_pull(change: &Change) -> Effect {
    match (change.below.base_pull, change.with.base_pull) {
        (below, with) if below == with => Effect::Harmless,
        (PullPolicy::Never, _) => {
            Effect::Loosening("images would be fetched, which you have switched off")
        }
        (_, PullPolicy::Never) => Effect::Tightening,
        _ => Effect::Harmless,
    }
}

/// The user's explicit choice of an engine stands: engines isolate differently.
pub(super) fn runtime(change: &Change) -> Effect {
    match (&change.below.runtime, &change.with.runtime) {
        (RuntimeChoice::Auto, _) => Effect::Harmless,
        (below, with) => any_change(
            below,
            with,
            "engines isolate differently, and you have chosen another one",
        ),
    }
}

pub(super) fn network(change: &Change) -> Effect {
    match (&change.below.network, &change.with.network) {
        (below, with) if below == with => Effect::Harmless,
        (_, Network::None) | (Network::Host, Network::Default) => Effect::Tightening,
        (_, Network::Host) => Effect::Loosening("the agent would reach the host's own services"),
        (_, Network::Named(_)) => {
            Effect::Loosening("the agent would reach the other containers of that network")
        }
        (Network::Named(_), Network::Default) => {
            Effect::Loosening("it would leave the network that you have chosen")
        }
        (_, Network::Default) => Effect::Loosening("the agent would reach the network"),
    }
}

pub(super) fn username(change: &Change) -> Effect {
    identity(
        &change.below.username,
        &change.with.username,
        &change.host.user.name,
    )
}

pub(super) fn uid(change: &Change) -> Effect {
    identity(&change.below.uid, &change.with.uid, &change.host.user.uid)
}

pub(super) fn gid(change: &Change) -> Effect {
    identity(&change.below.gid, &change.with.gid, &change.host.user.gid)
}

fn identity<T: PartialEq>(below: &Option<T>, with: &Option<T>, host: &T) -> Effect {
    if below.is_none() && with.as_ref() == Some(host) {
        return Effect::Harmless;
    }
    any_change(below, with, "the agent would act as another user than you")
}

pub(super) fn opencode_config_dir(change: &Change) -> Effect {
    let usual: [Utf8PathBuf; 2] = [
        change.host.home.join(".config/opencode"),
        change.host.dirs.config.with_file_name("opencode"),
    ];
    let with = &change.with.opencode_config_dir;
    if change.below.opencode_config_dir.is_none()
        && with.as_ref().is_some_and(|with| usual.contains(with))
    {
        return Effect::Harmless;
    }
    any_change(
        &change.below.opencode_config_dir,
        with,
        "the agent could read another directory of yours, and opencode would follow it",
    )
}

pub(super) fn env(change: &Change) -> Effect {
    let steers = change.with.env.iter().any(|(name, value)| {
        reserved::steers_opencode(name.as_str()) && change.below.env.get(name) != Some(value)
    });
    if steers {
        Effect::Loosening(
            "it holds a variable that steers opencode, or where your credentials are sent",
        )
    } else {
        Effect::Harmless
    }
}
