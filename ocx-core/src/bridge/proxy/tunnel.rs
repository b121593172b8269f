//! Tunnels: `CONNECT`.

use hyper::{Request, Response, body::Incoming};

use super::{
    copy::carry_upgraded,
    responses::{self, Body},
    serve::Work,
    traffic::Counted,
};
use crate::bridge::dial::Connection;

/// Answers that the tunnel is there, and carries what comes.
pub(super) fn open(
    request: Request<Incoming>,
    connection: Connection,
    work: Work,
) -> Response<Body> {
    let inside = hyper::upgrade::on(request);
    let idle = work.shared.limits.idle;
    let (outside, traffic) = Counted::new(connection.stream, work);
    tokio::spawn(async move { carry_upgraded(inside, outside, &traffic, idle).await });
    Response::new(responses::empty())
}
