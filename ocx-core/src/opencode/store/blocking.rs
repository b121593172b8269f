//! Work on files that takes long enough to keep it off the threads that drive futures.

use std::{
    fs::File,
    io::{self, Read},
    panic,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use sha2::{Digest, Sha256};

/// Tells long work that nobody waits for it any more.
#[derive(Clone, Debug, Default)]
pub(super) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// An error once the work is to stop.
    pub(super) fn check(&self) -> io::Result<()> {
        if self.0.load(Ordering::Relaxed) {
            return Err(io::Error::new(io::ErrorKind::Interrupted, "cancelled"));
        }
        Ok(())
    }
}

struct StopOnDrop(Stop);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

/// Runs `work` on a thread of its own. When the future is dropped, the work is told to stop; it
/// keeps what it owns, such as a lock, until it has.
pub(super) async fn run<T: Send + 'static>(work: impl FnOnce(&Stop) -> T + Send + 'static) -> T {
    let stop = Stop::default();
    let _guard = StopOnDrop(stop.clone());
    match tokio::task::spawn_blocking(move || work(&stop)).await {
        Ok(result) => result,
        Err(error) => panic::resume_unwind(error.into_panic()),
    }
}

/// Hands a reader's bytes to `each`, piece by piece.
pub(super) fn for_each_piece<E: From<ReadError>>(
    reader: &mut impl Read,
    stop: &Stop,
    mut each: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut buffer = vec![0; 256 << 10];
    loop {
        stop.check().map_err(ReadError)?;
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => each(&buffer[..length])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(ReadError(error).into()),
        }
    }
}

/// A reader failed, as opposed to what was done with its bytes.
#[derive(Debug)]
pub(super) struct ReadError(pub(super) io::Error);

impl From<ReadError> for io::Error {
    fn from(error: ReadError) -> Self {
        error.0
    }
}

/// The SHA-256 of a file, hexadecimal.
pub(super) fn sha256(file: &mut File, stop: &Stop) -> io::Result<String> {
    let mut hasher = Sha256::new();
    for_each_piece(file, stop, |piece| {
        hasher.update(piece);
        Ok::<(), io::Error>(())
    })?;
    Ok(hex::encode(hasher.finalize()))
}
