//! Which addresses are no part of the open internet, as a table. Pure. An IPv4 address inside an IPv6 one counts as
//! what it is, so that no spelling leads where the plain one may not.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is not open to everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// This machine.
    Loopback,
    /// RFC 1918, unique local, site local.
    Private,
    /// This wire.
    LinkLocal,
    /// Where clouds tell a machine who it is.
    Metadata,
    /// Behind a provider's NAT.
    Shared,
    /// Many machines.
    Multicast,
    /// No machine in particular.
    Unspecified,
    /// Kept for documents, measurements and the future.
    Reserved,
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::LinkLocal => "link-local",
            Self::Metadata => "cloud metadata",
            Self::Shared => "carrier-grade NAT",
            Self::Multicast => "multicast",
            Self::Unspecified => "unspecified",
            Self::Reserved => "reserved",
        })
    }
}

/// Why this address is closed; nothing when it is open.
#[must_use]
pub fn closed(address: IpAddr) -> Option<Closed> {
    match address {
        IpAddr::V4(address) => closed_v4(address),
        IpAddr::V6(address) => closed_v6(address),
    }
}

/// First address, length of the prefix, what it is. The first row that fits counts.
const V4: &[([u8; 4], u32, Closed)] = &[
    ([169, 254, 169, 254], 32, Closed::Metadata),
    ([169, 254, 170, 2], 32, Closed::Metadata),
    ([168, 63, 129, 16], 32, Closed::Metadata),
    ([100, 100, 100, 200], 32, Closed::Metadata),
    ([192, 0, 0, 192], 32, Closed::Metadata),
    ([0, 0, 0, 0], 8, Closed::Unspecified),
    ([10, 0, 0, 0], 8, Closed::Private),
    ([100, 64, 0, 0], 10, Closed::Shared),
    ([127, 0, 0, 0], 8, Closed::Loopback),
    ([169, 254, 0, 0], 16, Closed::LinkLocal),
    ([172, 16, 0, 0], 12, Closed::Private),
    ([192, 0, 0, 0], 24, Closed::Reserved),
    ([192, 0, 2, 0], 24, Closed::Reserved),
    ([192, 88, 99, 0], 24, Closed::Reserved),
    ([192, 168, 0, 0], 16, Closed::Private),
    ([198, 18, 0, 0], 15, Closed::Reserved),
    ([198, 51, 100, 0], 24, Closed::Reserved),
    ([203, 0, 113, 0], 24, Closed::Reserved),
    ([224, 0, 0, 0], 4, Closed::Multicast),
    ([240, 0, 0, 0], 4, Closed::Reserved),
];

/// The same for IPv6, the first segments written out.
const V6: &[([u16; 4], u32, Closed)] = &[
    ([0x64, 0xff9b, 1, 0], 48, Closed::Private),
    ([0x100, 0, 0, 0], 64, Closed::Reserved),
    ([0x2001, 2, 0, 0], 48, Closed::Reserved),
    ([0x2001, 0x0db8, 0, 0], 32, Closed::Reserved),
    ([0x3fff, 0, 0, 0], 20, Closed::Reserved),
    ([0x5f00, 0, 0, 0], 16, Closed::Reserved),
    ([0xfc00, 0, 0, 0], 7, Closed::Private),
    ([0xfe80, 0, 0, 0], 10, Closed::LinkLocal),
    ([0xfec0, 0, 0, 0], 10, Closed::Private),
    ([0xff00, 0, 0, 0], 8, Closed::Multicast),
];

/// The metadata services of a cloud over IPv6.
const V6_METADATA: &[Ipv6Addr] = &[
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
];

fn closed_v4(address: Ipv4Addr) -> Option<Closed> {
    let bits = address.to_bits();
    let row = V4.iter().find(|([a, b, c, d], length, _)| {
        let first = Ipv4Addr::new(*a, *b, *c, *d).to_bits();
        (bits ^ first).leading_zeros() >= *length
    });
    row.map(|(_, _, closed)| *closed)
}

fn closed_v6(address: Ipv6Addr) -> Option<Closed> {
    if address.is_loopback() {
        return Some(Closed::Loopback);
    }
    if address.is_unspecified() {
        return Some(Closed::Unspecified);
    }
    if V6_METADATA.contains(&address) {
        return Some(Closed::Metadata);
    }
    let bits = address.to_bits();
    let row = V6.iter().find(|([a, b, c, d], length, _)| {
        let first = Ipv6Addr::new(*a, *b, *c, *d, 0, 0, 0, 0).to_bits();
        (bits ^ first).leading_zeros() >= *length
    });
    let own = row.map(|(_, _, closed)| *closed);
    own.or_else(|| inside(address).into_iter().flatten().find_map(closed_v4))
}

/// The IPv4 addresses that an IPv6 address carries, by the forms that routers and systems know.
fn inside(address: Ipv6Addr) -> [Option<Ipv4Addr>; 2] {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let pair = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match [a, b, c, d, e, f] {
        // Compatible, mapped, translated (SIIT), NAT64.
        [0, 0, 0, 0, 0, 0 | 0xffff] | [0, 0, 0, 0, 0xffff, 0] | [0x64, 0xff9b, 0, 0, 0, 0] => {
            [Some(pair(g, h)), None]
        }
        // 6to4.
        [0x2002, high, low, ..] => [Some(pair(high, low)), None],
        // Teredo: the server, and the client with its bits turned.
        [0x2001, 0, high, low, ..] => [Some(pair(high, low)), Some(pair(!g, !h))],
        // ISATAP, under any prefix.
        [_, _, _, _, 0 | 0x200, 0x5efe] => [Some(pair(g, h)), None],
        _ => [None, None],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_address_is_told_from_the_open_ones() {
        for (address, expected) in [
            ("127.0.0.1", Some(Closed::Loopback)),
            ("127.255.255.254", Some(Closed::Loopback)),
            ("0.0.0.0", Some(Closed::Unspecified)),
            ("0.1.2.3", Some(Closed::Unspecified)),
            ("10.0.0.1", Some(Closed::Private)),
            ("172.15.255.255", None),
            ("172.16.0.1", Some(Closed::Private)),
            ("172.31.255.255", Some(Closed::Private)),
            ("172.32.0.0", None),
            ("192.168.1.1", Some(Closed::Private)),
            ("192.169.0.0", None),
            ("100.63.255.255", None),
            ("100.64.0.1", Some(Closed::Shared)),
            ("100.127.255.255", Some(Closed::Shared)),
            ("100.128.0.0", None),
            ("100.100.100.200", Some(Closed::Metadata)),
            ("169.254.1.1", Some(Closed::LinkLocal)),
            ("169.254.169.254", Some(Closed::Metadata)),
            ("168.63.129.16", Some(Closed::Metadata)),
            ("192.0.0.192", Some(Closed::Metadata)),
            ("192.0.0.8", Some(Closed::Reserved)),
            ("198.19.255.255", Some(Closed::Reserved)),
            ("198.20.0.0", None),
            ("203.0.113.9", Some(Closed::Reserved)),
            ("224.0.0.1", Some(Closed::Multicast)),
            ("239.255.255.255", Some(Closed::Multicast)),
            ("240.0.0.1", Some(Closed::Reserved)),
            ("255.255.255.255", Some(Closed::Reserved)),
            ("1.1.1.1", None),
            ("93.184.216.34", None),
            ("::", Some(Closed::Unspecified)),
            ("::1", Some(Closed::Loopback)),
            ("fc00::1", Some(Closed::Private)),
            ("fdff:ffff::1", Some(Closed::Private)),
            ("fd00:ec2::254", Some(Closed::Metadata)),
            ("fe80::1", Some(Closed::LinkLocal)),
            ("febf::1", Some(Closed::LinkLocal)),
            ("fec0::1", Some(Closed::Private)),
            ("ff02::1", Some(Closed::Multicast)),
            ("2001:db8::1", Some(Closed::Reserved)),
            ("100::1", Some(Closed::Reserved)),
            ("2606:4700:4700::1111", None),
            ("2a00:1450:4001::1", None),
        ] {
            assert_eq!(closed(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn an_ipv4_address_inside_an_ipv6_one_counts_as_what_it_is() {
        for (address, expected) in [
            ("::ffff:127.0.0.1", Some(Closed::Loopback)),
            ("::ffff:169.254.169.254", Some(Closed::Metadata)),
            ("::ffff:1.1.1.1", None),
            ("::ffff:0:10.0.0.1", Some(Closed::Private)),
            ("::127.0.0.1", Some(Closed::Loopback)),
            ("::10.1.2.3", Some(Closed::Private)),
            ("64:ff9b::192.168.0.1", Some(Closed::Private)),
            ("64:ff9b::8.8.8.8", None),
            ("64:ff9b:1::8.8.8.8", Some(Closed::Private)),
            ("2002:7f00:1::", Some(Closed::Loopback)),
            ("2002:a9fe:a9fe::1", Some(Closed::Metadata)),
            ("2002:0808:0808::1", None),
            // Teredo with a private server, and with the client 127.0.0.1.
            ("2001:0:0a00:1::f7f7:f7f7", Some(Closed::Private)),
            ("2001:0:0808:0808::80ff:fffe", Some(Closed::Loopback)),
            ("2001:0:0808:0808::f7f7:f7f7", None),
            ("2a00:1450::5efe:10.0.0.1", Some(Closed::Private)),
            ("2a00:1450::200:5efe:192.168.0.1", Some(Closed::Private)),
            ("2a00:1450::5efe:8.8.8.8", None),
        ] {
            assert_eq!(closed(address.parse().unwrap()), expected, "{address}");
        }
    }
}
