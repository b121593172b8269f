//! Which tests run on which engines.

use std::collections::BTreeMap;

use ocx_tests::engine::Lane;

/// What must hold on every engine, always: the modules of tests about it.
const EVERYWHERE: [&str; 7] = [
    "conformance",
    "leftovers",
    "exit_codes",
    "freshness",
    "hardening",
    "identity",
    "main_job",
];

/// How many engines a test is run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Breadth {
    /// On every engine that it is written for.
    All,
    /// On an old and a new engine of each kind that it is written for, by turns; on every engine if
    /// it is about what must hold [`EVERYWHERE`].
    OldAndNew,
}

/// Engines that stand for each other when a test runs on an old and a new one of each kind.
const TURNS: [&[Lane]; 4] = [
    &[Lane::Docker, Lane::DockerRootless],
    &[Lane::DockerTrixie, Lane::DockerTesting],
    &[Lane::Podman],
    &[Lane::PodmanTesting, Lane::PodmanTrixie],
];

/// The lane that a test is for, by the end of its name.
pub(crate) fn lane(test: &str) -> Option<Lane> {
    let (_, end) = test.rsplit_once("::")?;
    Lane::ALL.into_iter().find(|lane| lane.test_name() == end)
}

/// The tests of `listed` that are to run on `lanes`.
pub(crate) fn select(listed: &[String], lanes: &[Lane], breadth: Breadth) -> Vec<String> {
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
    for (turn, (body, tests)) in of_a_body.into_iter().enumerate() {
        let module = body.split("::").next().unwrap_or_default();
        let everywhere = breadth == Breadth::All || EVERYWHERE.contains(&module);
        for (lane, test) in &tests {
            if everywhere || on_turn(*lane, turn, &tests) {
                selected.push((*test).to_owned());
            }
        }
    }
    selected
}

/// Whether it is the turn of `lane` among those that stand for each other and that `tests` has.
fn on_turn(lane: Lane, turn: usize, tests: &[(Lane, &str)]) -> bool {
    let has = |lane: &Lane| tests.iter().any(|(found, _)| found == lane);
    TURNS.iter().any(|stand_ins| {
        let there: Vec<Lane> = stand_ins.iter().copied().filter(has).collect();
        !there.is_empty() && there[turn % there.len()] == lane
    })
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

    #[test]
    fn each_test_runs_on_an_old_and_a_new_engine_of_each_kind() {
        let listed = listed(&["a::x", "a::y", "a::z"]);
        let selected = select(&listed, &Lane::ALL, Breadth::OldAndNew);
        for body in ["a::x", "a::y", "a::z"] {
            let lanes: Vec<Lane> = selected
                .iter()
                .filter(|test| test.starts_with(body))
                .filter_map(|test| lane(test))
                .collect();
            assert_eq!(lanes.len(), 4, "{lanes:?}");
            let count = |program: &str, new: bool| {
                lanes
                    .iter()
                    .filter(|lane| lane.kind().program() == program)
                    .filter(|lane| lane.release().is_some() == new)
                    .count()
            };
            for program in ["docker", "podman"] {
                assert_eq!((count(program, false), count(program, true)), (1, 1));
            }
        }
        // Every engine gets its turn.
        for lane in Lane::ALL {
            let end = format!("::{}", lane.test_name());
            assert!(selected.iter().any(|test| test.ends_with(&end)), "{lane}");
        }
        assert!(selected.contains(&"harness::alone".to_owned()));
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
    fn a_test_of_one_engine_always_runs_on_it() {
        let listed = ["a::x::docker_testing", "a::y::docker_testing"].map(str::to_owned);
        let selected = select(&listed, &Lane::ALL, Breadth::OldAndNew);
        assert_eq!(selected, listed);
        assert!(select(&listed, &Lane::MACHINE, Breadth::All).is_empty());
    }
}
