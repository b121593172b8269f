//! ocx in a container, and the engine outside of it: an engine looks for what is mounted on its own machine, and
//! would take whatever is at that path.

use camino::Utf8Path;
use tokio::net::UnixStream;

use crate::{
    ops::{Ocx, SessionError},
    runtime::EngineInfo,
};

impl Ocx {
    /// # Errors
    ///
    /// If this process runs in a container and the engine outside of it, where the project or ocx's own files
    /// cannot be at the same paths.
    pub(super) async fn ensure_same_files(&self, engine: &EngineInfo) -> Result<(), SessionError> {
        let (Some(container), Some(socket)) = (&self.host.container, &engine.socket) else {
            return Ok(());
        };
        let needed = [&self.project.root, &self.host.dirs.state];
        let elsewhere = needed.into_iter().find(|path| !container.may_share(path));
        match elsewhere {
            Some(path) if is_outside(socket).await => Err(SessionError::OwnContainer {
                engine: self.runtime.name(),
                path: path.clone(),
            }),
            _ => Ok(()),
        }
    }
}

/// Whether the process behind a socket is in no PID namespace that is seen from here: the kernel then tells 0 for
/// its ID (<https://man7.org/linux/man-pages/man7/pid_namespaces.7.html>). An engine in the same container, or in
/// one inside of it, has an ID.
async fn is_outside(socket: &Utf8Path) -> bool {
    let Ok(stream) = UnixStream::connect(socket).await else {
        return false;
    };
    stream.peer_cred().is_ok_and(|peer| peer.pid() == Some(0))
}

#[cfg(test)]
mod tests {
    use tokio::net::UnixListener;

    use super::*;

    #[tokio::test]
    async fn a_process_that_is_seen_is_not_outside() {
        let directory = tempfile::tempdir().unwrap();
        let socket = Utf8Path::from_path(directory.path()).unwrap().join("s");
        assert!(!is_outside(&socket).await);
        let _listener = UnixListener::bind(&socket).unwrap();
        assert!(!is_outside(&socket).await);
    }
}
