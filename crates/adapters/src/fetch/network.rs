//! Which addresses are public, and networks as they are written: `10.0.0.0/8`.
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// What of IPv4 is for special purposes (RFC 6890 and its registry), multicast or reserved.
const SPECIAL_V4: [([u8; 4], u8); 16] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 31, 196, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];
/// What of IPv6 is global unicast at all.
const GLOBAL_V6: ([u16; 8], u8) = ([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);
/// And what of that is not public: protocol assignments with Teredo, documentation, 6to4, AS112.
const SPECIAL_V6: [([u16; 8], u8); 5] = [
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16),
    ([0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0], 48),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
];

/// Whether an address is one that everybody reaches: none of a machine, a network, a cloud's metadata or a translation.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let network = |(first, prefix): ([u8; 4], u8)| Network { first: Ipv4Addr::from(first).into(), prefix };
            !SPECIAL_V4.into_iter().any(|special| network(special).holds(address.into()))
        }
        IpAddr::V6(address) => {
            let network = |(first, prefix): ([u16; 8], u8)| Network { first: Ipv6Addr::from(first).into(), prefix };
            network(GLOBAL_V6).holds(address.into())
                && !SPECIAL_V6.into_iter().any(|special| network(special).holds(address.into()))
        }
    }
}

/// A network: its first address, and how many bits of it count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Network {
    first: IpAddr,
    prefix: u8,
}

impl Network {
    /// Whether an address is in it; one of IPv4 that is written as IPv6 counts as what it is.
    pub fn holds(self, address: IpAddr) -> bool {
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                same_bits(u128::from(first.to_bits()) << 96, u128::from(address.to_bits()) << 96, self.prefix)
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => same_bits(first.to_bits(), address.to_bits(), self.prefix),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

/// Whether so many bits are the same, from the highest on.
fn same_bits(one: u128, other: u128, count: u8) -> bool {
    (one ^ other).leading_zeros() >= u32::from(count)
}

impl fmt::Display for Network {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.first, self.prefix)
    }
}

impl FromStr for Network {
    type Err = String;

    /// Reads `10.0.0.0/8` or `fd00::/8`; one address alone is a network of its own.
    fn from_str(text: &str) -> Result<Network, String> {
        let odd = || format!("`{text}` is no network, as 10.0.0.0/8 and fd00::/8 are");
        let (first, prefix) = text.split_once('/').map_or((text, None), |(first, prefix)| (first, Some(prefix)));
        let first: IpAddr = first.parse().map_err(|_| odd())?;
        let bits = if first.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(bits), |prefix| prefix.parse().map_err(|_| odd()))?;
        if prefix > bits {
            return Err(odd());
        }
        Ok(Network { first, prefix })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_inside_is_told_from_what_is_public() {
        let inside = [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.254",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.0.170",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "192.168.255.255",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:10.0.0.1",
            "::ffff:192.168.1.1",
            "::127.0.0.1",
            "::10.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b::808:808",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "2002:a00:1::1",
            "2002:808:808::1",
            "3fff::1",
            "3fff:fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fdff::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
            "ff0e::1",
            "4000::1",
            "2620:4f:8000::1",
        ];
        for address in inside {
            assert!(!is_public(address.parse().expect("it is an address")), "{address}");
        }
        let public = [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.1",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "192.167.1.1",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2a00:1450::1",
            "2606:4700::1111",
            "2003::1",
        ];
        for address in public {
            assert!(is_public(address.parse().expect("it is an address")), "{address}");
        }
    }

    #[test]
    fn a_network_holds_what_begins_as_it_does() {
        let network = |text: &str| text.parse::<Network>();
        let ten = network("10.0.0.0/8").expect("it is one");
        assert_eq!(ten.to_string(), "10.0.0.0/8");
        for (address, is_in) in [("10.9.9.9", true), ("::ffff:10.1.1.1", true), ("11.0.0.0", false), ("fd00::1", false)]
        {
            assert_eq!(ten.holds(address.parse().expect("it is an address")), is_in, "{address}");
        }
        assert!(network("fd00::/8").expect("it is one").holds("fd12::1".parse().expect("it is an address")));
        let one = network("192.168.7.1").expect("it is one");
        assert!(one.holds(IpAddr::from([192, 168, 7, 1])) && !one.holds(IpAddr::from([192, 168, 7, 2])));
        assert!(network("0.0.0.0/0").expect("it is one").holds(IpAddr::from([255, 1, 1, 1])));
        for odd in ["", "10.0.0.0/33", "10.0.0/8", "fd00::/129", "10.0.0.0/x", "example.com/8"] {
            assert!(network(odd).is_err(), "{odd}");
        }
    }
}
