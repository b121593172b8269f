//! What a session's parts hold, and that it is put in order however the session ends.

use std::thread;

use futures_util::future::select_all;

use crate::ops::{
    Ocx, SessionError,
    session::parts::{GRACE, Guard, Opening, Part},
};
use crate::{runtime::ContainerId, session::plan::Contribution, spec::ContainerName};

/// The guards of a session. A future that is dropped ends here: its container is stopped, and then the
/// guards end, in the reverse order in which they began.
#[derive(Debug)]
pub(in crate::ops) struct Guards {
    held: Option<Held>,
}

#[derive(Debug)]
struct Held {
    ocx: Ocx,
    guards: Vec<Box<dyn Guard>>,
    container: Option<ContainerName>,
}

impl Guards {
    pub(in crate::ops) fn new(ocx: &Ocx) -> Self {
        Self {
            held: Some(Held {
                ocx: ocx.clone(),
                guards: Vec::new(),
                container: None,
            }),
        }
    }

    fn held(&mut self) -> &mut Held {
        self.held.as_mut().expect("it is taken only at the end")
    }

    /// Begins the parts and returns what they add to the container. After a failure, those that have
    /// begun still have to [`end`](Self::end).
    pub(in crate::ops) async fn begin(
        &mut self,
        parts: &[&dyn Part],
        opening: &Opening<'_>,
    ) -> Result<Vec<Contribution>, SessionError> {
        let mut contributions = Vec::with_capacity(parts.len());
        for part in parts {
            let begun = part.begin(opening).await?;
            contributions.push(Contribution {
                purpose: part.purpose(),
                ..begun.contribution
            });
            self.held().guards.extend(begun.guard);
        }
        Ok(contributions)
    }

    /// From now on the container is stopped if the session is dropped.
    pub(in crate::ops) fn stop_at_end(&mut self, container: ContainerName) {
        self.held().container = Some(container);
    }

    /// Runs beside the container; ends only if the session has to be stopped, with the reason.
    pub(in crate::ops) async fn watch(&mut self) -> SessionError {
        let Held { ocx, guards, .. } = self.held();
        if guards.is_empty() {
            return std::future::pending().await;
        }
        let watching = guards.iter_mut().map(|guard| guard.watch(ocx));
        select_all(watching).await.0
    }

    /// Puts everything in order, after the container has ended.
    pub(in crate::ops) async fn end(mut self) {
        if let Some(held) = self.held.take() {
            held.end().await;
        }
    }
}

impl Held {
    /// In a dry run nothing ran that could have left anything.
    async fn end(mut self) {
        while let Some(guard) = self.guards.pop() {
            if !self.ocx.is_dry_run() {
                guard.end(&self.ocx).await;
            }
        }
    }

    /// The same for a session that nobody waits for any more, and whose container may run.
    async fn abandon(mut self) {
        if let Some(container) = self.container.take() {
            let container = ContainerId(container.to_string());
            let _ = self.ocx.runtime.stop_container(&container, GRACE).await;
        }
        self.end().await;
    }
}

impl Drop for Guards {
    fn drop(&mut self) {
        let Some(held) = self.held.take() else {
            return;
        };
        if held.ocx.is_dry_run() || held.guards.is_empty() {
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
                    runtime.block_on(held.abandon());
                }
            });
    }
}
