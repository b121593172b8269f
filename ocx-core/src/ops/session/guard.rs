//! What must be put in order after a session, however it ends.

use std::thread;

use crate::ops::{Ocx, session::prepare::Prepared};
use crate::spec::ContainerName;

/// A session whose container runs, or is about to. A future that is dropped ends here: its container is
/// stopped, refreshed credentials are given back, and then the locks are released.
pub(in crate::ops) struct OpenSession {
    open: Option<(Ocx, Prepared, Option<ContainerName>)>,
}

impl OpenSession {
    pub(in crate::ops) fn new(
        ocx: &Ocx,
        prepared: Prepared,
        container: Option<ContainerName>,
    ) -> Self {
        Self {
            open: Some((ocx.clone(), prepared, container)),
        }
    }

    /// The container has ended; the caller puts the rest in order.
    pub(in crate::ops) fn ended(mut self) -> Prepared {
        let (_, prepared, _) = self.open.take().expect("it is taken once");
        prepared
    }
}

impl Drop for OpenSession {
    fn drop(&mut self) {
        let Some((ocx, prepared, container)) = self.open.take() else {
            return;
        };
        if ocx.is_dry_run() {
            return;
        }
        // Nobody can wait in here, and the caller's runtime may be about to end. Where no thread can be
        // had, the locks are released at once, and the next session cleans up.
        let _ = thread::Builder::new()
            .name("ocx-end".to_owned())
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build();
                if let Ok(runtime) = runtime {
                    runtime.block_on(ocx.end_abandoned_session(prepared, container));
                }
            });
    }
}
