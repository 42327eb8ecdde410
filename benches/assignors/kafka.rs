//! The same groups in Apache Kafka's own classes: are they dealt out alike, and how long does it take there?

use std::io::BufRead;
use std::io::BufReader;
use std::io::Lines;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::ChildStdin;
use std::process::ChildStdout;
use std::process::Command;
use std::process::Stdio;

use kafkascope::kafka::base::Random;
use kafkascope::kafka::base::TopicPartition;

use super::group::Group;
use super::group::Which;
use super::group::topic_id;
use crate::machine::say;

/// How long Kafka's class is called before it counts, and then again, so that Java has compiled it.
const MILLISECONDS: u64 = 2_000;
const RANDOM_GROUPS: usize = 500;

pub(crate) fn compare(cases: &[(Which, &str, Group, f64)]) {
    let Some(libs) = libs() else {
        say(
            "skipped: KAFKA_HOME names no Apache Kafka 4 with libs/kafka-group-coordinator-*.jar; set it to compare with its classes",
        );
        return;
    };
    match Kafka::start(&libs) {
        Ok(mut kafka) => {
            if let Err(error) = kafka.compare(cases) {
                say(&format!("Apache Kafka's classes stopped answering: {error}; its own words are above"));
            }
        }
        Err(error) => say(&format!(
            "skipped: `java` does not start: {error}; install Java 17 to compare with Apache Kafka's classes"
        )),
    }
}

/// The jars of the Apache Kafka that `KAFKA_HOME` names.
fn libs() -> Option<PathBuf> {
    let libs = PathBuf::from(std::env::var_os("KAFKA_HOME")?).join("libs");
    let mut names = std::fs::read_dir(&libs).ok()?.flatten().map(|entry| entry.file_name());
    names.any(|name| name.to_string_lossy().starts_with("kafka-group-coordinator-api")).then_some(libs)
}

struct Kafka {
    process: Child,
    to: ChildStdin,
    from: Lines<BufReader<ChildStdout>>,
}

impl Drop for Kafka {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Nanoseconds, and each member's partitions written `topic:number`; or why there are none.
type Answer = Result<(f64, Vec<Vec<String>>), String>;

impl Kafka {
    fn start(libs: &Path) -> std::io::Result<Self> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/assignors/Assignors.java");
        let mut process = Command::new("java")
            .arg("-Dorg.slf4j.simpleLogger.defaultLogLevel=off")
            .arg("-cp")
            .arg(libs.join("*"))
            .arg(source)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let to = process.stdin.take().expect("it was asked for");
        let from = BufReader::new(process.stdout.take().expect("it was asked for")).lines();
        Ok(Self { process, to, from })
    }

    fn compare(&mut self, cases: &[(Which, &str, Group, f64)]) -> std::io::Result<()> {
        for (which, what, group, ours) in cases {
            let line = match self.ask(*which, group, MILLISECONDS)? {
                Ok((nanoseconds, theirs)) => format!(
                    "Apache Kafka {:6.2} ms, {:.1} x ours, {}",
                    nanoseconds / 1e6,
                    nanoseconds / 1e9 / ours,
                    if theirs == written(&which.prepare(group).lists(group)) {
                        "same result"
                    } else {
                        "another result"
                    }
                ),
                Err(error) => format!("Apache Kafka throws {error}"),
            };
            say(&format!("{:18} {what:10}  {:6.2} ms, {line}", which.name(), ours * 1e3));
        }
        let mut random = Random::new(6, 0);
        let groups: Vec<Group> = (0..RANDOM_GROUPS).map(|_| Group::random(&mut random)).collect();
        for which in Which::ALL {
            let (mut same, mut thrown) = (0, 0);
            for (number, group) in groups.iter().enumerate() {
                let group = &which.as_it_would_be(group);
                match self.ask(which, group, 0)? {
                    Ok((_, theirs)) if theirs == written(&which.prepare(group).lists(group)) => same += 1,
                    Ok((_, theirs)) => {
                        if std::env::var_os("SHOW_DIFFERENCES").is_some() {
                            let ours = written(&which.prepare(group).lists(group));
                            say(&format!(
                                "{} group {number}: Kafka {theirs:?}, here {ours:?}\n{}",
                                which.name(),
                                text(which, group, 0)
                            ));
                        }
                    }
                    Err(_) => thrown += 1,
                }
            }
            let asked = groups.len() - thrown;
            say(&format!(
                "{:18} {same} of {asked} small random groups as Apache Kafka; it throws at {thrown}",
                which.name()
            ));
        }
        Ok(())
    }

    fn ask(&mut self, which: Which, group: &Group, milliseconds: u64) -> std::io::Result<Answer> {
        self.to.write_all(text(which, group, milliseconds).as_bytes())?;
        self.to.flush()?;
        let mut answer = Ok((0.0, vec![Vec::new(); group.members.len()]));
        for line in self.from.by_ref() {
            let line = line?;
            let mut words = line.split_whitespace();
            match (words.next(), &mut answer) {
                (Some("end"), _) => return Ok(answer),
                (Some("error"), _) => answer = Err(words.collect::<Vec<_>>().join(" ")),
                (Some("time"), Ok((time, _))) => {
                    *time = words.next().and_then(|word| word.parse().ok()).unwrap_or(0.0)
                }
                (Some(id), Ok((_, lists))) => {
                    if let Some(at) = group.members.iter().position(|member| *member.id == *id) {
                        lists[at] = words.map(str::to_owned).collect();
                    }
                }
                _ => {}
            }
        }
        Err(std::io::ErrorKind::UnexpectedEof.into())
    }
}

fn written(lists: &[Vec<TopicPartition>]) -> Vec<Vec<String>> {
    let one = |partition: &TopicPartition| format!("{}:{}", partition.topic, partition.partition);
    lists.iter().map(|list| list.iter().map(one).collect()).collect()
}

fn joined(words: impl Iterator<Item = String>, by: &str) -> String {
    let words: Vec<String> = words.collect();
    if words.is_empty() { "-".to_owned() } else { words.join(by) }
}

/// A group as `Assignors.java` reads it.
fn text(which: Which, group: &Group, milliseconds: u64) -> String {
    let mut text = format!("case {} {milliseconds}\n", which.name());
    for (at, topic) in group.topics.iter().enumerate() {
        let racks =
            joined(topic.racks.iter().map(|racks| joined(racks.iter().map(ToString::to_string), "+")), ",");
        text += &format!("topic {} {} {} {racks}\n", topic.name, topic_id(at), topic.partitions);
    }
    for member in &group.members {
        let subscription = &member.subscription;
        let option = |text: &Option<_>| text.as_ref().map_or("-".to_owned(), ToString::to_string);
        let topics = joined(subscription.topics.iter().map(ToString::to_string), ",");
        let owned = joined(
            subscription.owned.iter().map(|partition| format!("{}:{}", partition.topic, partition.partition)),
            ";",
        );
        let (instance, rack) = (option(&member.instance), option(&subscription.rack));
        text +=
            &format!("member {} {instance} {rack} {} {topics} {owned}\n", member.id, subscription.generation);
    }
    text + "run\n"
}
