//! Seeing to a session's image before it runs.

use super::run::Session;
use crate::{base::resolve_base, ops::SessionError};

impl Session {
    /// Sees to it that the image is there and is what the session would run in, and builds it if not: for
    /// who wants that over before the session runs out of sight.
    ///
    /// # Errors
    ///
    /// See [`SessionError`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
    /// use ocx_core::Program;
    ///
    /// let session = ocx.session(Program::opencode(["run", "fix the tests"]));
    /// session.prepare().await?;
    /// let running = tokio::spawn(session.run());
    /// println!("{:?}", running.await?);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn prepare(&self) -> Result<(), SessionError> {
        let ocx = self.ocx();
        let result = Box::pin(async {
            let (project, host) = (&ocx.project, &ocx.host);
            let base = resolve_base(&ocx.settings, &project.root, &host.dirs.config)?;
            let engine = ocx.engine_facts().await?.info().clone();
            ocx.ready_image(&base, &engine).await.map(drop)
        })
        .await;
        ocx.forget_engine_info_after(&result);
        result
    }
}
