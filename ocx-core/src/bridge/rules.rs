//! Rules as a policy.

use std::net::IpAddr;

use async_trait::async_trait;

use super::{
    Destination, Policy, Request, Rule, Verdict,
    address::{canonical, special_block},
};

/// What rules say of a host before it is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is allowed, and not denied.
    Allowed,
    /// It is denied.
    Denied,
    /// Nothing is said of it.
    Unknown,
}

/// What is allowed and what is denied. What nothing allows is denied, and what is denied is, whatever
/// allows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    allow: Vec<Rule>,
    deny: Vec<Rule>,
}

impl Rules {
    /// Rules in which the set `@models` stands for `models`.
    #[must_use]
    pub fn new(allow: &[Rule], deny: &[Rule], models: &[Rule]) -> Self {
        let expand = |rules: &[Rule]| {
            rules
                .iter()
                .flat_map(|rule| rule.expanded(models))
                .collect()
        };
        Self {
            allow: expand(allow),
            deny: expand(deny),
        }
    }

    pub(super) fn standing(&self, destination: &Destination) -> Standing {
        let names = |rules: &[Rule]| rules.iter().any(|rule| rule.names(destination));
        if names(&self.deny) {
            Standing::Denied
        } else if names(&self.allow) {
            Standing::Allowed
        } else {
            Standing::Unknown
        }
    }

    fn on(&self, destination: &Destination) -> Verdict {
        match self.standing(destination) {
            Standing::Allowed => Verdict::Allow,
            Standing::Denied | Standing::Unknown => Verdict::Deny,
        }
    }

    pub(super) fn on_address(&self, request: &Request, address: IpAddr) -> Verdict {
        let port = request.destination.port;
        if self.deny.iter().any(|rule| rule.holds(address, port)) {
            return Verdict::Deny;
        }
        // Of the public network any will do: the name, or the address itself, is allowed.
        let is_public = special_block(canonical(address)).is_none();
        // Where a provider is that ocx asks with a key, the user's own configuration says.
        let is_users = request.provider.is_some();
        if is_public || is_users || self.allow.iter().any(|rule| rule.opens(address, port)) {
            Verdict::Allow
        } else {
            Verdict::Deny
        }
    }
}

#[async_trait]
impl Policy for Rules {
    async fn decide(&self, request: &Request) -> Verdict {
        self.on(&request.destination)
    }

    fn decide_address(&self, request: &Request, address: IpAddr) -> Verdict {
        self.on_address(request, address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::Protocol;

    fn list(rules: &[&str]) -> Vec<Rule> {
        rules.iter().map(|rule| rule.parse().unwrap()).collect()
    }

    /// Whether a request is allowed, and if so whether the address is.
    fn verdict(allow: &[&str], deny: &[&str], destination: &str, address: &str) -> &'static str {
        verdict_for(None, allow, deny, destination, address)
    }

    fn verdict_for(
        provider: Option<&str>,
        allow: &[&str],
        deny: &[&str],
        destination: &str,
        address: &str,
    ) -> &'static str {
        let rules = Rules::new(&list(allow), &list(deny), &list(&["model.example"]));
        let request = Request {
            destination: Destination::parse(destination).unwrap(),
            protocol: Protocol::Tunnel,
            provider: provider.map(str::to_owned),
        };
        if rules.on(&request.destination) == Verdict::Deny {
            return "denied";
        }
        match rules.on_address(&request, address.parse().unwrap()) {
            Verdict::Allow => "allowed",
            Verdict::Deny | Verdict::Refuse(_) => "not there",
        }
    }

    #[test]
    fn what_is_allowed_and_what_is_not() {
        const PUBLIC: &str = "1.1.1.1";
        for (allow, deny, destination, address, expected) in [
            (&[][..], &[][..], "a.example:443", PUBLIC, "denied"),
            (&["a.example"], &[], "a.example:443", PUBLIC, "allowed"),
            (&["a.example"], &[], "b.example:443", PUBLIC, "denied"),
            (&["a.example:443"], &[], "a.example:80", PUBLIC, "denied"),
            (&["@models"], &[], "model.example:443", PUBLIC, "allowed"),
            (&["@models"], &[], "other.example:443", PUBLIC, "denied"),
            (&["@npm"], &[], "registry.npmjs.org:443", PUBLIC, "allowed"),
            // What is denied is, whatever allows it.
            (&["*"], &["a.example"], "a.example:443", PUBLIC, "denied"),
            (
                &["a.example"],
                &["*.example"],
                "a.example:443",
                PUBLIC,
                "denied",
            ),
            (
                &["a.example"],
                &["a.example:80"],
                "a.example:443",
                PUBLIC,
                "allowed",
            ),
            (
                &["@models"],
                &["@models"],
                "model.example:1",
                PUBLIC,
                "denied",
            ),
            (&["*"], &["1.0.0.0/8"], "a.example:443", PUBLIC, "not there"),
            (
                &["*"],
                &["0.0.0.0/0"],
                "a.example:443",
                "::ffff:1.1.1.1",
                "not there",
            ),
            (
                &["10.0.0.0/8"],
                &["10.0.0.1"],
                "10.0.0.1:1",
                "10.0.0.1",
                "denied",
            ),
            (
                &["10.0.0.0/8"],
                &["10.0.0.1"],
                "10.0.0.2:1",
                "10.0.0.2",
                "allowed",
            ),
            // A name that leads to where the host and its neighbours are.
            (&["*"], &[], "a.example:443", "127.0.0.1", "not there"),
            (&["*"], &[], "a.example:443", "169.254.169.254", "not there"),
            (&["*"], &[], "a.example:443", "::ffff:10.0.0.1", "not there"),
            (&["*"], &[], "a.example:443", "fd00:ec2::254", "not there"),
            (
                &["*", "0.0.0.0/0"],
                &[],
                "a.example:443",
                "10.0.0.1",
                "not there",
            ),
            (
                &["*", "10.0.0.0/8"],
                &[],
                "a.example:443",
                "10.0.0.1",
                "allowed",
            ),
            (
                &["*", "10.0.0.0/8:80"],
                &[],
                "a.example:443",
                "10.0.0.1",
                "not there",
            ),
            // By address only with a rule about addresses.
            (&["*"], &[], "1.1.1.1:443", PUBLIC, "denied"),
            (&["0.0.0.0/0"], &[], "1.1.1.1:443", PUBLIC, "allowed"),
            (&["0.0.0.0/0"], &[], "10.0.0.1:443", "10.0.0.1", "not there"),
            (
                &["127.0.0.1:80"],
                &[],
                "2130706433:80",
                "127.0.0.1",
                "allowed",
            ),
            (&["127.0.0.1:80"], &[], "[::1]:80", "::1", "denied"),
        ] {
            let found = verdict(allow, deny, destination, address);
            assert_eq!(
                found, expected,
                "{allow:?} {deny:?} {destination} {address}"
            );
        }
    }

    #[test]
    fn a_provider_with_a_key_is_where_the_user_says_if_it_is_allowed() {
        for (allow, deny, destination, address, expected) in [
            (
                &["@models"][..],
                &[][..],
                "model.example:443",
                "10.0.0.1",
                "allowed",
            ),
            (
                &["localhost:80"],
                &[],
                "localhost:80",
                "127.0.0.1",
                "allowed",
            ),
            (&["@npm"], &[], "model.example:443", "1.1.1.1", "denied"),
            (
                &["@models"],
                &["model.example"],
                "model.example:443",
                "1.1.1.1",
                "denied",
            ),
            (
                &["@models"],
                &["10.0.0.0/8"],
                "model.example:443",
                "10.0.0.1",
                "not there",
            ),
        ] {
            let found = verdict_for(Some("corp"), allow, deny, destination, address);
            assert_eq!(
                found, expected,
                "{allow:?} {deny:?} {destination} {address}"
            );
        }
        let by_the_session = verdict(&["@models"], &[], "model.example:443", "10.0.0.1");
        assert_eq!(by_the_session, "not there");
    }
}
