//! Getting container engines, for the tests, the demo and the measurements.

mod docker;
mod docker_rootless;
mod packages;
mod podman;
mod release;
mod start;
pub(crate) mod version;

use ocx_tests::{
    bases,
    engine::{Engine, Lane, Release},
    image_registry,
    reaper::Reaper,
    run_id::RunId,
};

use crate::step::{Outcome, cargo, run, say};

/// Engines, and the run whose remains are removed from them.
#[derive(Debug)]
pub(crate) struct Engines {
    engines: Vec<Engine>,
    pub(crate) run: RunId,
    reaper: Reaper,
}

impl Engines {
    /// Makes sure that engines of these lanes answer and have a Debian image. Those that answer
    /// already are used as they are. What had to be started is stopped, and what was made is
    /// removed, when this process ends, in whatever way.
    pub(crate) fn get(lanes: &[Lane]) -> Outcome<Self> {
        if !cfg!(target_os = "linux") {
            return Err("this needs Linux: containers and images are made on this machine".into());
        }
        // The reaper is one of the programs of the tests.
        run(&mut cargo(&[
            "build",
            "--quiet",
            "--package=ocx-tests",
            "--bins",
        ]))?;
        make_files(lanes)?;
        let this = RunId::of_this_process();
        // Before anything is started. It finds the rootless engines of the run by itself.
        let daemon = match lanes.contains(&Lane::Docker) {
            true => docker::start_if_missing()?,
            false => None,
        };
        let reaper = Reaper::start(&this, daemon);
        for lane in lanes {
            match lane {
                Lane::Docker => {}
                Lane::DockerRootless => docker_rootless::start_if_missing(&this)?,
                Lane::Podman => podman::prepare()?,
                // Those of a release start together.
                Lane::DockerTrixie
                | Lane::PodmanTrixie
                | Lane::DockerTesting
                | Lane::PodmanTesting => {}
            }
        }
        for release in Release::ALL {
            if lanes.iter().any(|lane| lane.release() == Some(release)) {
                release::start(release, lanes, &this)?;
            }
        }
        let engines = lanes
            .iter()
            .map(|lane| Engine::find(*lane, &this).map_err(|reason| reason.to_string()))
            .collect::<Outcome<Vec<_>>>()?;
        for engine in &engines {
            provide_debian(engine)?;
        }
        Ok(Self {
            engines,
            run: this,
            reaper,
        })
    }

    /// Like [`get`](Self::get), for one engine: the wanted one, else any that answers, else Docker.
    pub(crate) fn get_one(wanted: Option<Lane>) -> Outcome<Self> {
        let this = RunId::of_this_process();
        let kind = wanted.or_else(|| {
            Lane::ALL
                .into_iter()
                .find(|lane| Engine::find(*lane, &this).is_ok())
        });
        Self::get(&[kind.unwrap_or(Lane::Docker)])
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[Engine] {
        &self.engines
    }

    /// The first one.
    pub(crate) fn first(&self) -> &Engine {
        &self.engines[0]
    }

    /// Removes what was made, and stops what was started.
    pub(crate) fn finish(self) {
        say("removing what this run made");
        self.reaper.finish();
    }
}

/// Makes the files of the Debian releases that `lanes` need, unless they are there.
pub(crate) fn make_files(lanes: &[Lane]) -> Outcome {
    release::make_files(lanes)
}

/// Installs what the tests make their base images with, or fetch them from, beside the engines.
pub(crate) fn prepare_bases() -> Outcome {
    packages::install_missing(&[
        ("mmdebstrap", "mmdebstrap"),
        ("pip3", "python3-pip"),
        (image_registry::PROGRAM, image_registry::PROGRAM),
    ])
}

/// Installs what completions and manual pages are tried with, if that can be done. Tests say what they skip
/// without it.
pub(crate) fn prepare_shells() {
    let missing =
        packages::install_missing(&[("zsh", "zsh"), ("fish", "fish"), ("mandoc", "mandoc")]);
    if let Err(reason) = missing {
        say(&format!(
            "completions and manual pages are tried in part only: {reason}"
        ));
    }
}

fn provide_debian(engine: &Engine) -> Outcome {
    if engine.image(bases::DEBIAN).is_some() {
        return Ok(());
    }
    say(&format!(
        "getting a Debian base image for {}: from its registry, or made from Debian's archive (30 s)",
        engine.lane()
    ));
    // The registry needs no further package, so it comes first.
    if bases::provide_debian(engine).is_err() {
        packages::install_missing(&[("mmdebstrap", "mmdebstrap")])?;
        bases::provide_debian(engine)?;
    }
    Ok(())
}
