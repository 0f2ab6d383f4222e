//! Which part of the deadline index each of several hosts looks after. Every host works it out for itself from the list of
//! living hosts; while two lists differ, two hosts may look at the same session, which harms nobody: the commit decides.

use crate::event::HostId;

/// Logical shards that sessions are spread over.
pub const SHARDS: usize = 256;

/// Some of the shards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    shards: Vec<u8>,
}

impl Share {
    /// All of them.
    #[must_use]
    pub fn all() -> Self {
        Self { shards: (0..=u8::MAX).collect() }
    }

    /// Those of `host`, by rendezvous hashing: when a host comes or goes, only its own shards change hands.
    #[must_use]
    pub fn of(host: &HostId, living: &[HostId]) -> Self {
        let mine = |shard: &u8| {
            let own = weight(host, *shard);
            living.iter().all(|other| (weight(other, *shard), other) <= (own, host))
        };
        Self { shards: (0..=u8::MAX).filter(mine).collect() }
    }

    /// The shards, in order.
    #[must_use]
    pub fn shards(&self) -> &[u8] {
        &self.shards
    }
}

/// FNV-1a over the name and the shard, then the finish of `SplitMix64`, so that near names get far weights.
fn weight(host: &HostId, shard: u8) -> u64 {
    let bytes = host.as_str().bytes().chain([shard]);
    let sum = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let sum = (sum ^ (sum >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let sum = (sum ^ (sum >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    sum ^ (sum >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(count: usize) -> Vec<HostId> {
        (0..count).map(|number| HostId::new(&format!("host-{number}"))).collect()
    }

    #[test]
    fn every_shard_has_exactly_one_host() {
        for count in 1..8 {
            let living = hosts(count);
            let mut all: Vec<u8> =
                living.iter().flat_map(|host| Share::of(host, &living).shards().to_vec()).collect();
            all.sort_unstable();
            assert_eq!(all, Share::all().shards(), "{count} hosts");
        }
    }

    #[test]
    fn no_host_has_much_more_than_its_part() {
        let living = hosts(4);
        for host in &living {
            let part = Share::of(host, &living).shards().len();
            assert!((32..=96).contains(&part), "{host} has {part} of 256");
        }
    }

    #[test]
    fn a_host_that_goes_leaves_the_shares_of_the_others_as_they_were() {
        let (before, after) = (hosts(4), hosts(3));
        for host in &after {
            let wider = Share::of(host, &after);
            let kept = Share::of(host, &before);
            assert!(kept.shards().iter().all(|shard| wider.shards().contains(shard)));
        }
    }
}
