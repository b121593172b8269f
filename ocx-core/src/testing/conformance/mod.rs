//! What every [`ContainerRuntime`] must do, as checks that are run on a real engine.
//!
//! ```no_run
//! # async fn check(runtime: &dyn ocx_core::runtime::ContainerRuntime) {
//! use ocx_core::{plan::UserMapping, testing::conformance::{Fixture, run}};
//!
//! let fixture = Fixture {
//!     image: "debian:bookworm-slim".parse().unwrap(),
//!     prefix: "my-test-1".to_owned(),
//!     directory: "/home/jane/scratch".into(),
//!     user: UserMapping::Direct { uid: 1000, gid: 1000 },
//! };
//! for check in run(runtime, &fixture).await {
//!     assert!(check.problem.is_none(), "{}: {:?}", check.name, check.problem);
//! }
//! # }
//! ```

mod confinement;
mod containers;
mod images;
mod running;

use std::fmt::Debug;

use camino::Utf8PathBuf;
use futures_util::future::BoxFuture;

use crate::{
    image::{ImageHandle, ImageReference},
    plan::{Output, RunSpec, Stdin, UserMapping},
    runtime::{ContainerRuntime, RunOutcome},
    testing::run_spec,
};

/// What the checks are run with.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// An image in local storage with a shell and the usual small programs (`id`, `cat`, `sleep`,
    /// `grep`), such as Debian's or Alpine's.
    pub image: ImageReference,
    /// The beginning of the names of all images, containers and volumes that are made. What is made
    /// is removed again, but for one volume, and unless a check fails half-way.
    pub prefix: String,
    /// An empty directory of the caller's that containers of the engine can mount.
    pub directory: Utf8PathBuf,
    /// How the caller appears in containers of this engine.
    pub user: UserMapping,
}

/// A check that was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What must hold.
    pub name: &'static str,
    /// Why it does not.
    pub problem: Option<String>,
}

/// A sentence that is true, or why it is not.
type Verdict = Result<(), String>;

type CheckFunction = for<'a> fn(&'a Suite<'a>) -> BoxFuture<'a, Verdict>;

/// The engine under test.
struct Suite<'a> {
    runtime: &'a dyn ContainerRuntime,
    fixture: &'a Fixture,
}

/// Runs all checks, one after the other.
pub async fn run(runtime: &dyn ContainerRuntime, fixture: &Fixture) -> Vec<Check> {
    let suite = Suite { runtime, fixture };
    let mut checks = Vec::new();
    for (name, check) in images::CHECKS
        .iter()
        .chain(containers::CHECKS)
        .chain(confinement::CHECKS)
        .chain(running::CHECKS)
    {
        checks.push(Check {
            name,
            problem: check(&suite).await.err(),
        });
    }
    checks
}

impl Suite<'_> {
    /// A name for an image of the check's own.
    fn image_name(&self, suffix: &str) -> ImageReference {
        format!("{}-{suffix}:1", self.fixture.prefix)
            .parse()
            .expect("the prefix is fit for a name")
    }

    /// A container that runs a shell script as the caller, with its output captured.
    fn script(&self, script: &str) -> RunSpec {
        RunSpec {
            image: self.fixture.image.clone(),
            command: ["sh", "-c", script].map(str::to_owned).to_vec(),
            working_directory: "/".into(),
            user: self.fixture.user,
            init: crate::plan::Init::Program,
            stdin: Stdin::Null,
            output: Output::Capture,
            ..run_spec()
        }
    }

    /// Runs a container and returns what its program wrote to standard output; it must end well.
    async fn output(&self, spec: &RunSpec) -> Result<String, String> {
        let outcome = self.outcome(spec).await?;
        let stdout = String::from_utf8_lossy(&outcome.stdout).into_owned();
        if outcome.exit.success() {
            Ok(stdout)
        } else {
            let stderr = String::from_utf8_lossy(&outcome.stderr).into_owned();
            Err(format!("{:?}\n{stdout}{stderr}", outcome.exit))
        }
    }

    async fn outcome(&self, spec: &RunSpec) -> Result<RunOutcome, String> {
        // With a file for the ID an engine's own failure can be told from the program's.
        let id_file = self.fixture.directory.join("container-id");
        let _ = std::fs::remove_file(&id_file);
        let spec = RunSpec {
            id_file: Some(id_file.clone()),
            ..spec.clone()
        };
        let outcome = self.runtime.run(&spec).await;
        let _ = std::fs::remove_file(&id_file);
        outcome.map_err(described)
    }

    async fn remove(&self, image: &ImageReference) -> Verdict {
        let handle = ImageHandle::Name(image.clone());
        self.runtime.remove_image(&handle).await.map_err(described)
    }
}

/// An error with its causes.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it is used as a function from error to text"
)]
fn described(error: crate::runtime::RuntimeError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "both are values of the moment, as in `assert_eq!`"
)]
fn equal<T: PartialEq + Debug>(found: T, expected: T) -> Verdict {
    if found == expected {
        Ok(())
    } else {
        Err(format!("found {found:?}, expected {expected:?}"))
    }
}

fn holds(condition: bool, otherwise: impl FnOnce() -> String) -> Verdict {
    if condition { Ok(()) } else { Err(otherwise()) }
}

/// A boxed check, so that checks of different types stand in one list.
macro_rules! check {
    ($name:literal, $function:ident) => {
        ($name, |suite| Box::pin($function(suite)))
    };
}
use check;
