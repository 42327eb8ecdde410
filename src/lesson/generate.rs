//! Questions about any world, the learner's own included: each is decided by running a copy of it.

use std::rc::Rc;

use super::AskedForm;
use super::Ran;
use super::Round;
use super::Said;
use super::Text;
use super::Value;
use super::scene::send_from;
use crate::kafka::base::Arrange as _;
use crate::kafka::base::NodeId;
use crate::kafka::base::TopicPartition;
use crate::kafka::storage::LookupStep;
use crate::lab::Act;
use crate::lab::Timeline;
use crate::view::ClusterView;
use crate::view::PartitionView;

/// What a question can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Which partition a key goes to.
    Key,
    /// What a broker touches to find an offset.
    Lookup,
    LogEnd,
    HighWatermark,
    /// Who leads when the leader is gone.
    NextLeader,
    /// Which segment the next batch goes to.
    NextSegment,
}

impl Kind {
    pub const ALL: [Self; 6] =
        [Self::Key, Self::Lookup, Self::LogEnd, Self::NextLeader, Self::NextSegment, Self::HighWatermark];
}

/// A question of one kind about the world as it is now, or nothing when the world has not what it takes. `turn` chooses
/// among the partitions, offsets and keys that it can be about.
pub fn generate(timeline: &Timeline, kind: Kind, turn: u64) -> Option<Round> {
    let view = ClusterView::of(timeline.world());
    match kind {
        Kind::Key => key(&view, turn),
        Kind::Lookup => lookup(timeline, &view, turn),
        Kind::LogEnd => end(&view, turn, true),
        Kind::HighWatermark => end(&view, turn, false),
        Kind::NextLeader => next_leader(&view, turn),
        Kind::NextSegment => next_segment(&view, turn),
    }
}

/// A question of any kind that this world has, and the copy of the world in which it is asked; another one each turn.
pub fn any(timeline: &Timeline, turn: u64) -> Option<(Timeline, Round)> {
    let kinds = Kind::ALL.len() as u64;
    (turn..turn + kinds).find_map(|at| {
        let kind = Kind::ALL[(at % kinds) as usize];
        let world = match kind {
            Kind::LogEnd | Kind::HighWatermark => settled(timeline),
            _ => timeline.clone(),
        };
        generate(&world, kind, turn / kinds + at).map(|round| (world, round))
    })
}

/// A copy in which all producers pause and what was under way has arrived: from here ends can be foretold.
fn settled(timeline: &Timeline) -> Timeline {
    let mut copy = timeline.clone();
    let acts = quiet(&ClusterView::of(copy.world())).collect();
    super::run(&mut copy, acts, 2_000);
    copy
}

/// One of several, in turn.
fn one<T>(all: &[T], turn: u64) -> Option<&T> {
    all.get(usize::try_from(turn % (all.len() as u64).max(1)).ok()?)
}

/// Partitions with a leader whose log has records.
fn led(view: &ClusterView) -> Vec<(&PartitionView, i32)> {
    let has = |p: &PartitionView, leader: i32| {
        view.replica(NodeId(leader), &p.partition).is_some_and(|r| r.log_end > r.log_start)
    };
    let leaders = view.partitions.iter().filter_map(|p| Some((p, p.leader?)));
    leaders.filter(|(p, leader)| has(p, *leader)).collect()
}

fn things(names: impl IntoIterator<Item = String>) -> Value {
    Value::Things(names.into_iter().collect())
}

fn key(view: &ClusterView, turn: u64) -> Option<Round> {
    let producers: Vec<_> = view.producers.iter().filter(|p| p.running).collect();
    let producer = one(&producers, turn)?;
    let topics: Vec<&str> = led(view)
        .iter()
        .map(|(p, _)| &*p.partition.topic)
        .filter(|topic| view.partitions.iter().filter(|p| &*p.partition.topic == *topic).count() > 1)
        .collect();
    let topic = (*one(&topics, turn)?).to_owned();
    let mut partitions: Vec<TopicPartition> =
        view.partitions.iter().map(|p| p.partition.clone()).filter(|p| *p.topic == *topic).collect();
    partitions.arrange();
    let key = format!("user-{}", turn % 97);
    let act = match send_from(producer.id, None, Some(&key), "quiz") {
        Act::Produce { node, key, value, partition, .. } => {
            Act::Produce { node, topic: Some(partitions[0].topic.clone()), partition, key, value }
        }
        other => other,
    };
    // Only what comes from now on is looked through.
    let end = |p: &TopicPartition| {
        let leader = view.partition(p)?.leader?;
        Some(view.replica(NodeId(leader), p)?.log_end)
    };
    let known: Vec<(TopicPartition, i64)> =
        partitions.iter().map(|p| (p.clone(), end(p).unwrap_or(0))).collect();
    let wanted = key.clone();
    let read = move |ran: &Ran<'_>| -> Option<i64> {
        known.iter().find_map(|(p, before)| {
            let name = p.to_string();
            let leader = i32::try_from(ran.leader(&name)?).ok()?;
            let is = |offset: i64| {
                ran.record(leader, &name, offset).is_some_and(|r| {
                    r.key.as_deref() == Some(wanted.as_bytes())
                        && r.value.as_deref() == Some(b"quiz".as_slice())
                })
            };
            (*before..ran.leo(leader, &name)?).any(is).then_some(i64::from(p.partition))
        })
    };
    let count = partitions.len();
    let choices =
        partitions.iter().map(|p| (Said::new(NAME, &[p]), Value::Number(i64::from(p.partition)))).collect();
    let said = key.clone();
    Some(Round {
        ask: Said::new(ASK_KEY, &[&key, &topic]),
        form: AskedForm::Choice(choices),
        acts: quiet(view).chain([(0, act)]).collect(),
        ms: 3_000,
        probe: Rc::new(move |ran| read(ran).into()),
        explain: Rc::new(move |_| {
            let hash = crate::kafka::base::to_positive(crate::kafka::base::murmur2(said.as_bytes()));
            Said::new(WHY_KEY, &[&said, &hash, &hash, &count, &(i64::from(hash) % count as i64)])
        }),
    })
}

fn lookup(timeline: &Timeline, view: &ClusterView, turn: u64) -> Option<Round> {
    let led = led(view);
    let (partition, leader) = one(&led, turn)?;
    let replica = view.replica(NodeId(*leader), &partition.partition)?;
    // Among the segments that are shown; the newest few have the most to search.
    let from = replica.segments.first().map_or(replica.log_start, |s| s.base).max(replica.log_start);
    let offsets: Vec<i64> = (from..replica.high_watermark.max(from + 1).min(replica.log_end)).collect();
    let offset = *one(&offsets, turn.wrapping_mul(31).wrapping_add(7))?;
    let (name, leader) = (partition.partition.to_string(), *leader);
    Ran::since(timeline, timeline.world().seq(), timeline.now()).lookup(&name, offset)?;
    let spot = name.clone();
    let touched = move |ran: &Ran<'_>| -> Option<Vec<String>> {
        let found = ran.lookup(&spot, offset)?;
        let mut out: Vec<String> = Vec::new();
        for step in &found.steps {
            match step {
                LookupStep::Segment { base_offset, chosen: true, .. } => {
                    out.retain(|thing| !thing.starts_with("segment/"));
                    out.push(format!("segment/{leader}/{spot}/{base_offset}"));
                }
                LookupStep::Batch { base_offset, .. } => {
                    out.push(format!("record/{leader}/{spot}/{base_offset}"))
                }
                _ => {}
            }
        }
        Some(out)
    };
    let again = name.clone();
    Some(Round {
        ask: Said::new(ASK_LOOKUP, &[&offset, &name, &leader]),
        form: AskedForm::Click {
            ordered: true,
            kinds: vec![format!("segment/{leader}/{name}/"), format!("record/{leader}/{name}/")],
        },
        acts: Vec::new(),
        ms: 1,
        probe: Rc::new(move |ran| touched(ran).map_or(Value::Nothing, things)),
        explain: Rc::new(move |ran| {
            let found = ran.lookup(&again, offset);
            let (entries, batches, bytes) =
                found.map_or((0, 0, 0), |f| (f.cost.index_entries, f.cost.batches, f.cost.bytes));
            Said::new(WHY_LOOKUP, &[&offset, &entries, &batches, &bytes])
        }),
    })
}

/// All producers pause: nothing that they write by themselves comes between.
fn quiet(view: &ClusterView) -> impl Iterator<Item = (u64, Act)> {
    view.producers.iter().filter(|p| p.running).map(|p| (0, Act::SetRate { node: NodeId(p.id), rate: 0 }))
}

fn end(view: &ClusterView, turn: u64, log_end: bool) -> Option<Round> {
    let led = led(view);
    let (partition, leader) = one(&led, turn)?;
    let replica = view.replica(NodeId(*leader), &partition.partition)?;
    let producer = view.producers.iter().find(|p| p.running)?;
    let (name, leader) = (partition.partition.to_string(), *leader);
    let acts = (0..3_u64).map(|n| {
        let value = format!("quiz {n}");
        let act = match send_from(producer.id, Some(partition.partition.partition), None, &value) {
            Act::Produce { node, partition: to, key, value, .. } => Act::Produce {
                node,
                topic: Some(partition.partition.topic.clone()),
                partition: to,
                key,
                value,
            },
            other => other,
        };
        (n * 100, act)
    });
    let before = if log_end { replica.log_end } else { replica.high_watermark };
    let (read, told) = (name.clone(), name.clone());
    let at =
        move |ran: &Ran<'_>, name: &str| if log_end { ran.leo(leader, name) } else { ran.hw(leader, name) };
    Some(Round {
        ask: Said::new(if log_end { ASK_END } else { ASK_HW }, &[&name, &leader, &before]),
        form: AskedForm::Number(if log_end { LEO } else { HW }),
        acts: quiet(view).chain(acts.map(|(after, act)| (after + 2_000, act))).collect(),
        ms: 5_000,
        probe: Rc::new(move |ran| at(ran, &read).into()),
        explain: Rc::new(move |ran| {
            let (leo, hw) = (ran.leo(leader, &told).unwrap_or(0), ran.hw(leader, &told).unwrap_or(0));
            let isr = ran.isr(&told).iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            Said::new(WHY_END, &[&leo, &hw, &isr])
        }),
    })
}

fn next_leader(view: &ClusterView, turn: u64) -> Option<Round> {
    let led = led(view);
    let replicated: Vec<_> = led.into_iter().filter(|(p, _)| p.replicas.len() > 1).collect();
    let (partition, leader) = one(&replicated, turn)?;
    let (name, leader) = (partition.partition.to_string(), *leader);
    let mut choices: Vec<(Said, Value)> = view
        .brokers
        .iter()
        .filter(|b| b.id != leader)
        .map(|b| (Said::new(BROKER, &[&b.id]), Value::Number(b.id.into())))
        .collect();
    choices.push((NO_LEADER.into(), Value::Nothing));
    let (read, told) = (name.clone(), name.clone());
    let (replicas, isr) = (list(&partition.replicas), list(&partition.isr));
    Some(Round {
        ask: Said::new(ASK_LEADER, &[&name, &leader, &replicas, &isr, &leader]),
        form: AskedForm::Choice(choices),
        acts: vec![(0, Act::Crash { node: NodeId(leader) })],
        // Longer than a broker session: the controller must notice first.
        ms: 20_000,
        probe: Rc::new(move |ran| ran.leader(&read).into()),
        explain: Rc::new(move |ran| {
            let now = ran.leader(&told).map_or_else(|| "—".to_owned(), |id| id.to_string());
            Said::new(WHY_LEADER, &[&replicas, &isr, &now, &ran.epoch(&told)])
        }),
    })
}

fn list(ids: &[i32]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn next_segment(view: &ClusterView, turn: u64) -> Option<Round> {
    let led = led(view);
    let (partition, leader) = one(&led, turn)?;
    let replica = view.replica(NodeId(*leader), &partition.partition)?;
    let producer = view.producers.iter().find(|p| p.running)?;
    let (name, leader, from) = (partition.partition.to_string(), *leader, replica.log_end);
    let act = match send_from(producer.id, Some(partition.partition.partition), None, "quiz") {
        Act::Produce { node, partition: to, key, value, .. } => {
            Act::Produce { node, topic: Some(partition.partition.topic.clone()), partition: to, key, value }
        }
        other => other,
    };
    let bases: Vec<i64> = replica.segments.iter().rev().take(2).map(|s| s.base).collect();
    let mut choices: Vec<(Said, Value)> =
        bases.iter().map(|base| (Said::new(FILE, &[base]), Value::Number(*base))).collect();
    if !bases.contains(&from) {
        choices.push((Said::new(NEW_FILE, &[&from]), Value::Number(from)));
    }
    let (read, told) = (name.clone(), name.clone());
    let holder = move |ran: &Ran<'_>, name: &str| -> Option<i64> {
        ran.leo(leader, name).filter(|end| *end > from)?;
        ran.segments(leader, name).into_iter().filter(|base| *base <= from).max()
    };
    Some(Round {
        ask: Said::new(ASK_SEGMENT, &[&name, &leader, &replica.segments.last().map_or(0, |s| s.bytes)]),
        form: AskedForm::Choice(choices),
        acts: vec![(0, act)],
        ms: 2_000,
        probe: Rc::new(move |ran| holder(ran, &read).into()),
        explain: Rc::new(move |ran| Said::new(WHY_SEGMENT, &[&from, &holder(ran, &told).unwrap_or(0)])),
    })
}

const NAME: Text = Text::new("{}", "{}");
const BROKER: Text = Text::new("broker {}", "broker {}");
const NO_LEADER: Text = Text::new("none: it stays without a leader", "没有：该分区将没有 leader");
const FILE: Text = Text::new("the segment {}", "段 {}");
const NEW_FILE: Text = Text::new("a new segment, {}", "新的段 {}");
const LEO: Text = Text::new("log end offset", "日志末端 LEO");
const HW: Text = Text::new("high watermark", "高水位 HW");
const ASK_KEY: Text = Text::new(
    "All producers pause; then one record with the key `{}` is sent to {}. Which partition does it go to?",
    "所有 producer 停下，然后一条 key 为 `{}` 的记录发送到 {}。它会进入哪个分区？",
);
const WHY_KEY: Text = Text::new(
    "murmur2 of “{}” is {} without its sign; {} modulo {} partitions is {}. The same key goes to the same partition as long as their number stays.",
    "“{}” 的 murmur2 去掉符号位后为 {}；{} 对 {} 个分区取模得 {}。只要分区数不变，同一个 key 总是进入同一分区。",
);
const ASK_LOOKUP: Text = Text::new(
    "A consumer asks for offset {} of {}. Click what broker {} opens and reads to find it, in order: the segment, then the first record of each batch.",
    "consumer 请求 offset {}（{}）。按顺序点击 broker {} 为找到它打开和读取的东西：先是段，然后是每个批次的第一条记录。",
);
const WHY_LOOKUP: Text = Text::new(
    "To find {} it looked at {} index entries and {} batch headers, {} bytes in all. The segment is the one with the largest base offset that is not above it; from the index entry on it reads forwards.",
    "为了找到 {}，它看了 {} 个索引项和 {} 个批次头，共 {} 字节。段是 base offset 不大于它的最大者；从索引项所指处向前读。",
);
const ASK_END: Text = Text::new(
    "In this copy the producers pause. The log of {} on broker {} ends at {}. Three more records are sent to this partition: where does it end five seconds later?",
    "在这份副本里 producer 已停下。{} 在 broker {} 上的日志末端是 {}。再向这个分区发送三条记录，五秒后末端是多少？",
);
const ASK_HW: Text = Text::new(
    "In this copy the producers pause. The high watermark of {} on broker {} is {}. Three more records are sent to this partition: what is it five seconds later?",
    "在这份副本里 producer 已停下。{} 在 broker {} 上的高水位是 {}。再向这个分区发送三条记录，五秒后高水位是多少？",
);
const WHY_END: Text = Text::new(
    "The log ends at {} and the high watermark is {}: the smallest log end of those in sync ({}).",
    "日志末端为 {}，高水位为 {}：即 ISR（{}）中最小的日志末端。",
);
const ASK_LEADER: Text = Text::new(
    "{} is led by broker {}; its replicas are {}, in sync are {}. Broker {} crashes now and stays down. Who leads it twenty seconds later?",
    "{} 的 leader 是 broker {}；副本为 {}，ISR 为 {}。broker {} 现在崩溃且不再恢复。二十秒后谁是 leader？",
);
const WHY_LEADER: Text = Text::new(
    "The controller takes the first of the replicas ({}) that lives and was in sync ({}): broker {}, with epoch {}.",
    "控制器取副本列表（{}）中第一个存活且在 ISR（{}）里的：broker {}，epoch {}。",
);
const ASK_SEGMENT: Text = Text::new(
    "Which segment of {} on broker {} does the next batch go to? The active one has {} bytes.",
    "下一个批次会写入 {}（broker {}）的哪个段？活动段已有 {} 字节。",
);
const WHY_SEGMENT: Text = Text::new(
    "Offset {} lies in the segment {}. A batch goes to the active segment, unless that would grow beyond segment.bytes: then a new one begins with its offset as name.",
    "offset {} 位于段 {}。批次写入活动段；如果写入后会超过 segment.bytes，就新建一个段，以该 offset 为文件名。",
);

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::lesson::first;
    use crate::lesson::run;
    use crate::lesson::stage;

    /// Runs a copy of a world and reads what came of it; other answers are wrong.
    fn decide(timeline: &Timeline, round: &Round) -> Value {
        let mut copy = timeline.clone();
        let (since, began) = run(&mut copy, round.acts.clone(), round.ms);
        let ran = Ran::since(&copy, since, began);
        let truth = (round.probe)(&ran);
        assert!(round.grade(&truth, &ran).right);
        assert!(!round.grade(&Value::Number(-7), &ran).right, "a wrong answer is wrong");
        assert!((round.explain)(&ran).is_whole(), "each place of the explanation is filled");
        assert!(round.ask.is_whole(), "each place of the question is filled");
        truth
    }

    #[test]
    fn the_first_world_has_questions_of_every_kind_and_a_copy_decides_them() {
        let timeline = stage(&first());
        for kind in Kind::ALL {
            for turn in [0, 5] {
                let round = generate(&timeline, kind, turn).unwrap_or_else(|| panic!("{kind:?}"));
                let truth = decide(&timeline, &round);
                assert_ne!(truth, Value::Nothing, "{kind:?}");
                match &round.form {
                    AskedForm::Choice(choices) => {
                        let right = choices.iter().filter(|(_, claim)| *claim == truth).count();
                        assert_eq!(right, 1, "{kind:?}: {truth:?} is among {choices:?}");
                    }
                    AskedForm::Number(_) => assert!(matches!(truth, Value::Number(_)), "{kind:?}"),
                    AskedForm::Click { kinds, .. } => {
                        let Value::Things(things) = &truth else { panic!("{kind:?}: {truth:?}") };
                        let fits = |t: &String| kinds.iter().any(|kind| t.starts_with(kind.as_str()));
                        assert!(things.len() > 1 && things.iter().all(fits), "{things:?}");
                    }
                    other => panic!("{kind:?} asks with {other:?}"),
                }
            }
        }
        assert_eq!(timeline.digest(), stage(&first()).digest(), "the learner's own world is as it was");
    }

    #[test]
    fn a_key_goes_where_its_hash_says() {
        let timeline = stage(&first());
        for turn in 0..3 {
            let round = generate(&timeline, Kind::Key, turn).expect("there is a topic of three partitions");
            let key = format!("user-{turn}");
            let expected = crate::kafka::base::partition_for_key(key.as_bytes(), 3);
            assert_eq!(decide(&timeline, &round), Value::Number(expected.into()));
        }
    }

    #[test]
    fn an_empty_world_has_nothing_to_ask() {
        let timeline = stage(&crate::lesson::Setup::brokers(1, &[]).scene());
        assert!((0..12).all(|turn| any(&timeline, turn).is_none()));
    }
}
