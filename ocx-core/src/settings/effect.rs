//! What a value does to the isolation of a session.
//!
//! A project's file comes with the project: whoever wrote the repository wrote it, and the agent
//! can edit it. So it may ask for more isolation, and for what makes no difference; less than the
//! user has given needs the user's approval, and some of it no project gets. This is judged by
//! comparing the settings below the project's file with the same settings plus one value of it:
//! raising a limit that the user lowered loosens, and what changes nothing is harmless.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::{PullPolicy, RuntimeChoice, Settings, named_files, protected, reserved};
use crate::{host::Host, image::is_local_name, project::Project, spec::Network};

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
    /// There is so much less of it that no project may decide that, whatever is approved; the text
    /// says why, as a clause.
    Refused(&'static str),
}

/// One value on top of other settings.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// Settings without the value.
    pub below: &'a Settings,
    /// The same with it.
    pub with: &'a Settings,
    /// All layers together.
    pub all: &'a Settings,
    /// The keys whose values in `all` are the project's.
    pub project_keys: &'a [&'static str],
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

/// The judgement of a key whose values are paths. What leads to a protected place is refused; else
/// `effect` holds.
pub(super) fn of_paths(key: &str, change: &Change, effect: Effect) -> Effect {
    let known = named_files(key, change.below);
    let refused = named_files(key, change.with)
        .into_iter()
        .filter(|path| !known.contains(path))
        .find_map(|path| protected::reason(&path, change.host));
    match (effect, refused) {
        (Effect::Loosening(_), Some(reason)) => Effect::Refused(reason),
        (effect, _) => effect,
    }
}

/// A project that has a Dockerfile built chooses the name of an image for all projects, and for all
/// users of the engine. So that shall be one that nobody takes for another image.
const NAME: &str =
    "the image that is built from the Dockerfile would get a name that others are known by";

pub(super) fn base_image(change: &Change) -> Effect {
    if change.with.custom_base_image == change.below.custom_base_image {
        return Effect::Harmless;
    }
    if builds_under_foreign_name(change.all) {
        Effect::Loosening(NAME)
    } else {
        Effect::Harmless
    }
}

fn builds_under_foreign_name(settings: &Settings) -> bool {
    settings.custom_base_dockerfile.is_some()
        && settings
            .custom_base_image
            .as_ref()
            .is_some_and(|image| !is_local_name(image))
}

/// The Dockerfile is looked up below the project and then below the global directory; either is
/// fine as long as the project cannot name any other place.
pub(super) fn dockerfile(change: &Change) -> Effect {
    const REASON: &str = "the build could read files outside of the project";
    match &change.with.custom_base_dockerfile {
        with if *with == change.below.custom_base_dockerfile => Effect::Harmless,
        Some(path) if path.is_absolute() && leaves_project(path, change.project) => {
            of_paths("custom_base_dockerfile", change, Effect::Loosening(REASON))
        }
        // It would not be found there; see `find_dockerfile`.
        Some(path) if leaves_project(path, change.project) => Effect::Refused(REASON),
        // Who has chosen the name has not chosen what the project makes of it.
        Some(_)
            if builds_under_foreign_name(change.all)
                && !change.project_keys.contains(&"custom_base_image") =>
        {
            Effect::Loosening(NAME)
        }
        _ => Effect::Harmless,
    }
}

pub(super) fn rgignore_file(change: &Change) -> Effect {
    const REASON: &str = "the agent could read a file outside of the project";
    let effect = match &change.with.rgignore_file {
        with if *with == change.below.rgignore_file => Effect::Harmless,
        Some(path) if leaves_project(path, change.project) => Effect::Loosening(REASON),
        _ => Effect::Harmless,
    };
    of_paths("rgignore_file", change, effect)
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
    // A link in a directory elsewhere may lead back, but the directory is elsewhere.
    [path.as_path(), path.parent().unwrap_or(&path)]
        .into_iter()
        .any(|path| leads_out(path, project))
}

/// The nearest ancestor that exists decides; what does not exist yet cannot be a link.
fn leads_out(path: &Utf8Path, project: &Project) -> bool {
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
    let effect = any_change(
        &change.below.opencode_config_dir,
        with,
        "the agent could read another directory of yours, and opencode would follow it",
    );
    of_paths("opencode_config_dir", change, effect)
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
