use camino::Utf8Path;

use super::*;
use crate::ops::disk::{
    DiskKind, WithUserData,
    facts::{Downloaded, FileFact, Names, ProgramFact, ProjectFact, VolumeFact},
};

const DOCKER: EngineName = EngineName::from_static("docker");
const PODMAN: EngineName = EngineName::from_static("podman");
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + 1000 * DAY
}

fn id(digit: &str) -> ImageId {
    digit.repeat(64).parse().unwrap()
}

fn layer(digit: &str, base: &str, version: &str) -> ImageFact {
    ImageFact {
        engine: DOCKER,
        id: id(digit),
        name: format!("ocx-{base}:{version}").parse().unwrap(),
        names: Names::Own,
        made_of: Made::Layer {
            base: base.parse().unwrap(),
            base_id: id("b"),
            version: version.parse().unwrap(),
        },
        size: 1,
        running: false,
        since: now() - 10 * DAY,
    }
}

fn base(digit: &str, name: &str) -> ImageFact {
    ImageFact {
        id: id(digit),
        name: name.parse().unwrap(),
        made_of: Made::Base,
        ..layer(digit, name, "1.18.33")
    }
}

fn file(path: &str) -> FileFact {
    FileFact {
        path: path.into(),
        size: 1,
        since: now() - 10 * DAY,
    }
}

fn project(root: &str, presence: Presence) -> ProjectFact {
    ProjectFact {
        root: root.into(),
        store: Some(file(&format!("/state{root}"))),
        presence,
        held: false,
        had_home: true,
    }
}

fn uses(base: &str, version: &str) -> Presence {
    Presence::There(vec![Use {
        engine: DOCKER,
        base: base.parse().unwrap(),
        image: Some((
            format!("ocx-{base}:{version}").parse().unwrap(),
            version.parse().unwrap(),
        )),
    }])
}

fn opencode(version: &str) -> ProgramFact {
    ProgramFact {
        what: Downloaded::Opencode(version.parse().unwrap()),
        file: file(&format!("/cache/opencode/{version}")),
    }
}

fn home(root: &str) -> VolumeFact {
    VolumeFact {
        engine: DOCKER,
        name: "ocx-p-home-1".parse().unwrap(),
        root: root.into(),
        size: None,
    }
}

fn verdicts(facts: &Facts, keep: &Keep) -> Vec<(String, String)> {
    let items = judge(facts, keep, now());
    items
        .iter()
        .map(|item| {
            let verdict = match &item.verdict {
                DiskVerdict::Needed(why) => format!("needed: {why}"),
                DiskVerdict::Unneeded(why) => format!("goes: {why}"),
                DiskVerdict::UserData(why) => format!("data: {why}"),
            };
            (item.name.clone(), verdict)
        })
        .collect()
}

#[track_caller]
fn assert_verdicts(facts: &Facts, expected: &[(&str, &str)]) {
    let found = verdicts(facts, &Keep::default());
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|(name, verdict)| (name.as_str(), verdict.as_str()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn images_of_a_base_in_use() {
    let facts = Facts {
        projects: vec![project("/p", uses("team", "1.0.300"))],
        images: vec![
            layer("1", "team", "1.0.300"),
            layer("2", "team", "1.0.301"),
            layer("3", "team", "1.0.302"),
            layer("4", "team", "1.0.303"),
            // Of another engine, where nobody uses it.
            ImageFact {
                engine: PODMAN,
                ..layer("5", "team", "1.0.303")
            },
            layer("6", "other", "1.0.303"),
            base("b", "team"),
            base("c", "other"),
        ],
        ..Facts::default()
    };
    assert_verdicts(
        &facts,
        &[
            ("ocx-team:1.0.300", "needed: in use"),
            ("ocx-team:1.0.301", "goes: an old version"),
            ("ocx-team:1.0.302", "needed: one of the newest versions"),
            ("ocx-team:1.0.303", "needed: one of the newest versions"),
            ("ocx-team:1.0.303", "goes: no known project uses it"),
            ("ocx-other:1.0.303", "goes: no known project uses it"),
            ("team", "needed: in use"),
            ("other", "goes: no known project uses it"),
            ("/p", "needed: in use"),
        ],
    );
    let none = Keep {
        versions: 0,
        ..Keep::default()
    };
    let items = judge(&facts, &none, now());
    let going = items.iter().filter(|item| item.goes(WithUserData::No));
    assert_eq!(going.count(), 6);
    assert_eq!(items[0].projects, [Utf8Path::new("/p")]);
    assert!(items[1].projects.is_empty());
}

#[test]
fn images_that_stay_whoever_uses_them() {
    let facts = Facts {
        images: vec![
            ImageFact {
                running: true,
                names: Names::None,
                ..layer("1", "team", "1.0.300")
            },
            ImageFact {
                names: Names::Other("mine:1".to_owned()),
                ..layer("2", "team", "1.0.301")
            },
            ImageFact {
                names: Names::None,
                ..layer("3", "team", "1.0.302")
            },
            base("b", "team"),
            ImageFact {
                names: Names::None,
                ..base("c", "team")
            },
        ],
        ..Facts::default()
    };
    assert_verdicts(
        &facts,
        &[
            ("ocx-team:1.0.300", "needed: a session is running"),
            ("ocx-team:1.0.301", "needed: it is called mine:1 as well"),
            ("ocx-team:1.0.302", "goes: replaced by a newer one"),
            ("team", "needed: an image that stays was built on it"),
            ("team", "goes: replaced by a newer one"),
        ],
    );
}

#[test]
fn a_project_whose_settings_cannot_be_read_may_use_anything() {
    let facts = Facts {
        projects: vec![project("/p", Presence::Doubtful)],
        images: vec![layer("1", "team", "1.0.300"), base("c", "team")],
        programs: vec![
            opencode("1.0.299"),
            opencode("1.0.301"),
            opencode("1.0.302"),
        ],
        ..Facts::default()
    };
    let doubt = "needed: the settings of /p cannot be read, so it may be in use there";
    assert_verdicts(
        &facts,
        &[
            ("ocx-team:1.0.300", doubt),
            ("team", doubt),
            ("1.0.299", doubt),
            ("1.0.301", "needed: one of the newest versions"),
            ("1.0.302", "needed: one of the newest versions"),
            ("/p", "needed: in use"),
        ],
    );
}

#[test]
fn programs_stay_for_images_and_projects() {
    let facts = Facts {
        projects: vec![project("/p", uses("team", "1.0.301"))],
        images: vec![ImageFact {
            running: true,
            ..layer("1", "other", "1.0.300")
        }],
        programs: [
            "1.0.298", "1.0.299", "1.0.300", "1.0.301", "1.0.302", "1.0.303",
        ]
        .map(opencode)
        .into(),
        hidden_versions: ["1.0.299".parse().unwrap()].into(),
        ..Facts::default()
    };
    assert_verdicts(
        &facts,
        &[
            ("ocx-other:1.0.300", "needed: a session is running"),
            ("1.0.298", "goes: an old version"),
            ("1.0.299", "needed: in use"),
            ("1.0.300", "needed: in use"),
            ("1.0.301", "needed: in use"),
            ("1.0.302", "needed: one of the newest versions"),
            ("1.0.303", "needed: one of the newest versions"),
            ("/p", "needed: in use"),
        ],
    );
}

#[test]
fn data_of_a_project_goes_only_when_it_is_gone_and_by_a_word() {
    let facts = |presence, held, silent: &[EngineName]| Facts {
        projects: vec![ProjectFact {
            held,
            ..project("/p", presence)
        }],
        volumes: vec![home("/p")],
        silent: silent.to_vec(),
        ..Facts::default()
    };
    let goes = "data: its project is gone: /p";
    for (facts, of_home, of_store) in [
        (
            facts(uses("team", "1.0.300"), false, &[]),
            "needed: in use",
            "needed: in use",
        ),
        (facts(Presence::Gone, false, &[]), goes, goes),
        (
            facts(Presence::Gone, true, &[]),
            "needed: a session is running",
            "needed: a session is running",
        ),
        (
            facts(Presence::Gone, false, &[PODMAN]),
            goes,
            "needed: podman was not asked, and may have its home",
        ),
    ] {
        assert_verdicts(&facts, &[("ocx-p-home-1", of_home), ("/p", of_store)]);
    }
    for item in judge(&facts(Presence::Gone, false, &[]), &Keep::default(), now()) {
        assert!(!item.goes(WithUserData::No), "{item:?}");
        assert!(item.goes(WithUserData::Yes), "{item:?}");
    }
}

#[test]
fn what_is_young_stays_if_that_is_asked_for() {
    let facts = Facts {
        projects: vec![project("/p", Presence::Gone)],
        images: vec![layer("1", "team", "1.0.300"), base("b", "team")],
        programs: [opencode("1.0.300")].into(),
        volumes: vec![home("/p")],
        ..Facts::default()
    };
    let going = |days| {
        let keep = Keep {
            versions: 0,
            younger_than: days * DAY,
        };
        let items = judge(&facts, &keep, now());
        items
            .iter()
            .filter(|item| item.goes(WithUserData::Yes))
            .count()
    };
    assert_eq!((going(9), going(11)), (5, 0));
}

#[test]
fn a_context_lasts_a_day_and_what_was_half_removed_does_not() {
    let young = FileFact {
        since: now() - DAY / 2,
        ..file("/cache/contexts/young")
    };
    let facts = Facts {
        contexts: vec![file("/cache/contexts/old"), young],
        leftovers: vec![file("/cache")],
        cache: vec![file("/cache")],
        ..Facts::default()
    };
    assert_verdicts(
        &facts,
        &[
            ("/cache/contexts/old", "goes: left over"),
            ("/cache/contexts/young", "needed: not that old"),
            ("/cache", "goes: left over"),
            ("/cache", "needed: ocx's own"),
        ],
    );
    let kinds: Vec<DiskKind> = judge(&facts, &Keep::default(), now())
        .iter()
        .map(|item| item.kind)
        .collect();
    assert_eq!(kinds[2..], [DiskKind::Leftover, DiskKind::Cache]);
}
