//! What every [`ContainerRuntime`] must do, as checks that are run on a real engine.
//!
//! A check believes nothing that the runtime says of itself: it reads what is in the container, and
//! asks a [`Witness`] that asks the engine past the runtime. That each check can fail is shown with
//! [mutants](crate::testing::Mutant) of real backends.
//!
//! ```no_run
//! # async fn check(runtime: &dyn ocx_core::runtime::ContainerRuntime,
//! #                witness: &dyn ocx_core::testing::Witness) {
//! use ocx_core::{spec::UserMapping, testing::conformance::{Finding, Fixture, Suite}};
//!
//! let fixture = Fixture {
//!     image: "debian:bookworm-slim".parse().unwrap(),
//!     prefix: "my-test-1".to_owned(),
//!     directory: "/home/jane/scratch".into(),
//!     user: UserMapping::Direct { uid: 1000, gid: 1000 },
//! };
//! let suite = Suite { runtime, witness, fixture: &fixture };
//! for check in suite.run().await {
//!     assert!(!matches!(check.finding, Finding::Broken(_)), "{check:?}");
//! }
//! # }
//! ```

mod builds;
mod confinement;
mod containers;
mod engine;
mod files;
mod held;
mod images;
mod lifecycle;
mod limits;
mod networks;
mod rehearsal;
mod running;
mod streams;
mod verdict;

use camino::Utf8PathBuf;
use futures_util::future::BoxFuture;

pub use self::verdict::{Check, Finding};
use self::verdict::{Found, Verdict};
use super::Witness;
use crate::{
    image::{ImageHandle, ImageReference},
    runtime::{ContainerRuntime, RunOutcome},
    spec::{Output, RunSpec, Stdin, UserMapping},
    testing::run_spec,
};

/// What the checks are run with.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// An image in local storage with a shell and the usual small programs (`id`, `cat`, `sleep`,
    /// `grep`), such as Debian's or Alpine's.
    pub image: ImageReference,
    /// The beginning of the names of all images, containers and volumes that are made. What is made
    /// is removed again, unless a check fails half-way.
    pub prefix: String,
    /// An empty directory of the caller's that containers of the engine can mount.
    pub directory: Utf8PathBuf,
    /// How the caller appears in containers of this engine.
    pub user: UserMapping,
}

type CheckFunction = for<'a> fn(&'a Suite<'a>) -> BoxFuture<'a, Verdict>;

/// The engine under test, and what it is tested with.
///
/// Nothing else may write to standard output while a check runs: one of them looks at what arrives
/// there.
#[derive(Clone, Copy, Debug)]
pub struct Suite<'a> {
    /// What is tested.
    pub runtime: &'a dyn ContainerRuntime,
    /// Who tells what the runtime really did.
    pub witness: &'a dyn Witness,
    /// What the checks are run with.
    pub fixture: &'a Fixture,
}

fn checks() -> impl Iterator<Item = &'static (&'static str, CheckFunction)> {
    [
        engine::CHECKS,
        images::CHECKS,
        builds::CHECKS,
        containers::CHECKS,
        streams::CHECKS,
        files::CHECKS,
        lifecycle::CHECKS,
        networks::CHECKS,
        limits::CHECKS,
        confinement::CHECKS,
        rehearsal::CHECKS,
        running::CHECKS,
    ]
    .into_iter()
    .flatten()
}

/// The names of all checks.
pub fn names() -> impl Iterator<Item = &'static str> {
    checks().map(|(name, _)| *name)
}

impl Suite<'_> {
    /// Runs all checks, one after the other.
    pub async fn run(&self) -> Vec<Check> {
        self.run_those(|_| true).await
    }

    /// Runs the checks whose names are chosen, one after the other.
    pub async fn run_those(&self, chosen: impl Fn(&str) -> bool) -> Vec<Check> {
        let mut done = Vec::new();
        for (name, check) in checks().filter(|(name, _)| chosen(name)) {
            let finding = check(self).await.into();
            done.push(Check { name, finding });
        }
        done
    }

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
            init: crate::spec::Init::Program,
            stdin: Stdin::Null,
            output: Output::Capture,
            ..run_spec()
        }
    }

    /// Runs a container and returns what its program wrote to standard output; it must end well.
    async fn output(&self, spec: &RunSpec) -> Found<String> {
        let mut outcome = self.outcome(spec).await?;
        // An engine may lose what a program prints that ends at once (Docker 26.1, on a busy machine).
        if outcome.exit.success() && outcome.stdout.is_empty() {
            outcome = self.outcome(spec).await?;
        }
        let stdout = String::from_utf8_lossy(&outcome.stdout).into_owned();
        if outcome.exit.success() {
            Ok(stdout)
        } else {
            let stderr = String::from_utf8_lossy(&outcome.stderr).into_owned();
            Err(format!("{:?}\n{stdout}{stderr}", outcome.exit).into())
        }
    }

    async fn outcome(&self, spec: &RunSpec) -> Found<RunOutcome> {
        let unique = held::unique(&self.fixture.directory, "container");
        let name = unique.file_name().unwrap_or_default();
        let name = format!("{}-{name}", self.fixture.prefix);
        let spec = RunSpec {
            name: Some(name.parse().map_err(|error| format!("{error}"))?),
            ..spec.clone()
        };
        Ok(self.runtime.run(&spec).await?)
    }

    async fn remove(&self, image: &ImageReference) -> Verdict {
        let handle = ImageHandle::Name(image.clone());
        Ok(self.runtime.remove_image(&handle).await?)
    }
}

/// A boxed check, so that checks of different types stand in one list.
macro_rules! check {
    ($name:literal, $function:ident) => {
        ($name, |suite| Box::pin($function(suite)))
    };
}
use check;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn no_two_checks_have_one_name() {
        let names: Vec<&str> = super::names().collect();
        let different: BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(names.len(), different.len());
    }
}
