//! Removing what tests left in an engine: only what carries a run's name, never anything else.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    engine::{Engine, EngineKind, Lane, Release, docker_release, docker_rootless, podman, system},
    run_id::{RunId, mentions},
};

/// Removes the containers, volumes and images that have `name`, of a run or a sandbox, in their name
/// or in the value of a label.
///
/// The images that ocx makes are found by their labels, which hold the path of the project or the
/// name of the base; and whatever was made from such an image goes with it.
pub fn remove_mentioning(engine: &Engine, name: &str) {
    remove(engine, &|text| mentions(text, name));
}

/// Stops and removes the engines that were set up for a run alone.
pub fn remove_engines(run: &RunId) {
    for lane in Lane::ALL {
        // One whose storage is damaged must not keep the others from being stopped.
        let _ = std::panic::catch_unwind(|| remove_engine(lane, run));
    }
    for release in Release::ALL {
        system::stop(&release.directory(run));
    }
}

fn remove_engine(lane: Lane, run: &RunId) {
    match (lane.kind(), lane.release()) {
        // It is this machine's.
        (EngineKind::Docker, None) => {}
        (EngineKind::Docker, Some(release)) => docker_release::stop(lane, release, run),
        (EngineKind::DockerRootless, _) => docker_rootless::stop(&docker_rootless::directory(run)),
        (EngineKind::Podman, _) => podman::remove(lane, run),
    }
}

/// Whether a directory belongs to a run that is not over.
pub(crate) fn a_run_is_under_way() -> bool {
    let entries = std::fs::read_dir("/tmp").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| RunId::find(entry.file_name().to_str()?))
        .any(|run| !run.is_over())
}

/// Removes what runs have left behind in an engine that ended without doing so.
pub fn remove_finished_runs(engine: &Engine) {
    remove(engine, &|text| {
        RunId::find(text).is_some_and(|run| run.is_over())
    });
}

/// Removes the directories of runs that ended without doing so, and the engines in them.
pub fn remove_finished_directories() {
    let Ok(entries) = std::fs::read_dir("/tmp") else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if let Some(run) = name.to_str().filter(|name| name.starts_with("ocxt-"))
            && let Some(run) = RunId::find(run).filter(RunId::is_over)
        {
            remove_engines(&run);
            // Another user's remains are that user's to remove.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

fn remove(engine: &Engine, is_ours: &dyn Fn(&str) -> bool) {
    let cli = engine.cli();
    let images = engine.images();
    let doomed = doomed_images(&images, is_ours);
    let containers = cli.inspect(
        "container",
        &cli.lines(&["ps", "--all", "--quiet", "--no-trunc"]),
    );
    let containers: Vec<&str> = containers
        .iter()
        .filter(|container| {
            text(container, "/Name").is_some_and(is_ours)
                || text(container, "/Config/Image").is_some_and(is_ours)
                || text(container, "/Image").is_some_and(|id| doomed.contains(id))
                || has_label(container, "/Config/Labels", is_ours)
        })
        .filter_map(|container| text(container, "/Id"))
        .collect();
    for container in containers {
        let _ = cli.ask(&["rm", "--force", "--volumes", container]);
    }
    for volume in cli.inspect("volume", &cli.lines(&["volume", "ls", "--quiet"])) {
        if let Some(name) = text(&volume, "/Name")
            && (is_ours(name) || has_label(&volume, "/Labels", is_ours))
        {
            let _ = cli.ask(&["volume", "rm", "--force", name]);
        }
    }
    let kept = images
        .iter()
        .filter(|image| text(image, "/Id").is_none_or(|id| !doomed.contains(id)));
    for image in kept {
        for tag in tags(image).filter(|tag| is_ours(tag)) {
            let _ = cli.ask(&["rmi", tag]);
        }
    }
    // The steps of a build, which have no name, go along with its result. An image goes only after
    // those that were made from it, so a round may free more for the next.
    let mut left: BTreeSet<&str> = doomed;
    loop {
        let before = left.len();
        left.retain(|image| {
            !cli.ask(&["rmi", "--force", image]).status.success()
                && !cli.inspect("image", &[image]).is_empty()
        });
        if left.is_empty() || left.len() == before {
            break;
        }
    }
}

/// The IDs of the images to be removed altogether. An image of somebody else's that got a name from
/// a test only loses that name.
fn doomed_images<'a>(images: &'a [Value], is_ours: &dyn Fn(&str) -> bool) -> BTreeSet<&'a str> {
    let mut doomed: BTreeSet<&str> = images
        .iter()
        .filter(|image| {
            let mut names = tags(image).peekable();
            has_label(image, "/Config/Labels", is_ours)
                || (names.peek().is_some() && names.all(is_ours))
        })
        .filter_map(|image| text(image, "/Id"))
        .collect();
    // Several runs at once share what they do not make themselves: another run may have built upon
    // an image of this one.
    let ours: Vec<RunId> = images
        .iter()
        .filter(|image| text(image, "/Id").is_some_and(|id| doomed.contains(id)))
        .flat_map(runs_of)
        .collect();
    loop {
        let before = doomed.len();
        let children = images
            .iter()
            .filter(|image| text(image, "/Parent").is_some_and(|parent| doomed.contains(parent)))
            .filter(|image| runs_of(image).all(|run| ours.contains(&run)))
            .filter_map(|image| text(image, "/Id"))
            .collect::<Vec<_>>();
        doomed.extend(children);
        if doomed.len() == before {
            return doomed;
        }
    }
}

/// The runs that an image's names and labels tell of.
fn runs_of(image: &Value) -> impl Iterator<Item = RunId> {
    tags(image)
        .chain(labels(image, "/Config/Labels"))
        .filter_map(RunId::find)
}

fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer)?.as_str()
}

fn tags(image: &Value) -> impl Iterator<Item = &str> {
    image["RepoTags"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn labels<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a str> {
    value
        .pointer(pointer)
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(|labels| labels.values().filter_map(Value::as_str))
}

fn has_label(value: &Value, pointer: &str, is_ours: &dyn Fn(&str) -> bool) -> bool {
    labels(value, pointer).any(is_ours)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_our_images_and_what_was_made_from_them_are_doomed() {
        let images = [
            json!({"Id": "own", "RepoTags": ["ocxt-a-1-1-base:1"]}),
            json!({"Id": "step", "RepoTags": [], "Parent": "own"}),
            json!({"Id": "child", "RepoTags": ["x:1"], "Parent": "step"}),
            json!({"Id": "child-of-others", "RepoTags": ["ocxt-b-2-2-base:1"], "Parent": "step",
                   "Config": {"Labels": {"ocxt.run": "ocxt-b-2-2"}}}),
            json!({"Id": "labelled", "RepoTags": ["ocx:1"],
                   "Config": {"Labels": {"ocx.project": "/tmp/ocxt-a-1-1/project"}}}),
            json!({"Id": "named-too", "RepoTags": ["debian:12", "ocxt-a-1-1-debian:1"]}),
            json!({"Id": "foreign", "RepoTags": ["debian:11"], "Config": {"Labels": null}}),
            json!({"Id": "nameless", "RepoTags": null}),
        ];
        let doomed = doomed_images(&images, &|text| mentions(text, "ocxt-a-1-1"));
        assert_eq!(
            doomed.into_iter().collect::<Vec<_>>(),
            ["child", "labelled", "own", "step"]
        );
    }
}
