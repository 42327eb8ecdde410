use kafkascope::kafka::base::Instant;
use kafkascope::kafka::base::NodeId;
use kafkascope::kafka::base::Profile;
use kafkascope::kafka::base::name;
use kafkascope::lab::Act;
use kafkascope::lab::Genesis;
use kafkascope::lab::NewConsumer;
use kafkascope::lab::Recorded;
use kafkascope::lab::Recording;
use kafkascope::lab::Timeline;
use kafkascope::lab::recording::ENGINE;
use kafkascope::lab::share::LINK_MAX;
use kafkascope::lab::share::code_of;

fn consumer(topic: &str) -> Act {
    Act::AddConsumer(NewConsumer {
        topics: vec![name(topic)],
        configs: [("max.poll.records".to_owned(), "10".to_owned())].into(),
        ..NewConsumer::default()
    })
}

fn played() -> Timeline {
    let mut timeline = Timeline::new(Genesis { profile: Profile::Modern, seed: 42 });
    timeline.act(consumer("orders")).unwrap();
    timeline.seek(Instant::from_millis(1_500));
    timeline.act(Act::Crash { node: NodeId(20_001) }).unwrap();
    timeline.seek(Instant::from_millis(2_000));
    timeline
}

#[test]
fn a_short_link_can_be_read_by_people() {
    let link = played().recording().to_link().unwrap();
    let (head, acts) = link.split_once(";0:").unwrap();
    assert!(head.starts_with(&format!("w=1;{ENGINE};modern-4.x;42;2;")), "{head}");
    assert_eq!(acts, "AddConsumer(configs:(max.poll.records:'10'),topics:!(orders));1.5:Crash(node:20001)");
}

/// Links of the time when a pace of nothing was written out are about.
#[test]
fn what_is_not_written_any_more_is_read_as_before() {
    let recording = played().recording();
    let link = recording.to_link().unwrap();
    let before = link.replace("),topics", "),pace:(per_poll_us:0,per_record_us:0),topics");
    assert_ne!(link, before);
    assert_eq!(Recording::from_link(&before), Ok(recording));
}

/// What is on the first screen is scanned from the back of a room.
#[test]
fn the_code_of_a_link_opens_as_its_world_and_is_much_shorter() {
    let scene = kafkascope::lesson::first();
    let mut recording = Timeline::new(scene.genesis).recording();
    (recording.moment, recording.acts) = (scene.seen_at, scene.acts);
    let link = recording.to_link().unwrap();
    let code = code_of(&link);
    assert_eq!(Recording::from_link(&code), Ok(recording));
    assert!(code.len() * 3 < link.len() * 2 && code.len() < 560, "{} of {}: {code}", code.len(), link.len());
}

#[test]
fn a_link_and_a_file_open_as_the_same_world() {
    let timeline = played();
    let recording = timeline.recording();
    let link = format!("https://example.org/page#{}", recording.to_link().unwrap());
    for read in [Recording::from_link(&link).unwrap(), Recording::from_file(&recording.to_file()).unwrap()] {
        assert_eq!(read, recording);
        let mut again = Timeline::open(&read);
        again.seek(read.moment);
        assert_eq!(Some(again.digest()), recording.digest);
        assert_eq!(again.world(), timeline.world());
    }
}

/// It is kept before the act is done, and so that the reader waits for nothing but his act.
#[test]
fn what_is_kept_before_an_act_holds_the_act_and_opens_as_the_world_after_it() {
    let mut timeline = played();
    let act = Act::Restart { node: NodeId(20_001) };
    let kept = timeline.recording_before(&act);
    assert_eq!(kept.acts.len(), 3);
    assert_eq!(timeline.branch().acts.len(), 2, "nothing is done yet");
    timeline.act(act).unwrap();
    let read = Recording::from_file(&kept.to_file()).unwrap();
    assert_eq!((&read, read.digest), (&kept, None));
    let mut again = Timeline::open(&read);
    again.seek(read.moment);
    assert_eq!(again.digest(), timeline.digest());
    assert!(read.agrees(|| 1), "there is nothing to compare with");
    assert!(!timeline.recording().agrees(|| 1));
}

#[test]
fn a_long_link_is_compressed_and_a_longer_one_refused() {
    let mut recording = played().recording();
    let act = recording.acts[0].clone();
    recording.acts.splice(0..0, std::iter::repeat_n(act, 200));
    let link = recording.to_link().unwrap();
    assert!(link.starts_with("z="));
    assert_eq!(Recording::from_link(&link).as_ref(), Ok(&recording));
    let noise =
        |i: u64| i.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    recording.acts =
        (0..6_000).map(|i| Recorded { at: Instant(0), act: consumer(&format!("t{}", noise(i))) }).collect();
    assert!(recording.to_link().unwrap_err().len > LINK_MAX);
}

#[test]
fn damaged_and_foreign_links_are_refused_in_a_sentence() {
    let link = played().recording().to_link().unwrap();
    for (broken, complaint) in [
        ("https://example.org/", "it has neither w= nor z="),
        ("w=2;0.1.0;modern-4.x;42;2;0", "saved in format 2, and this page reads format 1"),
        ("w=1;0.1.0;modern-5.x;42;2;0", "no profile is called \"modern-5.x\""),
        (&link.replace("Crash(node:20001)", "Crash(node:20001"), "',' is expected at character 17"),
        (&link.replace("Crash(", "Melt("), "is no act of this page"),
        (&link.replace("Crash(node", "Crash(nod"), "is no act of this page"),
        (&link.replace(";1.5:", ";x:"), "\"x\" is not a moment in seconds"),
        (&link.replace(";1.5:", ";2.5:"), "the last act happens after the recorded moment"),
        ("z=AAAA", "this link cannot be opened"),
        ("z=#", "this link cannot be opened"),
    ] {
        let error = Recording::from_link(broken).unwrap_err().to_string();
        assert!(error.contains(complaint), "{broken}\n{error}");
    }
    let error = Recording::from_file("{\"format\": 1, \"x\": 2}").unwrap_err().to_string();
    assert!(error.contains("this is not a kafkascope world file"), "{error}");
}
