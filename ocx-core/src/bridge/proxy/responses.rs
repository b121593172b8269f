//! What the proxy itself answers. Whoever reads it is a program in the session, or the agent.

use http_body_util::{BodyExt as _, Full, combinators::BoxBody};
use hyper::{
    Response, StatusCode,
    body::Bytes,
    header::{CONTENT_TYPE, HeaderValue},
};

use crate::bridge::{Destination, DestinationError, Refusal, Rule};

/// The body of an answer, the proxy's own or one from outside.
pub(super) type Body = BoxBody<Bytes, hyper::Error>;

/// The session may not go there.
pub(super) fn refused(destination: &Destination, refusal: &Refusal) -> Response<Body> {
    let rule = match refusal {
        Refusal::Denied => return denied(destination),
        Refusal::NotAllowed | Refusal::Unanswered | Refusal::TooManyAsked => {
            Rule::host(destination.target.clone(), None)
        }
        Refusal::Address(address) => Rule::host(
            crate::bridge::Target::Address(*address),
            Some(destination.port),
        ),
    };
    let while_it_waits = match refusal {
        Refusal::Unanswered => " `ocx network pending --follow` asks them while a request waits.",
        _ => "",
    };
    text(
        StatusCode::FORBIDDEN,
        format!(
            "This session may not reach {destination}: {refusal}.\n\
             The user can allow it outside of the session: `ocx network allow '{rule}'` for now, or \
             \"{rule}\" in the list `network_allow` of their own settings of ocx.{while_it_waits}\n"
        ),
    )
}

fn denied(destination: &Destination) -> Response<Body> {
    text(
        StatusCode::FORBIDDEN,
        format!(
            "This session may not reach {destination}: {}.\n\
             The user has denied it outside of the session, with `ocx network deny` or in the list \
             `network_deny` of ocx's settings.\n",
            Refusal::Denied
        ),
    )
}

/// It may, but nobody is there.
pub(super) fn unreachable(destination: &Destination, problem: &str) -> Response<Body> {
    text(
        StatusCode::BAD_GATEWAY,
        format!("This session may reach {destination}, but it cannot be reached: {problem}.\n"),
    )
}

/// The request goes nowhere.
pub(super) fn no_destination(error: DestinationError) -> Response<Body> {
    let text = format!("The request does not say where it goes: {error}.\n");
    self::text(StatusCode::BAD_REQUEST, text)
}

/// A request for another scheme than plain HTTP comes through a tunnel, if at all.
pub(super) fn other_scheme() -> Response<Body> {
    let text = "This proxy forwards http:// only; for all else it opens tunnels (CONNECT).\n";
    self::text(StatusCode::BAD_REQUEST, text.to_owned())
}

/// Somebody takes the proxy for a server.
pub(super) fn no_server() -> Response<Body> {
    let text = "This is the proxy of an ocx session, not a server.\n";
    self::text(StatusCode::BAD_REQUEST, text.to_owned())
}

/// A provider whose key nobody holds, or whose name is spelled differently.
pub(super) fn no_provider() -> Response<Body> {
    let text = "The bridge of this ocx session has no key for a provider of that name.\n";
    self::text(StatusCode::NOT_FOUND, text.to_owned())
}

/// What is asked for is not below the provider's address.
pub(super) fn outside_of_provider() -> Response<Body> {
    let text = "The path leads out of the provider's address.\n";
    self::text(StatusCode::BAD_REQUEST, text.to_owned())
}

pub(super) fn empty() -> Body {
    Full::default().map_err(|never| match never {}).boxed()
}

fn text(status: StatusCode, text: String) -> Response<Body> {
    let body = Full::new(Bytes::from(text));
    let mut response = Response::new(body.map_err(|never| match never {}).boxed());
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}
