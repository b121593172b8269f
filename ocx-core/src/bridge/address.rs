//! Addresses that lead to the host, to its neighbours or nowhere, instead of to the public network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// The blocks that are not public, of the registries for special addresses
/// (<https://www.iana.org/assignments/iana-ipv4-special-registry>, and `-ipv6-`): loopback, private,
/// link-local with the metadata services of clouds, shared, multicast, reserved and of documents; and
/// those in which an IPv4 address is hidden that a router may unpack (6to4, Teredo, IPv4-compatible).
const SPECIAL: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
];

/// The special block that an address lies in.
pub(super) fn special_block(address: IpAddr) -> Option<IpNet> {
    SPECIAL
        .iter()
        .map(|block| block.parse::<IpNet>().expect("a block"))
        .find(|block| block.contains(&address))
}

/// The address that is meant: an IPv4 address that is written as IPv6 is the former, also if a
/// translator is meant to unpack it (RFC 4291, 2.5.5.2; RFC 6052).
pub(super) fn canonical(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else {
        return address;
    };
    if let Some(v4) = v6.to_ipv4_mapped() {
        return v4.into();
    }
    translated(v6).map_or(address, IpAddr::V4)
}

fn translated(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let segments = address.segments();
    let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = segments else {
        return None;
    };
    let bits = (u32::from(high) << 16) | u32::from(low);
    Some(Ipv4Addr::from(bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_public(text: &str) -> bool {
        special_block(canonical(text.parse().unwrap())).is_none()
    }

    #[test]
    fn the_public_network_is_told_from_the_rest() {
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.1",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "192.169.0.0",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2a00:1450:4001::1",
            "64:ff9b::101:101",
            "::ffff:1.1.1.1",
        ] {
            assert!(is_public(public), "{public}");
        }
        for special in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a00:1",
            "64:ff9b:1::a00:1",
            "2001:0:1::1",
            "2002:7f00:1::",
            "fd00::1",
            "fd00:ec2::254",
            "fe80::1",
            "ff02::1",
        ] {
            assert!(!is_public(special), "{special}");
        }
    }

    #[test]
    fn blocks_are_written_as_blocks() {
        for block in SPECIAL {
            let parsed: IpNet = block.parse().unwrap();
            assert_eq!(parsed.trunc().to_string(), *block);
        }
    }
}
