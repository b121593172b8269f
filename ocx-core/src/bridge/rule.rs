//! One rule about what a session may reach.

use std::{fmt, net::IpAddr, str::FromStr};

use ipnet::IpNet;

use super::{
    address::{canonical, special_block},
    destination::{Destination, HostName, Target, parse_port},
    sets::HostSet,
};

/// What a session may, or may not, reach: `github.com`, `*.npmjs.org`, `10.0.0.0/8:5432`,
/// `[fd00::1]:443`, `@npm`. Without a port all ports are meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Some hosts.
    Hosts {
        /// Which.
        hosts: Hosts,
        /// The only port, if one is named.
        port: Option<u16>,
    },
    /// All of a named set.
    Set(HostSet),
}

/// Hosts that a rule is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hosts {
    /// `*`: every name, and no address.
    AnyName,
    /// `github.com`: this name.
    Name(HostName),
    /// `*.github.com`: all names below this one, at any depth, and not itself.
    Below(HostName),
    /// `10.0.0.0/8`, `127.0.0.1`: these addresses, asked for as such; names that lead there are asked
    /// for by name, and need a rule of their own.
    ///
    /// Of private and other special addresses only those are meant that a network of such names: `0.0.0.0/0`
    /// is the public network.
    Network(IpNet),
}

/// A text is no rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// There is no such set.
    #[error("there is no set of hosts called `{0}`")]
    UnknownSet(String),
    /// No host, pattern or network is written like that.
    #[error("`{0}` is neither a host nor a pattern such as `*.example.com` nor a network")]
    Hosts(String),
    /// The port is none.
    #[error("`{0}` does not end in a port from 1 to 65535")]
    Port(String),
    /// A network is written with an address in it that is not its first.
    #[error("`{found}` is in the network `{network}`, which has to be written like that")]
    InsideNetwork {
        /// What was found.
        found: String,
        /// The network.
        network: IpNet,
    },
    /// It looks like a URL.
    #[error("`{0}` is a URL; only its host and port can be in a rule")]
    Url(String),
}

impl Rule {
    /// A rule for this host, on one port or all.
    #[must_use]
    pub fn host(target: Target, port: Option<u16>) -> Self {
        let hosts = match target {
            Target::Name(name) => Hosts::Name(name),
            Target::Address(address) => Hosts::Network(address.into()),
        };
        Self::Hosts { hosts, port }
    }

    /// The rules that it stands for; itself unless it is a set.
    pub(super) fn expanded(&self, models: &[Rule]) -> Vec<Rule> {
        match self {
            Self::Hosts { .. } => vec![self.clone()],
            Self::Set(HostSet::Models) => models.to_vec(),
            Self::Set(set) => set.rules(),
        }
    }

    /// Whether it names what is asked for.
    pub(super) fn names(&self, destination: &Destination) -> bool {
        let Self::Hosts { hosts, port } = self else {
            return false;
        };
        port.is_none_or(|port| port == destination.port) && hosts.name(&destination.target)
    }

    /// Whether it is about this address, which a name led to.
    pub(super) fn holds(&self, address: IpAddr, port: u16) -> bool {
        let Self::Hosts {
            hosts: Hosts::Network(network),
            port: only,
        } = self
        else {
            return false;
        };
        only.is_none_or(|only| only == port) && network.contains(&canonical(address))
    }

    /// Whether it is about this special address in particular, not only about all addresses there are.
    pub(super) fn opens(&self, address: IpAddr, port: u16) -> bool {
        let address = canonical(address);
        let Self::Hosts {
            hosts: Hosts::Network(network),
            ..
        } = self
        else {
            return false;
        };
        self.holds(address, port)
            && special_block(address).is_some_and(|block| block.contains(network))
    }

    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Hosts { hosts, port },
                Self::Hosts {
                    hosts: of_other,
                    port: of_others_port,
                },
            ) => (port.is_none() || port == of_others_port) && hosts.covers(of_other),
            (Self::Set(set), Self::Set(other)) => set == other,
            _ => false,
        }
    }
}

impl Hosts {
    fn name(&self, target: &Target) -> bool {
        match (self, target) {
            (Self::AnyName, Target::Name(_)) => true,
            (Self::Name(name), Target::Name(found)) => name == found,
            (Self::Below(name), Target::Name(found)) => is_below(found, name),
            (Self::Network(network), Target::Address(address)) => {
                network.contains(&canonical(*address))
            }
            _ => false,
        }
    }

    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::AnyName, Self::AnyName | Self::Name(_) | Self::Below(_)) => true,
            (Self::Name(name), Self::Name(other)) => name == other,
            (Self::Below(name), Self::Name(other)) => is_below(other, name),
            (Self::Below(name), Self::Below(other)) => name == other || is_below(other, name),
            // One of special addresses opens what a wider one does not.
            (Self::Network(network), Self::Network(other)) => {
                let block = |network: &IpNet| {
                    special_block(network.addr()).filter(|block| block.contains(network))
                };
                network.contains(other) && block(network) == block(other)
            }
            _ => false,
        }
    }
}

fn is_below(name: &HostName, top: &HostName) -> bool {
    name.as_str()
        .strip_suffix(top.as_str())
        .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
}

/// Whether what `rule` allows is allowed by `rules` already.
pub(crate) fn covers(rules: &[Rule], rule: &Rule) -> bool {
    if rules.iter().any(|wider| wider.covers(rule)) {
        return true;
    }
    let expand = |rule: &Rule| match rule {
        // Whatever it is, only itself is sure to be the same.
        Rule::Set(HostSet::Models) => vec![rule.clone()],
        _ => rule.expanded(&[]),
    };
    let wide: Vec<Rule> = rules.iter().flat_map(expand).collect();
    expand(rule)
        .iter()
        .all(|rule| wide.iter().any(|wider| wider.covers(rule)))
}

/// Whether a rule opens addresses that are not of the public network.
pub(crate) fn reaches_special(rule: &Rule) -> bool {
    matches!(rule, Rule::Hosts { hosts: Hosts::Network(network), .. }
        if special_block(network.addr()).is_some_and(|block| block.contains(network)))
}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(name) = text.strip_prefix('@') {
            let set = HostSet::called(name);
            return set
                .map(Self::Set)
                .ok_or_else(|| RuleError::UnknownSet(text.to_owned()));
        }
        if text.contains("://") {
            return Err(RuleError::Url(text.to_owned()));
        }
        let (hosts, port) = split(text);
        let port = port
            .map(|port| parse_port(port).map_err(|_| RuleError::Port(text.to_owned())))
            .transpose()?;
        Ok(Self::Hosts {
            hosts: parse_hosts(hosts, text)?,
            port,
        })
    }
}

/// The hosts and the port. An IPv6 address with a port stands in brackets.
fn split(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((hosts, port)) if !hosts.contains(':') || hosts.ends_with(']') => (hosts, Some(port)),
        _ => (text, None),
    }
}

fn parse_hosts(hosts: &str, text: &str) -> Result<Hosts, RuleError> {
    let bad = || RuleError::Hosts(text.to_owned());
    if hosts == "*" {
        return Ok(Hosts::AnyName);
    }
    let bare = hosts
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(hosts);
    if bare.contains('/') {
        let network: IpNet = bare.parse().map_err(|_| bad())?;
        if network.trunc() != network {
            return Err(RuleError::InsideNetwork {
                found: bare.to_owned(),
                network: network.trunc(),
            });
        }
        return Ok(Hosts::Network(network));
    }
    let (is_below, name) = match hosts.strip_prefix("*.") {
        Some(name) => (true, name),
        None => (false, hosts),
    };
    if name.contains(['*', '@', '?', ' ', '%']) {
        return Err(bad());
    }
    match (Target::parse(name).map_err(|_| bad())?, is_below) {
        (Target::Name(name), true) => Ok(Hosts::Below(name)),
        (Target::Name(name), false) => Ok(Hosts::Name(name)),
        (Target::Address(address), false) => Ok(Hosts::Network(address.into())),
        (Target::Address(_), true) => Err(bad()),
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set(set) => write!(f, "@{}", set.name()),
            Self::Hosts { hosts, port: None } => hosts.fmt(f),
            Self::Hosts {
                hosts: hosts @ Hosts::Network(IpNet::V6(_)),
                port: Some(port),
            } => write!(f, "[{hosts}]:{port}"),
            Self::Hosts {
                hosts,
                port: Some(port),
            } => write!(f, "{hosts}:{port}"),
        }
    }
}

impl fmt::Display for Hosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnyName => f.write_str("*"),
            Self::Name(name) => name.fmt(f),
            Self::Below(name) => write!(f, "*.{name}"),
            Self::Network(network) if network.prefix_len() == network.max_prefix_len() => {
                network.addr().fmt(f)
            }
            Self::Network(network) => network.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Rule {
        text.parse().unwrap()
    }

    #[test]
    fn rules_are_read_and_written() {
        for (written, meant) in [
            ("github.com", "github.com"),
            ("GitHub.com.:443", "github.com:443"),
            ("*.NPMjs.org", "*.npmjs.org"),
            ("*.npmjs.org:443", "*.npmjs.org:443"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("*", "*"),
            ("*:443", "*:443"),
            ("10.0.0.0/8:5432", "10.0.0.0/8:5432"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("127.0.0.1:80", "127.0.0.1:80"),
            ("0x7f.1", "127.0.0.1"),
            ("::1", "::1"),
            ("[::1]", "::1"),
            ("[::1]:80", "[::1]:80"),
            ("fd00::/8", "fd00::/8"),
            ("[fd00::/8]:443", "[fd00::/8]:443"),
            ("@npm", "@npm"),
        ] {
            assert_eq!(rule(written).to_string(), meant, "{written}");
            assert_eq!(rule(meant), rule(written), "{written}");
        }
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for bad in [
            "",
            "@",
            "@nobody",
            "https://github.com",
            "github.com/path",
            "user@github.com",
            "github.com:",
            "github.com:0",
            "github.com:https",
            "github.com:1:2",
            "git*.com",
            "*github.com",
            "*.",
            "*.*.com",
            "*.127.0.0.1",
            ".github.com",
            "a b",
            "10.0.0.1/8",
            "10.0.0.0/33",
            "10.0.0.0/",
            "github.com/24",
            "::1:80:zz",
            "%67ithub.com",
        ] {
            assert!(bad.parse::<Rule>().is_err(), "{bad}");
        }
        let inside = "10.0.0.1/8".parse::<Rule>().unwrap_err();
        assert_eq!(
            inside.to_string(),
            "`10.0.0.1/8` is in the network `10.0.0.0/8`, which has to be written like that"
        );
    }

    #[test]
    fn a_rule_names_what_it_says() {
        for (written, named, not) in [
            (
                "github.com",
                &["github.com:443", "github.com:22"][..],
                &[
                    "www.github.com:443",
                    "github.com.evil:443",
                    "xgithub.com:443",
                ][..],
            ),
            ("github.com:443", &["github.com:443"], &["github.com:80"]),
            (
                "*.npmjs.org",
                &["registry.npmjs.org:443", "a.b.npmjs.org:1"],
                &["npmjs.org:443", "evilnpmjs.org:443", "npmjs.org.evil:443"],
            ),
            ("*", &["a:1", "b.c:2"], &["1.1.1.1:443", "[2606::1]:443"]),
            (
                "10.0.0.0/8:5432",
                &["10.1.2.3:5432", "[::ffff:10.1.2.3]:5432"],
                &["10.1.2.3:80", "11.0.0.1:5432", "name:5432"],
            ),
            ("0.0.0.0/0", &["1.1.1.1:1"], &["[2606::1]:1"]),
        ] {
            let rule = rule(written);
            for destination in named {
                let destination = Destination::parse(destination).unwrap();
                assert!(rule.names(&destination), "{written}: {destination}");
            }
            for destination in not {
                let destination = Destination::parse(destination).unwrap();
                assert!(!rule.names(&destination), "{written}: {destination}");
            }
        }
    }

    #[test]
    fn special_addresses_are_opened_by_networks_of_such_only() {
        for (written, address, expected) in [
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1:80", "127.0.0.1", true),
            ("127.0.0.1:81", "127.0.0.1", false),
            ("10.0.0.0/8", "10.1.1.1", true),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true),
            ("0.0.0.0/0", "10.1.1.1", false),
            ("8.0.0.0/6", "10.1.1.1", false),
            ("::/0", "fd00::1", false),
            ("fd00::/8", "fd00::1", true),
            ("*", "10.1.1.1", false),
            ("169.254.0.0/16", "169.254.169.254", true),
        ] {
            let found = rule(written).opens(address.parse().unwrap(), 80);
            assert_eq!(found, expected, "{written} {address}");
        }
    }

    #[test]
    fn what_is_narrower_is_covered() {
        let wide: Vec<Rule> = [
            "*.a.example",
            "b.example:443",
            "10.0.0.0/8",
            "@npm",
            "@models",
        ]
        .map(rule)
        .into();
        for (written, expected) in [
            ("x.a.example", true),
            ("*.x.a.example:1", true),
            ("*.a.example", true),
            ("a.example", false),
            ("b.example:443", true),
            ("b.example", false),
            ("10.2.0.0/16:80", true),
            ("0.0.0.0/0", false),
            ("11.0.0.1", false),
            ("@npm", true),
            ("registry.npmjs.org:443", true),
            ("registry.npmjs.org", false),
            ("@models", true),
            ("@git", false),
            ("*", false),
        ] {
            assert_eq!(covers(&wide, &rule(written)), expected, "{written}");
        }
        assert!(covers(&[rule("*")], &rule("@git")));
        assert!(!covers(&[rule("*")], &rule("@models")));
        // All addresses do not open the private ones, and those are not covered by them.
        assert!(!covers(&[rule("0.0.0.0/0")], &rule("10.0.0.0/8")));
        assert!(covers(&[rule("0.0.0.0/0")], &rule("1.0.0.0/8")));
    }

    #[test]
    fn fuzz_rules() {
        let seeds = crate::testing::corpus(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/rules"));
        crate::testing::fuzz(&seeds, |input| {
            let text = String::from_utf8_lossy(input);
            let Ok(first) = text.parse::<Rule>() else {
                return;
            };
            assert_eq!(first.to_string().parse::<Rule>().as_ref(), Ok(&first));
            assert!(covers(std::slice::from_ref(&first), &first));
        });
    }
}
