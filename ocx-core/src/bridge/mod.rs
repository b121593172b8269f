//! A session's ways out: to a list of the network's hosts when it has none (`network = "filtered"`), and
//! to ports of the host's loopback interface (`host_ports`).
//!
//! In a filtered session the container has its loopback interface only. Before its program begins, a small
//! script (`entry`) makes a listening socket there for each [`Doorway`] and hands them out through a Unix
//! socket; then it becomes the program. So the [`Bridge`], in ocx's own process, accepts what the session
//! asks for, and nothing in the container could be turned against it, nor goes around it: there is no
//! route.
//!
//! - `rule`, `rules` and `sets` say what is allowed; a [`Policy`] decides, and is told what came
//!   of it. [`Rules`] are one; `asking_rules` has hosts wait that no rule is about (`network = "ask"`).
//! - `destination` reads where a request wants to go, whatever its spelling; `address` knows which
//!   addresses are nobody's but the host's and its neighbours'.
//! - `proxy` speaks HTTP with the session, `dial` connects to the outside, through the proxy of the
//!   user's own environment if there is one.
//! - A [`Provider`] is asked at the bridge's own address, `/provider/NAME/…`, with a key that the session
//!   does not have.
//!
//! An embedding program may hand in a policy of its own:
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use ocx_core::bridge::{Bridge, BridgeOptions, Event, Policy, Request, Verdict};
//!
//! #[derive(Debug)]
//! struct OnlyDocs;
//!
//! #[async_trait::async_trait]
//! impl Policy for OnlyDocs {
//!     async fn decide(&self, request: &Request) -> Verdict {
//!         match request.destination.to_string().as_str() {
//!             "docs.rs:443" => Verdict::Allow,
//!             _ => Verdict::Deny,
//!         }
//!     }
//!
//!     fn observe(&self, event: &Event) {
//!         eprintln!("{event}");
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let bridge = Bridge::open("/run/my-program/bridge".into(), BridgeOptions::new(Arc::new(OnlyDocs)))?;
//! # drop(bridge);
//! # Ok(())
//! # }
//! ```

mod address;
mod asking_rules;
mod destination;
mod dial;
mod door;
mod doorway;
mod entry;
mod growing_rules;
mod model_hosts;
mod model_urls;
mod pending;
mod policy;
mod provider;
mod proxy;
mod record;
mod rule;
mod rules;
mod sets;
mod variables;

pub use destination::{Destination, DestinationError, HostName, Target};
pub use dial::{Resolver, SystemResolver, Upstream};
pub use door::DoorError;
pub use doorway::{Doorway, Serves};
pub use pending::PendingHost;
pub use policy::{Event, Policy, Protocol, Refusal, Request, Verdict};
pub use provider::{Provider, ProviderError, ProviderKey};
pub use proxy::{Bridge, BridgeOptions, Limits};
pub use record::{NetworkOutcome, NetworkRecord};
pub use rule::{Hosts, Rule, RuleError};
pub use rules::Rules;
pub use sets::HostSet;

pub(crate) use asking_rules::AskingRules;
pub(crate) use door::{Door, receive_sockets};
pub(crate) use doorway::{MOST_HOST_PORTS, on_host};
pub(crate) use entry::{DIRECTORY, LIBC, launcher, runtime, ssh_proxy_command, write_entry};
pub(crate) use growing_rules::{GrowingRules, admit, refuse};
pub(crate) use model_hosts::hosts_of_provider;
pub(crate) use model_urls::base_url_of_provider;
pub(crate) use pending::{PendingHosts, read_pending};
pub(crate) use record::{NetworkRecorder, records};
pub(crate) use rule::{covers, reaches_special};
pub(crate) use variables::{fallback_variables, launcher_variables, own_servers, proxy_variables};
