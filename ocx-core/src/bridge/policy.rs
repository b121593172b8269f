//! Who decides what a session reaches.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

use async_trait::async_trait;

use super::{Destination, address::special_block};

/// What a session asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// Where it wants to go, as it was asked for: a name has not been looked up.
    pub destination: Destination,
    /// How.
    pub protocol: Protocol,
    /// The model provider whose key the bridge adds. The destination is then not the session's word, but
    /// that of whoever named the [`Provider`](super::Provider).
    pub provider: Option<String>,
}

/// How a session reaches something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// A tunnel, in which it speaks what it likes; TLS as a rule.
    Tunnel,
    /// Plain HTTP, request by request.
    Http,
}

/// What is decided about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It may go there.
    Allow,
    /// It may not, since nothing allows it.
    Deny,
    /// It may not, for this reason.
    Refuse(Refusal),
}

/// Decides what a session may reach, and is told what came of it. It serves many connections at once,
/// and one that panics ends only the connection that asked.
#[async_trait]
pub trait Policy: fmt::Debug + Send + Sync {
    /// Decides before anything is looked up. The request waits meanwhile.
    async fn decide(&self, request: &Request) -> Verdict;

    /// Decides on the very address that is about to be connected to: the one that was asked for, or one
    /// that the name led to. Without another word only the public network is allowed, since a name
    /// may lead anywhere.
    ///
    /// What goes through a proxy of the user's is looked up there, and not asked about.
    fn decide_address(&self, _request: &Request, address: IpAddr) -> Verdict {
        match special_block(super::address::canonical(address)) {
            Some(_) => Verdict::Deny,
            None => Verdict::Allow,
        }
    }

    /// Is told of each request; must not block.
    fn observe(&self, _event: &Event) {}
}

/// Why a session did not get what it asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The policy has nothing that allows it.
    NotAllowed,
    /// It is denied, whatever allows it.
    Denied,
    /// The user was asked, and has not answered in time.
    Unanswered,
    /// So much waits for the user's answer that this is not asked about.
    TooManyAsked,
    /// The name leads to this address, which is not of the public network or is denied; no other that
    /// it leads to is allowed.
    Address(IpAddr),
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// It is connected.
    Connected {
        /// Where.
        destination: Destination,
        /// To which address; `None` if a proxy of the user's environment does it.
        address: Option<SocketAddr>,
    },
    /// It was refused.
    Refused {
        /// What was asked for.
        destination: Destination,
        /// Why.
        refusal: Refusal,
    },
    /// It was allowed, but could not be reached.
    Failed {
        /// What was asked for.
        destination: Destination,
        /// What went wrong, in words.
        problem: String,
    },
    /// A connection has ended.
    Closed {
        /// Where it led.
        destination: Destination,
        /// Bytes that the session sent.
        sent: u64,
        /// Bytes that it received.
        received: u64,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAllowed => f.write_str("it is not allowed"),
            Self::Denied => f.write_str("it is denied"),
            Self::Unanswered => f.write_str("nobody answered"),
            Self::TooManyAsked => f.write_str("too much waits for an answer already"),
            Self::Address(address) => {
                write!(f, "it leads to the address {address}, which is not allowed")
            }
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connected {
                destination,
                address: Some(address),
            } => write!(f, "connected to {destination} at {address}"),
            Self::Connected {
                destination,
                address: None,
            } => write!(f, "connected to {destination} through a proxy"),
            Self::Refused {
                destination,
                refusal,
            } => write!(f, "refused {destination}: {refusal}"),
            Self::Failed {
                destination,
                problem,
            } => write!(f, "cannot reach {destination}: {problem}"),
            Self::Closed {
                destination,
                sent,
                received,
            } => write!(
                f,
                "the connection to {destination} has ended, {sent} bytes were sent and {received} received"
            ),
        }
    }
}
