//! Network addresses that programs may use, as text: an address or a network, perhaps with a port.

use std::net::{IpAddr, SocketAddr};

use crate::error::{Failure, Result};

/// One rule: `10.0.0.0/8`, `192.168.1.7:443`, `[2001:db8::]/32`, `[::1]:80`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rule {
    network: IpAddr,
    /// How many of its bits count.
    bits: u32,
    /// The port, if only one.
    port: Option<u16>,
}

impl Rule {
    pub fn parse(text: &str) -> Result<Rule> {
        Rule::read(text.trim()).ok_or_else(|| {
            Failure::argument(format_args!(
                "{text:?} is not an address: write 10.0.0.0/8, 192.168.1.7:443, [2001:db8::]/32 or [::1]:80"
            ))
        })
    }

    fn read(text: &str) -> Option<Rule> {
        // What follows the address: a prefix length, a port, or one after the other.
        let (address, rest) = match text.strip_prefix('[') {
            Some(inner) => inner.split_once(']')?,
            None if text.matches(':').count() > 1 => text.split_at(text.find('/').unwrap_or(text.len())),
            None => text.split_at(text.find(['/', ':']).unwrap_or(text.len())),
        };
        let network: IpAddr = address.parse().ok()?;
        let (bits, port) = match rest.strip_prefix('/') {
            Some(rest) => rest.split_once(':').map_or((Some(rest), None), |(bits, port)| (Some(bits), Some(port))),
            None if rest.is_empty() => (None, None),
            None => (None, Some(rest.strip_prefix(':')?)),
        };
        let most = if network.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(most), |bits| bits.parse().ok().filter(|bits| *bits <= most))?;
        let port = port.map_or(Some(None), |port| port.parse().ok().filter(|port| *port != 0).map(Some))?;
        Some(Rule { network, bits, port })
    }

    pub fn allows(&self, address: &SocketAddr) -> bool {
        let same = match (self.network, address.ip().to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(ip)) => {
                let mask = u32::MAX.checked_shl(32 - self.bits).unwrap_or(0);
                (network.to_bits() ^ ip.to_bits()) & mask == 0
            }
            (IpAddr::V6(network), IpAddr::V6(ip)) => {
                let mask = u128::MAX.checked_shl(128 - self.bits).unwrap_or(0);
                (network.to_bits() ^ ip.to_bits()) & mask == 0
            }
            _ => false,
        };
        same && self.port.is_none_or(|port| port == address.port())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(rule: &str, address: &str) -> bool {
        Rule::parse(rule).unwrap().allows(&address.parse().unwrap())
    }

    #[test]
    fn rules_allow_what_they_say() {
        assert!(allows("10.0.0.0/8", "10.255.1.2:80"));
        assert!(!allows("10.0.0.0/8", "11.0.0.1:80"));
        assert!(allows("0.0.0.0/0", "8.8.8.8:53"));
        assert!(!allows("0.0.0.0/0", "[::1]:53"));
        assert!(allows("192.168.1.7:443", "192.168.1.7:443"));
        assert!(!allows("192.168.1.7:443", "192.168.1.7:80"));
        assert!(!allows("192.168.1.7:443", "192.168.1.8:443"));
        assert!(allows("10.1.0.0/16:8080", "10.1.9.9:8080"));
        assert!(allows("2001:db8::/32", "[2001:db8:1::2]:1"));
        assert!(allows("[::1]:80", "[::1]:80"));
        assert!(!allows("[::1]/128:80", "[::1]:81"));
        assert!(allows("::/0", "[fe80::1]:1"));
        // An IPv4 address in the clothes of an IPv6 one.
        assert!(allows("127.0.0.1", "[::ffff:127.0.0.1]:1"));
        assert!(!allows("::/0", "[::ffff:127.0.0.1]:1"));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in
            ["", "localhost", "10.0.0.0/33", "::/129", "1.2.3.4:0", "1.2.3.4:65536", "1.2.3", "[::1", "1.2.3.4/"]
        {
            assert!(Rule::parse(text).is_err(), "{text}");
        }
        let message = Rule::parse("localhost").unwrap_err().report().message.clone();
        assert!(message.starts_with("\"localhost\" is not an address: write 10.0.0.0/8"), "{message}");
    }
}
