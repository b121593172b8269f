//! Runs that ended well and whose output did not arrive.
//!
//! What a container prints reaches an engine's client on a stream of its own, and Docker waits for it
//! two seconds and no longer: on a busy machine `docker run` may end with 0 and print nothing (seen
//! once with 26.1). A program that always says something is asked once more then, before anything is
//! made of its silence.

use crate::ops::{Ocx, session::name_before};
use crate::{
    runtime::{RunOutcome, Started},
    spec::RunSpec,
};

impl Ocx {
    /// Whether a program that has to print something when it ends well did so, and nothing came.
    pub(in crate::ops) fn is_output_lost(&self, outcome: &RunOutcome) -> bool {
        // A dry run takes everything to have gone well.
        !self.is_dry_run()
            && outcome.exit.success()
            && outcome.started == Started::Yes
            && outcome.stdout.is_empty()
    }
}

/// The same run once more. The first container may still be about to be removed.
pub(in crate::ops) fn once_more(spec: &RunSpec) -> RunSpec {
    RunSpec {
        name: name_before(spec, "again"),
        ..spec.clone()
    }
}
