use crate::kafka::base::Arrange as _;
use crate::kafka::base::ProducerId;
use crate::kafka::storage::producer_state::ProducerAppendInfo;
use crate::kafka::storage::producer_state::manager::spread_hash;

/// The producers that one append, or one read of a segment, changes (the `mutable.Map` of `UnifiedLog.updateProducers`).
#[derive(Debug, Default)]
pub struct ProducerUpdates {
    /// By id, each with the moment it came.
    found: Vec<(usize, ProducerAppendInfo)>,
}

impl ProducerUpdates {
    /// What changes about a producer; `prepare` begins it.
    pub fn of(
        &mut self,
        id: ProducerId,
        prepare: impl FnOnce() -> ProducerAppendInfo,
    ) -> &mut ProducerAppendInfo {
        let index = match self.found.binary_search_by_key(&id, |(_, info)| info.producer_id()) {
            Ok(index) => index,
            Err(index) => {
                self.found.insert(index, (self.found.len(), prepare()));
                index
            }
        };
        &mut self.found[index].1
    }

    /// In the order in which Scala's hash map yields them: by bucket, in a bucket by hash, and last by arrival. New
    /// producers come into the partition's own map in this order, which its snapshots show.
    pub fn in_order(&self) -> Vec<&ProducerAppendInfo> {
        let mut table = 16;
        while self.found.len() as u32 >= table / 4 * 3 {
            table *= 2;
        }
        let mut infos: Vec<&(usize, ProducerAppendInfo)> = self.found.iter().collect();
        infos.arrange_by_key(|(arrival, info)| {
            let hash = spread_hash(info.producer_id());
            (hash & (table - 1), hash as i32, *arrival)
        });
        infos.into_iter().map(|(_, info)| info).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::storage::AppendOrigin;
    use crate::kafka::storage::ProducerStateEntry;

    #[test]
    fn producers_come_out_as_scala_yields_them() {
        let order = |ids: &[ProducerId]| {
            let mut updates = ProducerUpdates::default();
            for id in ids {
                let entry = ProducerStateEntry::empty(*id);
                updates.of(*id, || ProducerAppendInfo::new(&entry, AppendOrigin::Replication));
            }
            updates.in_order().iter().map(|info| info.producer_id()).collect::<Vec<_>>()
        };
        let (one, other) = ((3 << 32) + 65, (1 << 32) + 67);
        assert_eq!(
            order(&[7, one, other, 1]),
            [1, one, other, 7],
            "both hash to 66: who came first is first"
        );
        assert_eq!(order(&[other, 7, 1, one]), [1, other, one, 7]);
        assert_eq!(order(&[20, 4]), [4, 20], "in one bucket of 16 the smaller hash is first");
        let twelve: Vec<ProducerId> = vec![16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
        assert_eq!(order(&twelve[..11])[..2], [0, 16]);
        assert_eq!(
            order(&twelve)[11],
            16,
            "the twelfth makes the table grow, and 16 has a bucket of its own"
        );
    }
}
