use super::Text;
use crate::kafka::base::Duration;
use crate::kafka::base::NodeId;
use crate::kafka::base::TopicPartition;
use crate::lab::Act;
use crate::view::ClusterView;

/// The followers are held up from here on…
const HELD_AFTER: Duration = Duration::from_millis(300);
/// …and the leader dies here.
const CRASHED_AFTER: Duration = Duration::from_millis(500);

/// A pair of worlds that is worth seeing: what differs, and what then happens in both.
#[derive(Clone, Debug, PartialEq)]
pub struct WhatIf {
    /// What B has and A has not.
    pub change: Vec<Act>,
    /// What happens in both, counted from the moment at which they part.
    pub both: Vec<(Duration, Act)>,
    /// The partition whose leader dies, and the leader.
    pub about: (TopicPartition, i32),
}

impl WhatIf {
    pub const NAME: Text = Text::new("What if acks=1 were acks=all?", "如果把 acks=1 换成 acks=all？");
    pub const SAYS: Text = Text::new(
        "Two worlds from this moment: A stays as it is, B gets acks=all and min.insync.replicas=2. In both, the followers of {} fall behind, and then its leader, broker {}, crashes.",
        "从此刻分出两个世界：A 保持原样，B 改为 acks=all 和 min.insync.replicas=2。在两个世界里，{} 的 follower 都先落后，然后它的 leader（broker {}）崩溃。",
    );

    /// What a producer with acks=1 loses with its leader; `None` in a world without such a producer and followers.
    pub fn acks(view: &ClusterView) -> Option<Self> {
        let producer = view.producers.iter().find(|it| it.running && it.acks == "1" && it.rate > 0)?;
        let partition = view.partitions.iter().find(|it| {
            it.partition.topic == producer.topic && it.replicas.len() > 1 && it.leader.is_some()
        })?;
        let leader = partition.leader?;
        let set = |value: &str| Some(value.to_owned());
        let change = vec![
            Act::SetTopicConfig {
                topic: producer.topic.clone(),
                config: "min.insync.replicas".into(),
                value: set("2"),
            },
            Act::SetClientConfig { node: NodeId(producer.id), config: "acks".into(), value: set("all") },
        ];
        let followers = partition.replicas.iter().filter(|id| **id != leader);
        let hold =
            |from: &i32| Act::Hold { from: NodeId(*from), to: NodeId(leader), api: Some("Fetch".into()) };
        let mut both: Vec<_> = followers.map(|from| (HELD_AFTER, hold(from))).collect();
        both.push((CRASHED_AFTER, Act::Crash { node: NodeId(leader) }));
        Some(Self { change, both, about: (partition.partition.clone(), leader) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::base::Instant;
    use crate::lab::Progress;
    use crate::lab::Recorded;
    use crate::lab::Timeline;
    use crate::lab::Twin;
    use crate::lesson::first;
    use crate::view::Outcomes;

    #[test]
    fn on_the_first_screen_acks_1_loses_records_with_its_leader_and_acks_all_none() {
        let scene = first();
        let mut timeline = Timeline::new(scene.genesis);
        for Recorded { at, act } in scene.acts {
            timeline.seek(at);
            timeline.act(act).unwrap();
        }
        timeline.seek(scene.seen_at);
        let pair = WhatIf::acks(&ClusterView::of(timeline.world())).unwrap();
        timeline.plan(pair.both);
        let mut twin = Twin::begin(&mut timeline, &pair.change).unwrap();
        let mut outcomes = Outcomes::begin(&twin, &timeline);
        let until = scene.seen_at + Duration::from_millis(14_000);
        while twin.play_to(&mut timeline, until, 5_000) == Progress::More {}
        let [a, b] = outcomes.count(&twin, &timeline).unwrap();
        assert!(a.lost > 5 && b.lost == 0, "{a:?}\n{b:?}");
        assert!(twin.difference(&timeline).is_some_and(|found| found.at > Instant::ZERO));
    }
}
