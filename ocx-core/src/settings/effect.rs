//! What a value does to the isolation of a session.
//!
//! A project's file comes with the project: whoever wrote the repository wrote it, and the agent
//! can edit it. So it may ask for more isolation, and for what makes no difference; less than the
//! user has given needs the user's approval, and some of it no project gets. This is judged by
//! comparing the settings below the project's file with the same settings plus one value of it:
//! raising a limit that the user lowered loosens, and what changes nothing is harmless.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::{
    Origin, Origins, Providers, PullPolicy, RuntimeChoice, Settings, WorkspaceMode, named_files,
    protected, reserved,
};
use crate::{host::Host, image::is_local_name, project::Project};

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
    /// Where these come from.
    pub origins: &'a Origins,
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
        (None, Some(_)) => Effect::Tightening,
        (Some(_), None) => Effect::Loosening(reason),
        (Some(below), Some(with)) if with > below => Effect::Loosening(reason),
        (Some(below), Some(with)) if with < below => Effect::Tightening,
        _ => Effect::Harmless,
    }
}

/// The words for a limit that is raised: somebody has set it, or ocx has.
pub(super) struct Raised {
    pub(super) of_user: &'static str,
    pub(super) of_ocx: &'static str,
}

/// A limit that ocx sets by itself where nobody else does.
pub(super) fn limit_of_machine<T: PartialOrd>(
    key: &str,
    change: &Change,
    limit_in: impl Fn(&Settings) -> Option<T>,
    reasons: &Raised,
) -> Effect {
    let reason = match change.origins.of(key) {
        Origin::Default => reasons.of_ocx,
        _ => reasons.of_user,
    };
    limit(limit_in(change.below), limit_in(change.with), reason)
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

/// Keys and logins of model providers.
pub(super) fn providers(below: &Providers, with: &Providers) -> Effect {
    const REASON: &str = "the agent would have keys and logins of more model providers";
    if below == with {
        Effect::Harmless
    } else if with.is_wider_than(below) {
        Effect::Loosening(REASON)
    } else {
        Effect::Tightening
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

/// What a build reads of a project beyond its Dockerfile is the project's own business, but nothing
/// else is; see `find_dockerfile`.
pub(super) fn context(change: &Change) -> Effect {
    const REASON: &str = "the build could read files outside of the project";
    match &change.with.custom_base_context {
        with if *with == change.below.custom_base_context => Effect::Harmless,
        Some(path) if directory_leaves_project(path, change.project) => Effect::Refused(REASON),
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
    if names_another_place(&path, project) {
        return true;
    }
    // A link in a directory elsewhere may lead back, but the directory is elsewhere.
    [path.as_path(), path.parent().unwrap_or(&path)]
        .into_iter()
        .any(|path| leads_out(path, project))
}

/// The same for a directory, which may be the project itself.
fn directory_leaves_project(path: &Utf8Path, project: &Project) -> bool {
    let path = project.root.join(path);
    names_another_place(&path, project) || leads_out(&path, project)
}

fn names_another_place(path: &Utf8Path, project: &Project) -> bool {
    !path.starts_with(&project.root)
        || path
            .components()
            .any(|component| component == Utf8Component::ParentDir)
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
/// Without a clone the agent sees all files of the project anyway. So what a project's own clone has
/// in it loosens nothing; one that the user has set is another thing.
pub(super) fn clone_include(change: &Change, reason: &'static str) -> Effect {
    let is_users_clone = change.below.workspace == WorkspaceMode::Clone
        || change.all.workspace == WorkspaceMode::Clone
            && !change.project_keys.contains(&"workspace");
    if is_users_clone {
        let (below, with) = (&change.below.clone_include, &change.with.clone_include);
        additions(below, with, reason)
    } else {
        Effect::Harmless
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{project::sandbox::Sandbox, settings::Key};

    /// What a value of a project's file does.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Does {
        Nothing,
        More,
        Less,
    }
    use Does::{Less, More, Nothing};

    /// What `with` does on top of `below`; a key without a value is at its default.
    fn effect(sandbox: &Sandbox, key: &str, below: Option<&str>, with: &str) -> Does {
        let (host, project) = (&sandbox.host, &sandbox.project());
        let loaded = |value: Option<&str>| {
            let mut builder = Settings::builder(host, project);
            if let Some(value) = value {
                builder = builder.with(key, value).unwrap();
            }
            builder.load().unwrap()
        };
        let (below, with) = (loaded(below), loaded(Some(with)));
        let change = Change {
            below: &below.settings,
            origins: &below.origins,
            with: &with.settings,
            all: &with.settings,
            project_keys: &[],
            host,
            project,
        };
        match Key::find(key).unwrap().effect(&change) {
            Effect::Harmless => Nothing,
            Effect::Tightening => More,
            Effect::Loosening(reason) | Effect::Refused(reason) => {
                assert!(!reason.is_empty(), "{key}");
                Less
            }
        }
    }

    fn assert_effects(sandbox: &Sandbox, key: &str, rows: &[(Option<&str>, &str, Does)]) {
        for &(below, with, expected) in rows {
            let found = effect(sandbox, key, below, with);
            assert_eq!(found, expected, "{key}: {below:?} -> {with}");
        }
    }

    #[test]
    fn limits() {
        let sandbox = Sandbox::new();
        assert_effects(
            &sandbox,
            "memory",
            &[
                (None, "0", Nothing),
                (None, "1g", More),
                (Some("1g"), "0", Less),
                (Some("1g"), "2g", Less),
                (Some("2g"), "1g", More),
                (Some("2g"), "2048m", Nothing),
            ],
        );
    }

    #[test]
    fn switches_and_lists() {
        let sandbox = Sandbox::new();
        assert_effects(
            &sandbox,
            "publish_port",
            &[
                (None, "true", Less),
                (None, "false", Nothing),
                (Some("true"), "true", Nothing),
                (Some("true"), "false", More),
            ],
        );
        assert_effects(
            &sandbox,
            "env_passthrough",
            &[
                (None, "[]", Nothing),
                (None, r#"["A"]"#, Less),
                (Some(r#"["A", "B"]"#), r#"["B", "A"]"#, Nothing),
                (Some(r#"["A", "B"]"#), r#"["B"]"#, More),
                (Some(r#"["A", "B"]"#), r#"["C"]"#, Less),
                (Some(r#"["A"]"#), r#"["A", "C"]"#, Less),
            ],
        );
        assert_effects(
            &sandbox,
            "providers",
            &[
                (None, "configured", Nothing),
                (None, "all", Less),
                (None, r#"["a"]"#, Less),
                (Some("all"), "configured", More),
                (Some("all"), r#"["a"]"#, More),
                (Some(r#"["a", "b"]"#), r#"["b", "a"]"#, Nothing),
                (Some(r#"["a", "b"]"#), r#"["b"]"#, More),
                (Some(r#"["a", "b"]"#), "[]", More),
                (Some(r#"["a"]"#), r#"["a", "c"]"#, Less),
                (Some(r#"["a"]"#), "configured", Less),
                (Some(r#"["a"]"#), "all", Less),
            ],
        );
        assert_effects(
            &sandbox,
            "data_volumes_name",
            &[(None, "other", Less), (Some("other"), "other", Nothing)],
        );
    }

    #[test]
    fn a_file_of_the_project_lies_in_it() {
        let sandbox = Sandbox::new();
        let top = &sandbox.top;
        let root = &sandbox.host.current_dir;
        sandbox.write("home/secret", "");
        sandbox.write("home/work/app/inside", "");
        sandbox.write("home/work/app-of-another/file", "");
        for (name, to) in [
            ("out", top.join("home/secret")),
            ("home", top.join("home")),
            ("in", root.join("inside")),
            ("broken", top.join("nothing")),
        ] {
            std::os::unix::fs::symlink(to, root.join(name)).unwrap();
        }
        let elsewhere = top.join("home/secret");
        let (absolute, beside) = (
            root.join("inside"),
            top.join("home/work/app-of-another/file"),
        );
        for key in ["custom_base_dockerfile", "rgignore_file"] {
            assert_effects(
                &sandbox,
                key,
                &[
                    (None, "inside", Nothing),
                    (None, "not/there/yet", Nothing),
                    (None, absolute.as_str(), Nothing),
                    (None, "in", Nothing),
                    (None, elsewhere.as_str(), Less),
                    (None, beside.as_str(), Less),
                    (None, "..", Less),
                    (None, "not/../../x", Less),
                    (None, "out", Less),
                    (None, "home/secret", Less),
                    (None, "home/not/there", Less),
                    (None, "broken", Less),
                    // The user has it so already.
                    (Some("out"), "out", Nothing),
                    (Some("inside"), "out", Less),
                ],
            );
        }
    }

    #[test]
    fn whether_images_are_fetched() {
        assert_effects(
            &Sandbox::new(),
            "base_pull",
            &[
                (None, "ask", Nothing),
                (None, "missing", Nothing),
                (None, "never", More),
                (Some("never"), "never", Nothing),
                (Some("never"), "ask", Less),
                (Some("newer"), "missing", Nothing),
            ],
        );
    }

    #[test]
    fn the_choice_of_an_engine_stands() {
        assert_effects(
            &Sandbox::new(),
            "runtime",
            &[
                (None, "auto", Nothing),
                (None, "podman", Nothing),
                (Some("podman"), "podman", Nothing),
                (Some("podman"), "docker", Less),
                (Some("podman"), "auto", Less),
            ],
        );
    }

    #[test]
    fn the_users_own_identity_may_be_named() {
        let mut sandbox = Sandbox::new();
        (sandbox.host.user.uid, sandbox.host.user.gid) = (1501, 1502);
        for (key, own, other) in [
            ("uid", "1501", "1502"),
            ("gid", "1502", "1501"),
            ("username", "ann", "bob"),
        ] {
            assert_effects(
                &sandbox,
                key,
                &[
                    (None, own, Nothing),
                    (None, other, Less),
                    (Some(other), other, Nothing),
                    // The user acts as another one on purpose.
                    (Some(other), own, Less),
                ],
            );
        }
    }

    #[test]
    fn the_usual_directory_of_configuration_may_be_named() {
        let mut sandbox = Sandbox::new();
        sandbox.host.dirs.config = sandbox.top.join("home/etc/ocx");
        let [usual, beside, other] =
            [".config/opencode", "etc/opencode", "other"].map(|path| sandbox.host.home.join(path));
        let (usual, beside, other) = (usual.as_str(), beside.as_str(), other.as_str());
        assert_effects(
            &sandbox,
            "opencode_config_dir",
            &[
                (None, usual, Nothing),
                (None, beside, Nothing),
                (None, other, Less),
                (Some(other), other, Nothing),
                (Some(other), usual, Less),
            ],
        );
    }

    #[test]
    fn variables_that_steer_opencode_are_the_users() {
        assert_effects(
            &Sandbox::new(),
            "env",
            &[
                (None, r#"{ "RAILS_ENV": "test" }"#, Nothing),
                (None, r#"{ "LD_PRELOAD": "x" }"#, Less),
                (None, r#"{ "https_proxy": "x" }"#, Less),
                (
                    Some(r#"{ "LD_PRELOAD": "x" }"#),
                    r#"{ "LD_PRELOAD": "x" }"#,
                    Nothing,
                ),
                (
                    Some(r#"{ "LD_PRELOAD": "x" }"#),
                    r#"{ "LD_PRELOAD": "y" }"#,
                    Less,
                ),
                (
                    Some(r#"{ "A": "x" }"#),
                    r#"{ "A": "y", "B": "z" }"#,
                    Nothing,
                ),
            ],
        );
    }
}
