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
    mut inside: impl AsyncRead + AsyncWrite + Unpin,
    mut outside: impl AsyncRead + AsyncWrite + Unpin,
    traffic: &Traffic,
    idle: Duration,
) {
    tokio::select! {
        _ = copy_bidirectional_with_sizes(&mut inside, &mut outside, BUFFER, BUFFER) => {}
        () = traffic.sleeps(idle) => {}
    }
}

/// The same with a connection that has become something else than HTTP.
pub(super) async fn carry_upgraded(
    inside: OnUpgrade,
    outside: impl AsyncRead + AsyncWrite + Unpin,
    traffic: &Traffic,
    idle: Duration,
) {
    if let Ok(inside) = inside.await {
        carry(TokioIo::new(inside), outside, traffic, idle).await;
    }
}
