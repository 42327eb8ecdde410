use kafkascope::kafka::base::Instant;
use kafkascope::kafka::base::NodeId;
use kafkascope::kafka::base::TopicPartition;
use kafkascope::kafka::base::name;
use kafkascope::kafka::protocol::Api;
use kafkascope::lab::Act;
use kafkascope::lesson::Language;
use kafkascope::lesson::first;
use kafkascope::ui::desk::Desk;
use kafkascope::ui::desk::Screen;
use kafkascope::ui::desk::Shared;
use kafkascope::ui::desk::Speed;
use kafkascope::ui::desk::Taste;
use kafkascope::ui::desk::Wish;
use kafkascope::ui::engine::Engine;
use kafkascope::ui::group::GroupPicture;
use kafkascope::ui::group::Part;
use kafkascope::ui::group::middle;
use kafkascope::view::Band;
use kafkascope::view::Cause;
use kafkascope::view::Chart;
use kafkascope::view::ChartLine;
use kafkascope::view::Column;
use kafkascope::view::CoordinatorPlace;
use kafkascope::view::Doings;
use kafkascope::view::GroupProtocol;
use kafkascope::view::GroupState;
use kafkascope::view::GroupView;
use kafkascope::view::LagLine;
use kafkascope::view::MemberView;
use kafkascope::view::MoveRow;
use kafkascope::view::RebalanceCost;
use kafkascope::view::RebalanceView;
use kafkascope::view::Span;
use kafkascope::view::Strip;
use yew::prelude::*;

use crate::assert_has;
use crate::desk;
use crate::page;

const COORDINATOR: i32 = 2;
const FIRST: i32 = 20_001;

fn ms(ms: u64) -> Instant {
    Instant(ms * 1000)
}

fn orders(partition: i32) -> TopicPartition {
    TopicPartition::new(&name("orders"), partition)
}

/// A line of the chart: when it left and came, between whom, and its error.
type Row = (u64, u64, i32, i32, Api, bool, Option<&'static str>);

/// c4 joins c1, c2 and c3, who are cooperative: two rebalances, as in the book.
const LINES: [Row; 22] = [
    (19_800, 19_802, 1, 0, Api::Heartbeat, false, None),
    (20_100, 20_102, 4, 0, Api::JoinGroup, false, None),
    (20_102, 20_104, 0, 4, Api::JoinGroup, true, Some("MEMBER_ID_REQUIRED")),
    (20_104, 20_106, 4, 0, Api::JoinGroup, false, None),
    (20_400, 20_402, 1, 0, Api::Heartbeat, false, None),
    (20_402, 20_404, 0, 1, Api::Heartbeat, true, Some("REBALANCE_IN_PROGRESS")),
    (20_405, 20_407, 1, 0, Api::JoinGroup, false, None),
    (20_500, 20_502, 3, 0, Api::JoinGroup, false, None),
    (21_804, 21_806, 2, 0, Api::JoinGroup, false, None),
    (21_806, 21_808, 0, 1, Api::JoinGroup, true, None),
    (21_806, 21_808, 0, 2, Api::JoinGroup, true, None),
    (21_806, 21_808, 0, 4, Api::JoinGroup, true, None),
    (21_809, 21_811, 1, 0, Api::SyncGroup, false, None),
    (21_811, 21_813, 0, 4, Api::SyncGroup, true, None),
    (21_811, 21_813, 0, 2, Api::SyncGroup, true, None),
    (22_200, 22_202, 1, 0, Api::JoinGroup, false, None),
    (22_210, 22_212, 2, 0, Api::JoinGroup, false, None),
    (22_220, 22_222, 4, 0, Api::JoinGroup, false, None),
    (22_300, 22_302, 0, 4, Api::SyncGroup, true, None),
    (22_400, 22_402, 4, 0, Api::OffsetFetch, false, None),
    (22_402, 22_404, 0, 4, Api::OffsetFetch, true, None),
    (22_500, 0, 4, 0, Api::Heartbeat, false, None),
];

fn node(number: i32) -> i32 {
    if number == 0 { COORDINATOR } else { FIRST + number - 1 }
}

fn chart() -> Chart {
    let line = |(at, row): (usize, &Row)| {
        let (sent, arrived, from, to, api, response, error) = *row;
        ChartLine {
            entry: at as u64 + 1,
            sent: ms(sent),
            arrived: (arrived > 0).then(|| ms(arrived)),
            from: node(from),
            to: node(to),
            api,
            response,
            error: error.map(String::from),
            took: if sent == 22_300 { vec![orders(2), orders(5)] } else { Vec::new() },
            gave_up: if (sent, from) == (22_200, 1) { vec![orders(2)] } else { Vec::new() },
        }
    };
    let states = [
        (19_700, GroupState::Stable, 5),
        (20_106, GroupState::PreparingRebalance, 5),
        (21_806, GroupState::CompletingRebalance, 6),
        (21_811, GroupState::Stable, 6),
        (22_202, GroupState::PreparingRebalance, 6),
        (22_230, GroupState::CompletingRebalance, 7),
        (22_300, GroupState::Stable, 7),
    ];
    let bands = states.iter().enumerate().map(|(at, (from, state, generation))| Band {
        from: ms(*from),
        to: states.get(at + 1).map(|next| ms(next.0)),
        state: *state,
        generation: *generation,
    });
    let columns = (0..5).map(|number| Column {
        node: node(number),
        name: if number == 0 { name("broker 2") } else { name(&format!("c{number}")) },
        coordinator: number == 0,
        leads: number == 1,
        new: number == 4,
        gone: false,
    });
    Chart {
        from: ms(19_700),
        to: ms(22_600),
        columns: columns.collect(),
        bands: bands.collect(),
        lines: LINES.iter().enumerate().map(line).collect(),
        quiet: 12,
        earlier: 0,
    }
}

fn move_row(number: i32, before: &[i32], after: &[i32]) -> MoveRow {
    MoveRow {
        node: node(number),
        client: name(&format!("c{number}")),
        new: number == 4,
        gone: false,
        before: before.iter().copied().map(orders).collect(),
        after: after.iter().copied().map(orders).collect(),
    }
}

fn member(number: i32, owned: &[i32]) -> MemberView {
    MemberView {
        id: name(&format!("c{number}-9f3a")),
        node: Some(node(number)),
        client: name(&format!("c{number}")),
        instance: None,
        leads: number == 1,
        state: if number == 2 { Doings::Processing } else { Doings::Polling },
        owned: owned.iter().copied().map(orders).collect(),
        target: Vec::new(),
        epoch: None,
        session_left_ms: Some(44_100),
        poll_left_ms: Some(298_600),
        last_error: None,
        call: None,
    }
}

fn strip(partition: i32, owner: i32, taken: bool) -> Strip {
    let span = |node: Option<i32>, from: u64, to: u64| Span { node, from: ms(from), to: ms(to) };
    let spans = if taken {
        vec![
            span(Some(node(owner)), 19_700, 21_900),
            span(None, 21_900, 22_300),
            span(Some(node(4)), 22_300, 22_600),
        ]
    } else {
        vec![span(Some(node(owner)), 19_700, 22_600)]
    };
    Strip { partition: orders(partition), spans }
}

fn lag(partition: i32) -> LagLine {
    let history =
        (0..20).map(|n| (ms(18_000 + n * 200), (n as i64 * 7 + i64::from(partition)) % 11)).collect();
    LagLine {
        partition: orders(partition),
        owner: Some(FIRST),
        log_start: 0,
        end: 44,
        committed: Some(41),
        position: Some(44),
        lag: Some(3),
        lag_ms: Some(140),
        history,
        delivered_twice: u64::from(partition == 5) * 4,
        skipped: 0,
    }
}

fn billing() -> GroupView {
    let owners =
        [(1, false), (1, false), (1, true), (2, false), (2, false), (2, true), (3, false), (3, false)];
    GroupView {
        name: name("billing"),
        now: ms(22_600),
        place: CoordinatorPlace {
            broker: Some(COORDINATOR),
            hash: -109_829_509,
            partition: 9,
            partitions: 50,
            loading: false,
        },
        protocol: GroupProtocol::Classic,
        state: GroupState::Stable,
        generation: 7,
        assignor: Some(name("cooperative-sticky")),
        waits: None,
        members: vec![member(1, &[0, 1]), member(2, &[3, 4]), member(3, &[6, 7]), member(4, &[2, 5])],
        lag: (0..8).map(lag).collect(),
        rebalance: Some(RebalanceView {
            from: ms(20_106),
            to: Some(ms(22_300)),
            generations: (5, 7),
            cause: Cause::Joined { member: name("c4-9f3a") },
            entry: Some(4),
            rows: vec![
                move_row(1, &[0, 1, 2], &[0, 1]),
                move_row(2, &[3, 4, 5], &[3, 4]),
                move_row(3, &[6, 7], &[6, 7]),
                move_row(4, &[], &[2, 5]),
            ],
            cost: RebalanceCost {
                rounds: 2,
                revoked: 2,
                moved: 2,
                kept: 6,
                longest_pause_ms: 400,
                paused_ms: 800,
                delivered_twice: 4,
            },
        }),
        chart: chart(),
        consuming: (0..8).zip(owners).map(|(p, (owner, taken))| strip(p, owner, taken)).collect(),
    }
}

#[derive(Clone, PartialEq, Properties)]
struct Both {
    desk: Desk,
    view: Shared<GroupView>,
}

/// The middle and the panel of the Group view.
#[component]
fn Page(Both { desk, view }: &Both) -> Html {
    html! {
        <ContextProvider<Desk> context={desk.clone()}>
            <main class="middle">{ middle(|part| html! { <GroupPicture view={view.clone()} {part} /> }) }</main>
            <aside class="right"><GroupPicture view={view.clone()} part={Part::Panel} /></aside>
        </ContextProvider<Desk>>
    }
}

async fn drawn(language: Language, view: GroupView) -> String {
    let (desk, view) = (desk(language), Shared::new(view));
    yew::LocalServerRenderer::<Page>::with_props(Both { desk, view }).hydratable(false).render().await
}

#[tokio::test(flavor = "current_thread")]
async fn a_rebalance_is_drawn_line_by_line_with_what_it_moved_and_cost() {
    for (language, words) in [
        (
            Language::En,
            [
                "Generation 5 → 7",
                "c4 joined. cooperative-sticky: 2 of 8 partitions changed owner, 6 never stopped.",
                "JoinGroup response from broker 2 to c4, sent 20.102, arrived 20.104, error MEMBER_ID_REQUIRED",
                "dashed = nobody, 400 ms",
                "JoinGroup request from c1 to broker 2, sent 22.200, arrived 22.202, gave up 2",
            ],
        ),
        (
            Language::Zh,
            [
                "Generation 5 → 7",
                "c4 加入。cooperative-sticky：2／8 个分区换了所有者，6 个从未停止。",
                "JoinGroup 响应，broker 2 → c4，发送于 20.102，到达于 20.104，错误 MEMBER_ID_REQUIRED",
                "虚线 = 无人消费，400 ms",
                "JoinGroup 请求，c1 → broker 2，发送于 22.200，到达于 22.202, 交出 2",
            ],
        ),
    ] {
        let text = drawn(language, billing()).await;
        assert_has(&text, &words);
        assert_has(&text, &["PreparingRebalance", "CompletingRebalance", "|-109829509| % 50 = 9"]);
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_hundred_members_over_a_thousand_partitions_stay_a_picture() {
    let mut view = billing();
    view.members = (1..=100).map(|number| member(number, &[])).collect();
    view.consuming = (0..1000).map(|p| strip(p, p % 100 + 1, false)).collect();
    view.lag = (0..1000).map(lag).collect();
    let (first, number) = (view.chart.columns[1].clone(), 1..=100);
    view.chart.columns.truncate(1);
    view.chart.columns.extend(number.clone().map(|n| Column { node: node(n), ..first.clone() }));
    let rebalance = view.rebalance.as_mut().unwrap();
    rebalance.rows = number.map(|n| move_row(n, &[n], &[n])).collect();
    let text = drawn(Language::En, view).await;
    assert!(text.len() < 150_000, "the page grew to {} characters", text.len());
    assert_has(&text, &["90 more members", "84 more members", "984 more, lag 2952", "93 more"]);
}

#[tokio::test(flavor = "current_thread")]
async fn without_a_group_the_view_offers_to_make_one_and_then_shows_it() {
    let mut alone = first();
    alone.acts.retain(|recorded| !matches!(recorded.act, Act::AddConsumer(_)));
    let desk = Desk::new(Engine::begin(&alone), Taste::default());
    desk.change(|page| page.screen = Screen::Group);
    assert_has(&page(&desk).await, &["No consumer group yet", "Add three consumers in a group"]);
    assert!(desk.add_group());
    assert_has(&page(&desk).await, &["It looks for the coordinator of the group billing"]);
    let now = desk.engine(|engine| engine.world().now());
    desk.seek(now + std::time::Duration::from_secs(12));
    let text = page(&desk).await;
    assert_has(&text, &["Stable · 3 members", "__consumer_offsets-", "JoinGroup"]);
    let entry = desk.group().unwrap().chart.lines[0].entry;
    desk.change(|page| page.group.line = Some(entry));
    assert_has(&page(&desk).await, &["This message", "Go to this moment"]);
    assert!(desk.add_member(&name("billing")));
    desk.seek(now + std::time::Duration::from_secs(30));
    assert_has(&page(&desk).await, &["Stable · 4 members", "Generation ", " joined."]);
}

#[tokio::test(flavor = "current_thread")]
async fn what_has_arrived_long_ago_is_not_on_its_way_when_fast_time_stops() {
    let desk = desk(Language::En);
    let fastest = Speed::all().last().unwrap();
    desk.grant(Wish::Speed(fastest));
    assert!(desk.act(Act::CloseConsumer { node: NodeId(20_002) }));
    let now = desk.engine(|engine| engine.world().now());
    desk.seek(now + std::time::Duration::from_millis(12_000));
    let travels = desk.read(|page| page.seen.cluster.handovers.clone());
    assert_eq!(travels, [], "the group has been stable for seconds");
    let text = page(&desk).await;
    assert_has(&text, &["consumer-2: its process has ended", "group billing Stable · closed"]);
}
