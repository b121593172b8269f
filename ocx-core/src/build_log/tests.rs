use proptest::prelude::*;

use super::*;

const RECORDED: [(&str, &str); 10] = [
    ("classic", include_str!("recorded/classic.txt")),
    (
        "classic_failed",
        include_str!("recorded/classic_failed.txt"),
    ),
    (
        "classic_cached",
        include_str!("recorded/classic_cached.txt"),
    ),
    ("buildkit_20", include_str!("recorded/buildkit_20.txt")),
    (
        "buildkit_20_failed",
        include_str!("recorded/buildkit_20_failed.txt"),
    ),
    (
        "buildkit_29_failed",
        include_str!("recorded/buildkit_29_failed.txt"),
    ),
    ("podman", include_str!("recorded/podman.txt")),
    ("podman_failed", include_str!("recorded/podman_failed.txt")),
    (
        "podman_without_layers",
        include_str!("recorded/podman_without_layers.txt"),
    ),
    ("podman_cached", include_str!("recorded/podman_cached.txt")),
];

fn read(text: &str) -> (BuildLog, Vec<Vec<Told>>) {
    let mut log = BuildLog::new(100);
    let told = text.lines().map(|line| log.read(line)).collect();
    (log, told)
}

fn recorded(name: &str) -> &'static str {
    let found = RECORDED.iter().find(|(known, _)| *known == name);
    found.expect("it is recorded").1
}

/// The steps that have a place in the Dockerfile.
fn steps(name: &str) -> Vec<String> {
    let (log, _) = read(recorded(name));
    let steps = log.steps.iter().map(|kept| &kept.step);
    let placed = steps.filter(|step| !step.place.is_empty());
    placed.map(ToString::to_string).collect()
}

#[test]
fn the_steps_of_each_builder() {
    assert_eq!(
        steps("classic"),
        [
            "[1/6] FROM basebox:1 AS one",
            "[2/6] RUN echo hello && echo world >&2",
            "[3/6] FROM basebox:1",
            "[4/6] COPY --from=one /bin/busybox /bin/b2",
            "[5/6] RUN echo \"Step 9/9 : not a step\" && sleep 1",
            "[6/6] ENV A=b",
        ]
    );
    assert_eq!(steps("classic_cached"), steps("classic"));
    assert_eq!(
        steps("buildkit_20"),
        [
            "[one 1/2] FROM docker.io/library/basebox:1",
            "[one 2/2] RUN echo hello && echo world >&2",
            "[stage-1 2/3] COPY --from=one /bin/busybox /bin/b2",
            "[stage-1 3/3] RUN echo \"Step 9/9 : not a step\" && sleep 1",
        ]
    );
    assert_eq!(
        steps("podman"),
        [
            "[1/2 1/2] FROM localhost/basebox:1 AS one",
            "[1/2 2/2] RUN echo hello && echo world >&2",
            "[2/2 1/4] FROM localhost/basebox:1",
            "[2/2 2/4] COPY --from=one /bin/busybox /bin/b2",
            "[2/2 3/4] RUN echo \"Step 9/9 : not a step\" && sleep 1",
            "[2/2 4/4] ENV A=b",
        ]
    );
    for name in ["podman_cached", "podman_without_layers"] {
        assert_eq!(steps(name), steps("podman"), "{name}");
    }
}

#[test]
fn the_step_that_failed_with_what_it_printed() {
    for (name, place) in [
        ("classic_failed", "4/5"),
        ("buildkit_20_failed", "3/3"),
        ("buildkit_29_failed", "3/3"),
        ("podman_failed", "4/5"),
    ] {
        let (log, _) = read(recorded(name));
        let failed = log.failed().expect(name);
        assert_eq!(failed.step.place, place, "{name}");
        let instruction = "RUN echo working && echo complaint >&2 && exit 3";
        assert_eq!(failed.step.instruction, instruction, "{name}");
        let said = failed.lines.join("\n");
        assert!(
            said.contains("working") && said.contains("complaint"),
            "{name}: {said}"
        );
        assert!(!said.contains("second"), "{name}: {said}");
    }
}

#[test]
fn a_build_that_went_well_has_no_failed_step() {
    for name in ["buildkit_20", "classic", "podman", "podman_cached"] {
        let (log, _) = read(recorded(name));
        assert_eq!(
            log.failed().map(|failed| failed.step.to_string()),
            None,
            "{name}"
        );
    }
}

#[test]
fn stages_that_are_built_at_once_are_told_apart() {
    let (log, told) = read(recorded("buildkit_29_failed"));
    let beside = recorded("buildkit_29_failed")
        .lines()
        .position(|line| line.contains("beside"));
    let [Told::Of(step)] = told[beside.unwrap()][..] else {
        panic!("{told:?}");
    };
    assert_eq!(
        log.step(step).unwrap().to_string(),
        "[other 2/2] RUN sleep 1"
    );
    // What the builder says in the end belongs to no step.
    assert_eq!(told.last().unwrap(), &[Told::Loose]);
}

#[test]
fn what_is_no_build_is_loose() {
    for text in [
        "Using default tag: latest\nabc: Pulling fs layer\n",
        "#5 odd\nStep 2/3 : x\nSTEP x\n",
    ] {
        let (log, told) = read(text);
        assert!(told.iter().all(|told| told == &[Told::Loose]), "{told:?}");
        assert_eq!(log.failed(), None);
    }
}

#[test]
fn of_a_long_step_the_end_is_kept() {
    let mut log = BuildLog::new(3);
    log.read("STEP 1/1: RUN seq 9");
    for number in 1..=9 {
        log.read(&number.to_string());
    }
    let failed = log.failed().unwrap();
    assert_eq!(
        (failed.lines.join(" ").as_str(), failed.left_out),
        ("7 8 9", 7)
    );
}

fn any_line() -> impl Strategy<Value = String> {
    let all: Vec<String> = RECORDED
        .iter()
        .flat_map(|(_, text)| text.lines().map(str::to_owned))
        .collect();
    prop_oneof![
        prop::sample::select(all),
        "[#\\[\\]A-Z0-9/: \\x1b>-]{0,24}",
        ".{0,40}"
    ]
}

proptest! {
    /// Whatever is printed: each line is told once, of a step that has begun and not ended twice.
    #[test]
    fn each_line_is_told_once(lines in prop::collection::vec(any_line(), 0..80)) {
        let mut log = BuildLog::new(usize::MAX);
        let mut ended = std::collections::BTreeSet::new();
        for line in &lines {
            let told = log.read(line);
            let own = told.iter().filter(|told| !matches!(told, Told::Ended(..)));
            prop_assert!(own.count() <= 1 && !told.is_empty());
            for told in told {
                match told {
                    Told::Ended(step, _) => prop_assert!(ended.insert(step)),
                    Told::Began(step) | Told::Of(step) => prop_assert!(log.step(step).is_some()),
                    Told::Loose => {}
                }
            }
        }
    }
}
