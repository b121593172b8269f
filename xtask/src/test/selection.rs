//! Which tests run on which engines.

use std::collections::BTreeMap;

use ocx_tests::engine::Lane;

/// What must hold on every engine, always: the modules of tests about it.
const EVERYWHERE: [&str; 1] = ["main_job"];

/// What runs on an old and a new engine all the same, though it is in one of these modules: it shows
/// that the others can fail, or does what they do by another way.
const BY_TURNS: [&str; 2] = ["a_broken_backend_does_not_conform", "on_the_default_bridge"];

/// What runs on an old and a new engine of each kind, since it is about what kinds and versions do
/// differently: the modules of tests about it.
const ON_EACH_KIND: [&str; 5] = [
    "conformance",
    "engine_configuration",
    "hardening",
    "provenance",
    "trial",
];

/// What is about ocx, opencode or bases more than about engines: tests and modules of them that run on one,
/// each body on another by turns.
const ON_ONE: [&str; 18] = [
    "a_base_that_nothing_was_built_on_leaves_nothing_behind",
    "a_changed_dockerfile_leads_to_a_rebuild_that_says_why",
    "a_foreign_base_is_built_over_when_that_is_asked_for",
    "base_cases",
    "base_from_registry",
    "browser_logins",
    "builds_leave_what_was_there",
    "clone",
    "credentials",
    "dockerfile_lookup",
    "inside",
    "keys",
    "layer",
    "matrix",
    "stdio",
    "terminal",
    "the_same_base_by_another_id_is_no_other_base",
    "user_git",
];

/// What costs minutes and hardly depends on the engine: it runs on one.
const COSTLY: [&str; 6] = [
    "a_base_of_two_gigabytes",
    "bridge_load",
    "copies",
    "killing",
    "overlays_by_a_program",
    "templates",
];

/// What costs minutes on each engine, and asks servers elsewhere or is shown by others, too: tests and modules that
/// only `--all` and a choice of engines or of tests run.
const ONLY_WITH_ALL: [&str; 4] = [
    "a_build_that_is_interrupted_at_some_points",
    "java",
    "projects",
    "registries",
];

/// What runs on one engine all the same, though it is in one of these modules: it stands for the others,
/// and costs the least.
const FOR_THE_OTHERS: [&str; 2] = ["a_cargo_workspace", "a_monorepo_with_several_dockerfiles"];

/// How many engines a test is run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Breadth {
    /// On every engine that it is written for.
    All,
    /// On an old and a new engine, of which one is Docker and one Podman, by turns; on more if it is
    /// about what must hold [`EVERYWHERE`] or [`ON_EACH_KIND`], and on fewer if it is about what does
    /// not depend on the engine ([`ON_ONE`], [`COSTLY`]); not at all if it is [`ONLY_WITH_ALL`].
    OldAndNew,
}

/// Engines that stand for each other, by kind and age.
const OLD_DOCKER: &[Lane] = &[Lane::Docker, Lane::DockerRootless];
const NEW_DOCKER: &[Lane] = &[Lane::DockerTrixie, Lane::DockerTesting];
const OLD_PODMAN: &[Lane] = &[Lane::Podman];
const NEW_PODMAN: &[Lane] = &[Lane::PodmanTesting, Lane::PodmanTrixie];

/// The lane that a test is for, by the end of its name.
pub(crate) fn lane(test: &str) -> Option<Lane> {
    let (_, end) = test.rsplit_once("::")?;
    Lane::ALL.into_iter().find(|lane| lane.test_name() == end)
}

/// The tests of `listed` that are to run on `lanes`: those that contain a word of `filter`, unless that is
/// empty.
pub(crate) fn select_named(
    listed: &[String],
    lanes: &[Lane],
    breadth: Breadth,
    filter: &[String],
) -> Vec<String> {
    let is_named = |text: &str| filter.iter().any(|word| text.contains(word));
    let mut selected = select(listed, lanes, breadth);
    if filter.is_empty() {
        return selected;
    }
    // Whoever names such a test wants to see it run.
    let only_with_all = listed.iter().filter(|test| {
        let body = test.rsplit_once("::").map_or("", |(body, _)| body);
        let is_lanes = lane(test).is_some_and(|lane| lanes.contains(&lane));
        is_listed(body, &ONLY_WITH_ALL) && is_named(body) && is_lanes && !selected.contains(test)
    });
    let only_with_all: Vec<String> = only_with_all.cloned().collect();
    selected.extend(only_with_all);
    selected.retain(|test| is_named(test));
    selected
}

/// The tests of `listed` that are to run on `lanes`.
fn select(listed: &[String], lanes: &[Lane], breadth: Breadth) -> Vec<String> {
    let mut selected = Vec::new();
    let mut of_a_body: BTreeMap<&str, Vec<(Lane, &str)>> = BTreeMap::new();
    for test in listed {
        match lane(test) {
            None => selected.push(test.clone()),
            Some(lane) if lanes.contains(&lane) => {
                let body = test.rsplit_once("::").map_or("", |(body, _)| body);
                of_a_body.entry(body).or_default().push((lane, test));
            }
            Some(_) => {}
        }
    }
    if breadth == Breadth::OldAndNew {
        of_a_body
            .retain(|body, _| !is_listed(body, &ONLY_WITH_ALL) || is_listed(body, &FOR_THE_OTHERS));
    }
    for (turn, (body, tests)) in of_a_body.into_iter().enumerate() {
        let there: Vec<Lane> = tests.iter().map(|(lane, _)| *lane).collect();
        let chosen = match breadth {
            Breadth::All => there,
            Breadth::OldAndNew => old_and_new(body, turn, &there),
        };
        let tests = tests.iter().filter(|(lane, _)| chosen.contains(lane));
        selected.extend(tests.map(|(_, test)| (*test).to_owned()));
    }
    selected
}

/// Whether a test is listed, or the module that it is in.
fn is_listed(body: &str, list: &[&str]) -> bool {
    body.split("::").any(|part| list.contains(&part))
}

/// The lanes of `there` on which a test is to run.
fn old_and_new(body: &str, turn: usize, there: &[Lane]) -> Vec<Lane> {
    let is_listed = |list: &[&str]| is_listed(body, list);
    if is_listed(&EVERYWHERE) && !is_listed(&BY_TURNS) {
        return there.to_vec();
    }
    if is_listed(&COSTLY) || is_listed(&FOR_THE_OTHERS) {
        return there[..1].to_vec();
    }
    // The turn of one of those that stand for each other, if any of them is there. Not the same for
    // the pairs: else each body would have its turns at the same release.
    let of = |lanes: &[Lane], turn: usize| {
        let lanes: Vec<Lane> = lanes
            .iter()
            .copied()
            .filter(|lane| there.contains(lane))
            .collect();
        (!lanes.is_empty()).then(|| lanes[turn % lanes.len()])
    };
    let old_docker_new_podman = [of(OLD_DOCKER, turn / 2), of(NEW_PODMAN, turn / 2)];
    let new_docker_old_podman = [of(NEW_DOCKER, turn / 2), of(OLD_PODMAN, turn / 2)];
    let all = [old_docker_new_podman, new_docker_old_podman];
    let complete = all.iter().flatten().all(Option::is_some);
    let on_each_kind = is_listed(&ON_EACH_KIND) && !is_listed(&BY_TURNS);
    let mut chosen: Vec<Lane> = if on_each_kind || !complete {
        all.into_iter().flatten().flatten().collect()
    } else {
        all[turn % 2].iter().copied().flatten().collect()
    };
    if is_listed(&ON_ONE) && complete {
        chosen = vec![chosen[turn / 4 % 2]];
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(bodies: &[&str]) -> Vec<String> {
        bodies
            .iter()
            .flat_map(|body| Lane::ALL.map(|lane| format!("{body}::{}", lane.test_name())))
            .chain(["harness::alone".to_owned()])
            .collect()
    }

    fn lanes(selected: &[String], body: &str) -> Vec<Lane> {
        selected
            .iter()
            .filter(|test| test.starts_with(body))
            .filter_map(|test| lane(test))
            .collect()
    }

    #[test]
    fn each_test_runs_on_an_old_and_a_new_engine() {
        let bodies = ["a::t", "a::u", "a::v", "a::w", "a::x", "a::y", "a::z"];
        let listed = listed(&bodies);
        let selected = select(&listed, &Lane::ALL, Breadth::OldAndNew);
        for body in bodies {
            let lanes = lanes(&selected, body);
            let new = lanes.iter().filter(|lane| lane.release().is_some());
            let podman = lanes
                .iter()
                .filter(|lane| lane.kind().program() == "podman");
            assert_eq!(
                (lanes.len(), new.count(), podman.count()),
                (2, 1, 1),
                "{lanes:?}"
            );
        }
        // Every engine gets its turn.
        for lane in Lane::ALL {
            let end = format!("::{}", lane.test_name());
            assert!(selected.iter().any(|test| test.ends_with(&end)), "{lane}");
        }
        assert!(selected.contains(&"harness::alone".to_owned()));
    }

    #[test]
    fn what_kinds_do_differently_runs_on_an_old_and_a_new_one_of_each() {
        let selected = select(&listed(&["trial::x"]), &Lane::ALL, Breadth::OldAndNew);
        let lanes = lanes(&selected, "trial::x");
        assert_eq!(lanes.len(), 4, "{lanes:?}");
        for program in ["docker", "podman"] {
            for new in [false, true] {
                let is_it = |lane: &&Lane| {
                    lane.kind().program() == program && lane.release().is_some() == new
                };
                assert_eq!(lanes.iter().filter(is_it).count(), 1, "{lanes:?}");
            }
        }
    }

    #[test]
    fn a_test_of_one_kind_runs_on_an_old_and_a_new_one() {
        let listed: Vec<String> = ["docker", "docker_trixie", "docker_testing"]
            .map(|lane| format!("a::x::{lane}"))
            .into();
        let selected = select(&listed, &Lane::ALL, Breadth::OldAndNew);
        let lanes = lanes(&selected, "a::x");
        assert_eq!(lanes.len(), 2, "{lanes:?}");
        assert!(lanes.contains(&Lane::Docker));
    }

    #[test]
    fn what_is_costly_runs_once() {
        let selected = select(&listed(&["templates::x"]), &Lane::ALL, Breadth::OldAndNew);
        assert_eq!(lanes(&selected, "templates::x"), [Lane::Docker]);
        let killing: Vec<String> = ["podman", "podman_trixie", "podman_testing"]
            .map(|lane| format!("killing::a_build_that_is_killed_at_some_points::{lane}"))
            .into();
        let selected = select(&killing, &Lane::ALL, Breadth::OldAndNew);
        assert_eq!(lanes(&selected, "killing"), [Lane::Podman]);
    }

    #[test]
    fn what_asks_servers_elsewhere_runs_when_engines_are_chosen() {
        let listed = listed(&["registries::x"]);
        let selected = select(&listed, &Lane::ALL, Breadth::OldAndNew);
        assert!(lanes(&selected, "registries").is_empty());
        let selected = select(&listed, &Lane::ALL, Breadth::All);
        assert_eq!(lanes(&selected, "registries"), Lane::ALL);
    }

    #[test]
    fn some_projects_stand_for_the_others() {
        let others = ["projects::a_go_module", "projects::a_gradle_build"];
        let some = FOR_THE_OTHERS.map(|name| format!("projects::{name}"));
        let bodies: Vec<&str> = some.iter().map(String::as_str).chain(others).collect();
        let listed = listed(&bodies);
        let selected = select(&listed, &Lane::ALL, Breadth::OldAndNew);
        for body in &some {
            assert_eq!(lanes(&selected, body), [Lane::Docker], "{body}");
        }
        for body in others {
            assert!(lanes(&selected, body).is_empty(), "{body}");
        }
        let selected = select(&listed, &Lane::ALL, Breadth::All);
        assert_eq!(selected.len(), listed.len());

        // Or when they are named, but not by an engine that all tests have.
        let named = |word: &str| {
            let filter = [word.to_owned()];
            select_named(&listed, &Lane::ALL, Breadth::OldAndNew, &filter)
        };
        assert_eq!(lanes(&named("a_go_module"), others[0]), Lane::ALL);
        assert_eq!(named("projects::").len(), bodies.len() * Lane::ALL.len());
        assert!(lanes(&named("podman"), others[0]).is_empty());
        assert_eq!(named("harness"), ["harness::alone"]);
    }

    #[test]
    fn what_must_hold_everywhere_runs_everywhere() {
        let listed = listed(&["main_job::x"]);
        assert_eq!(
            select(&listed, &Lane::ALL, Breadth::OldAndNew).len(),
            Lane::ALL.len() + 1
        );
    }

    #[test]
    fn mutants_run_on_an_old_and_a_new_engine_and_the_suite_on_each_kind() {
        let mutants = "conformance::a_broken_backend_does_not_conform";
        let suite = "conformance::an_engine_conforms_and_takes_every_flag";
        let selected = select(&listed(&[mutants, suite]), &Lane::ALL, Breadth::OldAndNew);
        let found = lanes(&selected, mutants);
        let new = found.iter().filter(|lane| lane.release().is_some());
        assert_eq!((found.len(), new.count()), (2, 1), "{found:?}");
        assert_ne!(found[0].kind().program(), found[1].kind().program());
        assert_eq!(lanes(&selected, suite).len(), 4);
    }

    #[test]
    fn what_hardly_depends_on_the_engine_runs_on_one_by_turns() {
        let bodies = ["a", "b", "c", "d", "e", "f", "g"].map(|body| format!("matrix::{body}"));
        let bodies = bodies.each_ref().map(String::as_str);
        let selected = select(&listed(&bodies), &Lane::ALL, Breadth::OldAndNew);
        for body in bodies {
            assert_eq!(lanes(&selected, body).len(), 1, "{body}");
        }
        let mut all = lanes(&selected, "matrix::");
        all.sort();
        all.dedup();
        assert_eq!(all.len(), Lane::ALL.len());
        let everything = select(&listed(&bodies), &Lane::ALL, Breadth::All);
        assert_eq!(everything.len(), bodies.len() * Lane::ALL.len() + 1);
    }

    #[test]
    fn a_test_of_one_engine_always_runs_on_it() {
        let listed = ["a::x::docker_testing", "a::y::docker_testing"].map(str::to_owned);
        let selected = select(&listed, &Lane::ALL, Breadth::OldAndNew);
        assert_eq!(selected, listed);
        assert!(select(&listed, &Lane::MACHINE, Breadth::All).is_empty());
    }
}
