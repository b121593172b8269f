//! Networks, published ports, the host's name.

use std::fs;

use super::{
    CheckFunction, Found, Suite, check,
    held::{Held, unique},
    verdict::{Failure, Verdict, equal, holds},
};
use crate::spec::{Access, Mount, Network, PublishedPort, RunSpec};

pub(super) const CHECKS: &[(&str, CheckFunction)] = &[
    check!("a container without a network has none", no_network),
    check!(
        "the host's network is shared only if that is asked for",
        the_hosts_network
    ),
    check!("ports are published to this machine", ports),
    check!("the host has a name", host_alias),
    check!("hosts are known that are given", hosts),
    check!("names are asked for where that is to be done", dns),
];

async fn no_network(suite: &Suite<'_>) -> Verdict {
    let interfaces = async |network| {
        let spec = RunSpec {
            network,
            ..suite.script("grep -c : /proc/net/dev")
        };
        let found = suite.output(&spec).await?;
        Ok::<u32, Failure>(found.trim().parse().map_err(|_| found)?)
    };
    let alone = interfaces(Network::None).await?;
    let bridged = interfaces(Network::Default).await?;
    holds(bridged > alone, || {
        format!("interfaces without a network: {alone}, with one: {bridged}")
    })
}

async fn the_hosts_network(suite: &Suite<'_>) -> Verdict {
    let directory = unique(&suite.fixture.directory, "networks");
    fs::create_dir_all(&directory)?;
    // Numbers of namespaces are used again, so all of them must be there at once.
    let namespace = async |name: &str, network| {
        let script = format!(
            "cd {directory} && readlink /proc/self/ns/net > {name}; n=0; \
             while [ $(ls | wc -l) -lt 3 ] && [ $n -lt 600 ]; do sleep 0.1; n=$((n+1)); done; \
             cat {name}"
        );
        let spec = RunSpec {
            network,
            mounts: vec![Mount::bind(&directory, &directory, Access::ReadWrite)],
            ..suite.script(&script)
        };
        suite.output(&spec).await
    };
    let (first, second, own) = tokio::join!(
        namespace("first", Network::Host),
        namespace("second", Network::Host),
        namespace("own", Network::Default),
    );
    fs::remove_dir_all(&directory)?;
    let (first, second, own) = (first?, second?, own?);
    holds(first.starts_with("net:"), || format!("found {first:?}"))?;
    equal(&second, &first)?;
    holds(own != first, || "its own network is the host's".to_owned())
}

async fn ports(suite: &Suite<'_>) -> Verdict {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())?
        .port();
    let spec = RunSpec {
        ports: vec![PublishedPort {
            host: free,
            container: 4096,
        }],
        ..suite.script("")
    };
    let look = async |held: &Held| Ok(suite.witness.container(&held.name)?);
    let (facts, _) = suite.held(spec, look).await?;
    let facts = facts.ok_or("no container has the name")?;
    equal(facts.ports, vec![("127.0.0.1".to_owned(), free, 4096)])
}

async fn host_alias(suite: &Suite<'_>) -> Verdict {
    let alias = suite.witness.engine()?.host_alias;
    let is_known = async |host_alias: Option<String>| -> Found<bool> {
        let spec = RunSpec {
            host_alias,
            ..suite.script(&format!("grep -cw {alias} /etc/hosts || true"))
        };
        let found = suite.output(&spec).await?;
        Ok(found.trim().parse::<u32>().map_err(|_| found)? > 0)
    };
    let asked = is_known(Some(alias.clone())).await?;
    holds(asked, || format!("{alias} is not known"))?;
    if is_known(None).await? {
        let reason = "the engine gives the name of its own accord";
        return Err(Failure::NotApplicable(reason.to_owned()));
    }
    Ok(())
}

async fn hosts(suite: &Suite<'_>) -> Verdict {
    let given = [("conformance.example", "192.0.2.1"), ("six", "2001:db8::5")];
    let script = "grep -E 'conformance.example|six' /etc/hosts | tr -s ' \\t' ' ' | sort";
    let spec = RunSpec {
        network: Network::Default,
        hosts: given
            .map(|(name, address)| {
                let name = name.parse().expect("a name");
                (name, address.parse().expect("an address"))
            })
            .into(),
        ..suite.script(script)
    };
    let found = suite.output(&spec).await?;
    equal(
        found.trim(),
        "192.0.2.1 conformance.example\n2001:db8::5 six",
    )
}

async fn dns(suite: &Suite<'_>) -> Verdict {
    let spec = RunSpec {
        network: Network::Default,
        dns_servers: vec!["192.0.2.53".parse().expect("an address")],
        dns_search: vec!["conformance.example".to_owned()],
        ..suite.script("grep -E '^(nameserver|search)' /etc/resolv.conf | sort")
    };
    let found = suite.output(&spec).await?;
    equal(
        found.trim(),
        "nameserver 192.0.2.53\nsearch conformance.example",
    )
}
