//! Carrying bytes between a session and the outside.

use std::time::Duration;

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional_with_sizes};

use super::traffic::Traffic;

/// In each direction, of each connection.
const BUFFER: usize = 32 * 1024;

/// Carries bytes until both sides have ended, or nothing comes for `idle`. If one side has said all, the
/// other may still answer.
pub(super) async fn carry(
    inside: OnUpgrade,
    mut outside: impl AsyncRead + AsyncWrite + Unpin,
    traffic: &Traffic,
    idle: Duration,
) {
    let Ok(inside) = inside.await else {
        return;
    };
    let mut inside = TokioIo::new(inside);
    tokio::select! {
        _ = copy_bidirectional_with_sizes(&mut inside, &mut outside, BUFFER, BUFFER) => {}
        () = traffic.sleeps(idle) => {}
    }
}
