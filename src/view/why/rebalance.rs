//! Why a group came into a state.

use super::Past;
use super::Said;
use super::Why;
use crate::kafka::base::NodeId;
use crate::kafka::protocol::Api;
use crate::lab::Act;
use crate::lab::GroupState;
use crate::lab::Kind;
use crate::lab::Seq;
use crate::view::Text;

texts! {
    BEGAN_ASKS = "Why does the group {} share its partitions out anew?", "组 {} 为什么要重新分配分区？";
    BEGAN_CAME = "{} came: a new member is a new share for everybody.", "{} 加入：来了新成员，人人的份额都要重算。";
    BEGAN_WENT = "{} is no member any more: what it had needs an owner.", "{} 不再是成员：它的分区需要新的拥有者。";
    BEGAN_AGAIN = "{} joined again: it gave up what others shall have, its subscription changed, or the leader saw other partitions.", "{} 再次加入：它交出了该归他人的分区，或订阅变了，或 leader 看到分区有变。";
    BEGAN_OTHER = "The coordinator decided so by itself: a timer, or topics that changed.", "由 coordinator 自行决定：定时器，或 topic 有变。";
    STABLE_ASKS = "Why is the group {} stable?", "组 {} 为什么已稳定？";
    STABLE_SAYS = "Everybody has his assignment: the leader's SyncGroup is written to __consumer_offsets, or all members are at the target.", "人人都有了分配：leader 的 SyncGroup 已写入 __consumer_offsets，或所有成员已达目标。";
    EMPTY_ASKS = "Why is the group {} empty?", "组 {} 为什么是空的？";
    EMPTY_SAYS = "No member is left. Its committed offsets stay for offsets.retention.minutes.", "没有成员了。已提交的 offset 会保留到 offsets.retention.minutes 过后。";
    DEAD_ASKS = "Why is the group {} gone?", "组 {} 为什么不在了？";
    DEAD_SAYS = "It was deleted, or it has neither members nor offsets.", "它被删除，或既无成员也无 offset。";
    SAME = "the members are those of the last generation", "成员与上一代相同";
}

impl Past<'_> {
    /// Why a group came into this state, by the entry that tells it. What a phase that goes on waits for is told by
    /// [`group_waits`](Self::group_waits).
    pub(super) fn group_moved(&self, entry: Seq, group: &str, state: GroupState) -> Option<Why> {
        let why = match state {
            GroupState::PreparingRebalance | GroupState::Assigning | GroupState::Reconciling => {
                self.rebalance_began(entry, group)
            }
            GroupState::CompletingRebalance => return None,
            GroupState::Stable => {
                let asks = Said::new(STABLE_ASKS, &[&group]);
                Why::new(
                    asks,
                    STABLE_SAYS,
                    "ClassicGroup.transitionTo(STABLE) / ConsumerGroup.maybeUpdateGroupState",
                )
            }
            GroupState::Empty => {
                let said = Why::new(
                    Said::new(EMPTY_ASKS, &[&group]),
                    EMPTY_SAYS,
                    "ClassicGroup.transitionTo(EMPTY)",
                );
                let broker = self.journal.get(entry)?.node;
                let minutes = self.broker_value(broker, "offsets.retention.minutes");
                said.root(self.broker_config(broker.0, "offsets.retention.minutes", minutes))
            }
            GroupState::Dead => {
                let deleted = self.act(|act| matches!(act, Act::DeleteGroup { .. }));
                Why::new(Said::new(DEAD_ASKS, &[&group]), DEAD_SAYS, "GroupCoordinatorShard.deleteGroups")
                    .root(deleted)
            }
        };
        Some(why.cause(Some(entry)))
    }

    fn rebalance_began(&self, entry: Seq, group: &str) -> Why {
        let asks = Said::new(BEGAN_ASKS, &[&group]);
        let came = self.beside(entry, |kind| match kind {
            Kind::MemberCame { member, .. } => Some((member, true)),
            Kind::MemberWent { member, .. } => Some((member, false)),
            _ => None,
        });
        let source = "GroupMetadataManager.prepareRebalance";
        if let Some((member, came)) = came
            && let Some(id) = self.world.names().text_of(member)
        {
            let called = self.called(group, id);
            let said = Said::new(if came { BEGAN_CAME } else { BEGAN_WENT }, &[&called]);
            let node = self.member_node(group, id);
            let why = Why::new(asks, said, source).guard(SAME, "✗", false);
            return why.root(node.and_then(|node| self.came_or_went(node, came)));
        }
        let cause = self.journal.get(entry).and_then(|line| self.journal.get(line.cause));
        match cause.map(|line| line.kind) {
            Some(Kind::Received { api: Api::JoinGroup | Api::ConsumerGroupHeartbeat, peer, .. }) => {
                Why::new(asks, Said::new(BEGAN_AGAIN, &[&super::machines::name(peer)]), source)
                    .guard(SAME, "✓", true)
                    .root(self.client_config(peer.0, "partition.assignment.strategy"))
            }
            _ => Why::new(asks, BEGAN_OTHER, source).guard(SAME, "✓", true),
        }
    }

    /// The act with which a member was started or ended.
    fn came_or_went(&self, node: NodeId, came: bool) -> Option<super::Root> {
        self.act(|act| match act {
            Act::Restart { node: it } => came && *it == node,
            Act::AddConsumer(_) => came,
            Act::Crash { node: it } | Act::PowerOff { node: it } | Act::CloseConsumer { node: it } => {
                !came && *it == node
            }
            _ => false,
        })
    }
}
