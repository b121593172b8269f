//! How sessions find hosts by their names.

use std::{collections::BTreeMap, net::IpAddr};

use figment::value::Value;

use super::value::{
    Read, ReadContext, describe, mismatch, one_or_more, parsed, plain_text, quoted, table,
};
use crate::spec::{HostAddress, HostName};

/// More servers than these are asked by no program: `MAXNS` of `resolv.h`.
const MOST_SERVERS: usize = 3;
const MOST_DOMAINS: usize = 32;
const MOST_HOSTS: usize = 1000;

pub(in crate::settings) fn add_hosts(
    value: &Value,
    _: &ReadContext,
) -> Read<BTreeMap<HostName, HostAddress>> {
    const EXPECTED: &str = "a table of hosts and their addresses such as `{ \"db.local\" = \"10.0.0.5\" }`, each name in quotes";
    const ADDRESS: &str = "an IP address, or `host-gateway` for this machine";
    let mut hosts = BTreeMap::new();
    for (text, value) in table(value, EXPECTED)? {
        let name: HostName = text
            .parse()
            .or_else(|_| mismatch(format!("the host {}", quoted(text)), EXPECTED))?;
        if name.as_str() == "localhost" {
            return mismatch(
                format!("the host {}", quoted(text)),
                "other names, since that one is the session itself",
            );
        }
        let address = match value {
            Value::String(..) => parsed(value, ADDRESS)?,
            // `db.local = "…"` without quotes is a table in a table.
            Value::Dict(..) => return mismatch(format!("a table for {}", quoted(text)), EXPECTED),
            _ => return mismatch(describe(value), ADDRESS),
        };
        if hosts.insert(name, address).is_some() {
            return mismatch(format!("the host {} twice", quoted(text)), EXPECTED);
        }
    }
    if hosts.len() > MOST_HOSTS {
        return mismatch(
            format!("a table of {}", hosts.len()),
            format!("at most {MOST_HOSTS} hosts"),
        );
    }
    Ok(hosts)
}

pub(in crate::settings) fn dns(value: &Value, _: &ReadContext) -> Read<Vec<IpAddr>> {
    const EXPECTED: &str = "a list of IP addresses of name servers such as `[\"10.0.0.2\"]`";
    let mut servers: Vec<IpAddr> = Vec::new();
    for element in one_or_more(value, EXPECTED)? {
        let server: IpAddr = parsed(element, EXPECTED)?;
        if server.is_loopback() {
            return mismatch(
                describe(element),
                "a server that sessions reach, since that address is the session itself",
            );
        }
        if server.is_unspecified() || server.is_multicast() {
            return mismatch(describe(element), EXPECTED);
        }
        if !servers.contains(&server) {
            servers.push(server);
        }
    }
    if servers.len() > MOST_SERVERS {
        return mismatch(
            format!("a list of {}", servers.len()),
            format!("at most {MOST_SERVERS} servers, as programs ask no more"),
        );
    }
    Ok(servers)
}

pub(in crate::settings) fn dns_search(value: &Value, _: &ReadContext) -> Read<Vec<String>> {
    const EXPECTED: &str =
        "a list of domains such as `[\"corp.example\"]`, or `[\".\"]` for no domain at all";
    let mut domains: Vec<String> = Vec::new();
    for element in one_or_more(value, EXPECTED)? {
        let domain = match plain_text(element, EXPECTED)? {
            "." => ".".to_owned(),
            _ => parsed::<HostName>(element, EXPECTED)?.to_string(),
        };
        if !domains.contains(&domain) {
            domains.push(domain);
        }
    }
    if domains.len() > 1 && domains.iter().any(|domain| domain == ".") {
        return mismatch("`.` among other domains", EXPECTED);
    }
    if domains.len() > MOST_DOMAINS {
        return mismatch(
            format!("a list of {}", domains.len()),
            format!("at most {MOST_DOMAINS} domains"),
        );
    }
    Ok(domains)
}
