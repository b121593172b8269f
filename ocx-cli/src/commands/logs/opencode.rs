//! opencode's own log.

use std::process::ExitCode;

use ocx_core::{
    host::Host,
    ops::{self, OpencodeLog},
    project::Project,
};

use super::{LOOK, file::show_rest};
use crate::{args::GlobalArgs, failure::Failure, output};

/// Shows the newest of a project.
pub(super) async fn show(
    global: &GlobalArgs,
    host: &Host,
    project: &Project,
    follow: bool,
) -> Result<ExitCode, Failure> {
    let ui = global.ui();
    let found = ops::opencode_log(host, project);
    let Some(OpencodeLog { path, mut file }) = found.map_err(|source| Failure::Logs { source })?
    else {
        ui.progress("opencode has no log in this project yet");
        return Ok(ExitCode::SUCCESS);
    };
    ui.progress(&format!("{path}:"));
    loop {
        // Sessions write it, so it is made fit for a terminal.
        let shown = show_rest(&path, &mut file, |bytes| {
            output::answer(&String::from_utf8_lossy(bytes))
        })?;
        if !shown || !follow {
            return Ok(ExitCode::SUCCESS);
        }
        tokio::time::sleep(LOOK).await;
    }
}
