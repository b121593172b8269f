//! How a session finds hosts by their names.

use std::{collections::BTreeMap, net::IpAddr};

use super::{Causes, setting};
use crate::{
    settings::Settings,
    spec::{HostAddress, HostName, Network, Piece},
};

/// What a container knows of hosts by itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Hosts {
    pub(super) entries: BTreeMap<HostName, HostAddress>,
    pub(super) servers: Vec<IpAddr>,
    pub(super) search: Vec<String>,
}

/// Without a network there is no host to find, and in the host's own one they are found as the host
/// finds them.
pub(super) fn hosts(settings: &Settings, network: &Network) -> Hosts {
    match network {
        Network::None | Network::Host => Hosts::default(),
        Network::Default | Network::Named(_) => Hosts {
            entries: settings.add_hosts.clone(),
            servers: settings.dns.clone(),
            search: settings.dns_search.clone(),
        },
    }
}

pub(super) fn host_causes() -> Causes {
    let mut causes = Causes::default();
    causes.set(Piece::Hosts, [setting("add_hosts")]);
    causes.set(Piece::DnsServers, [setting("dns")]);
    causes.set(Piece::DnsSearch, [setting("dns_search")]);
    causes
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    #[test]
    fn hosts_are_known_where_a_container_has_a_network_of_its_own() {
        let fixture = Fixture::new(&[
            ("add_hosts", "{ db = \"10.0.0.5\" }"),
            ("dns", "10.0.0.2"),
            ("dns_search", "corp.example"),
        ]);
        let found = |network| hosts(&fixture.settings, &network);
        let known = Hosts {
            entries: [("db".parse().unwrap(), "10.0.0.5".parse().unwrap())].into(),
            servers: vec!["10.0.0.2".parse().unwrap()],
            search: vec!["corp.example".to_owned()],
        };
        assert_eq!(found(Network::Default), known);
        assert_eq!(found(Network::Named("team".to_owned())), known);
        assert_eq!(found(Network::None), Hosts::default());
        assert_eq!(found(Network::Host), Hosts::default());
    }
}
