//! Builds, and the whole way from a Dockerfile to the first program.

use std::{cell::Cell, fs};

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    report::Comparison,
    scene::{Scene, split},
    timing::{Contest, Pairs, pairs},
};
use crate::step::{Outcome, read};

/// The layer and its trial, beside the same by hand: as little as a person may type, and all that ocx
/// does.
pub(super) fn layer(scene: &Scene<'_>) -> Outcome<Vec<Comparison>> {
    let force = ["build", "--force"];
    let image = format!("{}-by-hand", scene.sandbox.name());
    let base = base_of(scene, "ocx.toml");
    let hand = ByHand::new(scene, &force, &base, &image)?;
    let build = vec![hand.build()];
    let trial = scene
        .planned_one(&force, "run")?
        .iter()
        .map(|word| if is_temporary(word) { &image } else { word })
        .map(|word| shell_words::quote(word).into_owned())
        .collect::<Vec<_>>()
        .join(" ");
    let build_and_run = vec![hand.build(), trial];
    let plan = Cell::new(Vec::new());
    let times = Contest {
        rounds: scene.long_rounds(),
        commands: vec![
            Box::new(|| scene.ocx(&force)),
            Box::new(|| scene.script(&build)),
            Box::new(|| scene.script(&build_and_run)),
            Box::new(|| scene.script(&plan.take())),
        ],
        before: Box::new(|_| {
            let _ = scene.cli().ask(&["rmi", "--force", &image]);
            // ocx removes the build context when it is done with it; the plan needs it.
            plan.set(scene.planned(&force)?);
            Ok(())
        }),
    }
    .run()?;
    let program = scene.program();
    let row = |beside: String, bare| Comparison {
        what: "layer build with its trial, `ocx build --force`".to_owned(),
        beside,
        times: Pairs::of(&times, 0, bare),
    };
    Ok(vec![
        row(
            format!("`{program} build` of the same context, and no trial"),
            1,
        ),
        row(
            format!(
                "`{program} build` of the same context, then `{program} run … opencode --version`"
            ),
            2,
        ),
        row(
            format!("the same `{program} tag`, `build`, `run … opencode --version`, `tag`, `rmi`"),
            3,
        ),
    ])
}

pub(super) fn no_op(scene: &Scene<'_>) -> Outcome<Vec<Comparison>> {
    let output = scene.invocation(&["--verbose", "build"]).run().success();
    let line = output
        .stderr()
        .lines()
        .find_map(|line| line.strip_prefix("$ "))
        .ok_or("a no-op build that asks the engine nothing")?
        .to_owned();
    let words = split(&line)?;
    let times = pairs(
        scene.rounds,
        || scene.ocx(&["build"]),
        || scene.by_hand(&words),
        || {},
    )?;
    Ok(vec![Comparison {
        what: "no-op build, `ocx build`".to_owned(),
        beside: format!("one `{} image inspect` of two images", scene.program()),
        times,
    }])
}

/// Base, layer and first program, with nothing there before but opencode's binary and the image that
/// the base is made from.
pub(super) fn cold_path(scene: &Scene<'_>) -> Outcome<Vec<Comparison>> {
    let name = scene.sandbox.name();
    let (base, by_hand) = (format!("{name}-cold"), format!("{name}-cold-by-hand"));
    let layer = format!("{by_hand}-ocx");
    // The user's own, which is built without a question.
    let directory = scene.sandbox.root().join("home/.config/ocx/cold");
    let image_setting = format!("custom_base_image={base}");
    let dockerfile_setting = format!("custom_base_dockerfile={directory}/Dockerfile");
    let project = scene.sandbox.project().with_file_name("cold");
    scene.sandbox.make_directory(&project);
    let settings = [
        "--workspace",
        project.as_str(),
        "--set",
        &image_setting,
        "--set",
        &dockerfile_setting,
    ];
    let with_settings = |words: &[&'static str]| -> Vec<&str> {
        settings
            .iter()
            .copied()
            .chain(words.iter().copied())
            .collect()
    };
    let session = with_settings(&["opencode", "--version"]);
    let force = with_settings(&["build", "--force"]);
    // Other content each time, so that nothing comes from the engine's build cache.
    let round = Cell::new(0);
    let write_dockerfile = || {
        round.set(round.get() + 1);
        let text = format!(
            "FROM {}\nENV ROUND={}\nRUN echo $ROUND > /round\nWORKDIR /srv\n",
            scene.debian(),
            round.get()
        );
        scene.sandbox.write(directory.join("Dockerfile"), text);
    };
    write_dockerfile();
    scene.once(&session);
    let hand = ByHand::new(scene, &force, &by_hand, &layer)?;
    let run = scene.planned_one(&session, "run")?;
    let image = run
        .iter()
        .rposition(|word| word == "opencode")
        .and_then(|position| position.checked_sub(1))
        .ok_or("the planned run has no image")?;
    let ocx_image = run[image].clone();
    let mut by_hand_run = run.clone();
    by_hand_run[image].clone_from(&layer);
    let steps = [
        format!("{} build --tag {by_hand} {directory}", scene.program()),
        hand.build(),
        shell_words::join(&by_hand_run),
    ];
    let home = Cell::new(Utf8PathBuf::new());
    let times = Contest {
        rounds: scene.long_rounds(),
        commands: vec![
            Box::new(|| scene.ocx_with_home(&home.take(), &session)),
            Box::new(|| scene.script(&steps)),
        ],
        before: Box::new(|_| {
            for image in [&ocx_image, &base, &layer, &by_hand] {
                let _ = scene.cli().ask(&["rmi", "--force", image]);
            }
            write_dockerfile();
            let new = scene
                .sandbox
                .root()
                .join(format!("home/cold-{}", round.get()));
            with_binaries(scene, &new)?;
            home.set(new);
            Ok(())
        }),
    }
    .run()?;
    let program = scene.program();
    Ok(vec![Comparison {
        what: "the cold path, `ocx opencode --version` with neither base nor layer".to_owned(),
        beside: format!("`{program} build` of the base, `build` of the layer, `run`"),
        times: Pairs::of(&times, 0, 1),
    }])
}

/// A home directory in which ocx remembers nothing and has opencode's binaries.
fn with_binaries(scene: &Scene<'_>, home: &Utf8Path) -> Outcome {
    let (from, to) = (scene.sandbox.cache().join("ocx"), home.join("cache/ocx"));
    for directory in [&to, &home.join("state"), &home.join("data")] {
        scene.sandbox.make_directory(directory);
    }
    for kept in BINARIES {
        let words = ["/bin/cp", "-al", from.join(kept).as_str(), to.as_str()].map(str::to_owned);
        read(&mut scene.by_hand(&words))?;
    }
    Ok(())
}

/// Where ocx keeps what it has downloaded, below its cache.
const BINARIES: [&str; 2] = ["opencode", "ripgrep"];

fn base_of(scene: &Scene<'_>, settings: &str) -> String {
    let text = scene.sandbox.read(settings);
    let name = text.split('"').nth(1);
    name.unwrap_or_default().to_owned()
}

/// Whether this names an image that a build of ocx gives up again.
fn is_temporary(word: &str) -> bool {
    word.contains("ocx-tmp---")
}

/// The layer as somebody would build it who has its build context.
struct ByHand {
    context: Utf8PathBuf,
    words: Vec<String>,
}

impl ByHand {
    /// The same context and flags that ocx would use, on a base with another name.
    fn new(scene: &Scene<'_>, force: &[&str], base: &str, image: &str) -> Outcome<Self> {
        let mut words = scene.planned_one(force, "build")?;
        let last = words.pop().ok_or("the planned build has no context")?;
        let planned = Utf8PathBuf::from(last);
        let context = scene.sandbox.root().join(format!("home/{image}-context"));
        let copy = ["/bin/cp", "-al", planned.as_str(), context.as_str()].map(str::to_owned);
        read(&mut scene.by_hand(&copy))?;
        let dockerfile = planned.join("Dockerfile");
        let text = fs::read_to_string(&dockerfile).map_err(|error| error.to_string())?;
        let (_, rest) = text.split_once('\n').ok_or("an empty Dockerfile")?;
        // Not the linked file itself.
        let own = context.join("Dockerfile");
        fs::remove_file(&own).map_err(|error| error.to_string())?;
        scene.sandbox.write(&own, format!("FROM {base}\n{rest}"));
        for word in &mut words {
            if is_temporary(word) {
                *word = image.to_owned();
            } else if *word == dockerfile {
                *word = own.to_string();
            }
        }
        Ok(Self { context, words })
    }

    fn build(&self) -> String {
        format!("{} {}", shell_words::join(&self.words), self.context)
    }
}
