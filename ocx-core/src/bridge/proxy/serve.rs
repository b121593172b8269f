//! Accepting connections, and the requests on them.

use std::{convert::Infallible, io, sync::Arc, time::Duration};

use hyper::{Method, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::sleep,
};

use super::{
    Limits,
    forward::forward,
    keyed,
    lingering::Lingering,
    plain,
    responses::{self, Body},
    tunnel,
};
use crate::{
    bridge::{
        Destination, DestinationError, Event, Policy, Protocol, Provider, Refusal, Request, Serves,
        Verdict,
        dial::{Connection, DialError, Dialer},
    },
    error_chain::in_full,
};

/// How long to wait when there are no descriptors, until others are closed.
const SCARCE: Duration = Duration::from_millis(50);

/// What all connections of a session have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) policy: Arc<dyn Policy>,
    pub(super) dialer: Dialer,
    pub(super) providers: Vec<Provider>,
    pub(super) limits: Limits,
}

/// The place of a connection among those that are allowed at once, until all that it became has ended.
pub(super) type Place = Arc<OwnedSemaphorePermit>;

/// Serves all connections that come to a doorway. Each has a task of its own, so that a panic ends that
/// one only. Without a place it waits, and with it those behind it at this doorway.
pub(super) async fn accept_all(
    listener: &TcpListener,
    serves: Serves,
    shared: &Arc<Shared>,
    places: &Arc<Semaphore>,
) -> io::Result<()> {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let place = Arc::clone(places).acquire_owned().await;
                let place = Arc::new(place.map_err(io::Error::other)?);
                let shared = Arc::clone(shared);
                match serves {
                    Serves::Proxy => tokio::spawn(serve(stream, shared, place)),
                    Serves::Host(port) => tokio::spawn(forward(stream, port, shared, place)),
                };
            }
            // Those of the one connection, and a want of descriptors, pass. A socket that is none any
            // more does not.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => return Err(error),
            Err(_) => sleep(SCARCE).await,
        }
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>, place: Place) {
    let _ = stream.set_nodelay(true);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(shared.limits.head)
        .max_buf_size(shared.limits.head_bytes)
        .preserve_header_case(true)
        // Who has said all still wants the answer.
        .half_close(true);
    let service = service_fn(|request| answer(request, &shared, &place));
    let connection = http.serve_connection(TokioIo::new(Lingering::new(stream)), service);
    // What goes wrong on a connection ends it; nobody else is concerned.
    let _ = connection.with_upgrades().await;
}

async fn answer(
    request: hyper::Request<Incoming>,
    shared: &Arc<Shared>,
    place: &Place,
) -> Result<Response<Body>, Infallible> {
    if keyed::is_meant(request.uri()) {
        return Ok(keyed::ask(request, shared, place).await);
    }
    let (destination, protocol) = match wanted(&request) {
        Ok(wanted) => wanted,
        Err(response) => return Ok(*response),
    };
    let wanted = Request {
        destination,
        protocol,
        provider: None,
    };
    let connection = match shared.connect(&wanted).await {
        Ok(connection) => connection,
        Err(response) => return Ok(*response),
    };
    let work = Work::new(shared, place, wanted.destination);
    Ok(match protocol {
        Protocol::Tunnel => tunnel::open(request, connection, work),
        Protocol::Http => plain::forward(request, connection, work).await,
    })
}

/// What lives as long as what a request became.
pub(super) struct Work {
    pub(super) shared: Arc<Shared>,
    /// Held until all is over.
    _place: Place,
    pub(super) destination: Destination,
}

impl Work {
    pub(super) fn new(shared: &Arc<Shared>, place: &Place, destination: Destination) -> Self {
        Self {
            shared: Arc::clone(shared),
            _place: Arc::clone(place),
            destination,
        }
    }
}

fn wanted(
    request: &hyper::Request<Incoming>,
) -> Result<(Destination, Protocol), Box<Response<Body>>> {
    let uri = request.uri();
    let (destination, protocol) = if request.method() == Method::CONNECT {
        // A whole URI is no place for a tunnel.
        let authority = uri.authority().filter(|_| uri.scheme().is_none());
        let authority = authority.ok_or(DestinationError::Host);
        let destination = authority.and_then(|authority| Destination::parse(authority.as_str()));
        (destination, Protocol::Tunnel)
    } else {
        match uri.scheme_str() {
            Some("http") => (Destination::of_uri(uri), Protocol::Http),
            Some(_) => return Err(Box::new(responses::other_scheme())),
            None => return Err(Box::new(responses::no_server())),
        }
    };
    match destination {
        Ok(destination) => Ok((destination, protocol)),
        Err(error) => Err(Box::new(responses::no_destination(error))),
    }
}

impl Shared {
    /// A connection for the request, or the answer why there is none.
    pub(super) async fn connect(
        &self,
        wanted: &Request,
    ) -> Result<Connection, Box<Response<Body>>> {
        let destination = &wanted.destination;
        let refusal = match self.policy.decide(wanted).await {
            Verdict::Allow => None,
            Verdict::Deny => Some(Refusal::NotAllowed),
            Verdict::Refuse(refusal) => Some(refusal),
        };
        if let Some(refusal) = refusal {
            return Err(Box::new(self.refuse(destination, refusal)));
        }
        let connected = match (&wanted.provider, wanted.protocol) {
            // A session encrypts its tunnels itself.
            (Some(_), Protocol::Tunnel) => {
                let connecting = self.dialer.connect_securely(wanted, &*self.policy);
                connecting.await
            }
            _ => self.dialer.connect(wanted, &*self.policy).await,
        };
        match connected {
            Ok(connection) => {
                self.policy.observe(&Event::Connected {
                    destination: destination.clone(),
                    address: connection.address,
                });
                Ok(connection)
            }
            Err(DialError::Refused(refusal)) => Err(Box::new(self.refuse(destination, refusal))),
            Err(error) => Err(Box::new(self.fail(destination, &error))),
        }
    }

    fn refuse(&self, destination: &Destination, refusal: Refusal) -> Response<Body> {
        let response = responses::refused(destination, &refusal);
        self.policy.observe(&Event::Refused {
            destination: destination.clone(),
            refusal,
        });
        response
    }

    /// The answer to what was allowed, and went wrong.
    pub(super) fn fail(
        &self,
        destination: &Destination,
        error: &dyn std::error::Error,
    ) -> Response<Body> {
        let problem = in_full(error);
        let response = responses::unreachable(destination, &problem);
        self.policy.observe(&Event::Failed {
            destination: destination.clone(),
            problem,
        });
        response
    }
}
