//! What listens in a session.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A script for opencode's own runtime that prints what the kernel says of TCP sockets.
pub(crate) const LIST: &str = r#"for (const of of ["tcp", "tcp6"]) try {
  process.stdout.write(require("fs").readFileSync(`/proc/self/net/${of}`));
} catch {}"#;

/// The state of a listening socket, <https://docs.kernel.org/networking/proc_net_tcp.html>.
const LISTENING: &str = "0A";

/// Where Docker answers questions for names in a network of its own, in the container's network namespace
/// (<https://docs.docker.com/engine/network/#dns-services>): the engine's, and nothing of the session's.
const RESOLVER_OF_DOCKER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 11));

/// More ports are not listed.
const MOST: usize = 1000;

/// A port on which a program of a session listens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct ListeningPort {
    /// The port.
    pub port: u16,
    /// The address in the container that it listens on.
    pub address: IpAddr,
}

/// Reads the kernel's lines, which come from the session and may be anything. Each port and address once,
/// sorted.
pub(crate) fn read_listening(text: &str) -> Vec<ListeningPort> {
    let mut found: Vec<ListeningPort> = text.lines().filter_map(read_line).take(MOST).collect();
    found.sort();
    found.dedup();
    found
}

fn read_line(line: &str) -> Option<ListeningPort> {
    let mut words = line.split_ascii_whitespace().skip(1);
    let (local, _remote, state) = (words.next()?, words.next()?, words.next()?);
    if state != LISTENING {
        return None;
    }
    let (address, port) = local.split_once(':')?;
    let address = read_address(address).filter(|address| *address != RESOLVER_OF_DOCKER)?;
    Some(ListeningPort {
        port: u16::from_str_radix(port, 16).ok()?,
        address,
    })
}

/// Words of 32 bits, each in the order of the processor's bytes, which is little endian on all that
/// opencode runs on.
fn read_address(text: &str) -> Option<IpAddr> {
    if !text.is_ascii() {
        return None;
    }
    let mut bytes = Vec::new();
    for word in text.as_bytes().chunks(8) {
        let word = std::str::from_utf8(word).ok()?;
        bytes.extend(u32::from_str_radix(word, 16).ok()?.to_le_bytes());
    }
    if let Ok(v4) = <[u8; 4]>::try_from(bytes.as_slice()) {
        return Some(Ipv4Addr::from(v4).into());
    }
    let v6 = Ipv6Addr::from(<[u8; 16]>::try_from(bytes.as_slice()).ok()?);
    Some(v6.to_ipv4_mapped().map_or(v6.into(), IpAddr::V4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_says_is_read() {
        let text = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1435 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000 0 1 1 0 100 0 0 10 0
   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000 0 2 1 0 100 0 0 10 0
   2: 0B00007F:8F89 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0 0 2 1 0 100 0 0 10 0
   3: 0100007F:1435 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000 0 3 1 0 100 0 0 10 0
  sl  local_address                         remote_address                        st tx_queue rx_queue
   0: 00000000000000000000000001000000:0BB8 00000000000000000000000000000000:0000 0A 00000000:00000000
   1: 0000000000000000FFFF00000100007F:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000
   2: 0000000000000000FFFF00000100007F:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000
";
        let found: Vec<String> = read_listening(text)
            .iter()
            .map(|one| format!("{} {}", one.port, one.address))
            .collect();
        let expected = ["80 0.0.0.0", "3000 ::1", "5173 127.0.0.1", "8080 127.0.0.1"];
        assert_eq!(found, expected);
    }

    #[test]
    fn fuzz_listening_sockets() {
        let seed = b"   0: 0100007F:1435 00000000:0000 0A 00000000:00000000".to_vec();
        crate::testing::fuzz(&[seed], |input| {
            let found = read_listening(&String::from_utf8_lossy(input));
            assert!(found.is_sorted());
        });
    }
}
