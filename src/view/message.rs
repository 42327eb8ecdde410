use bytes::Bytes;

use super::Field;
use super::group_record::assignment;
use super::group_record::subscription;
use crate::kafka::base::Instant;
use crate::kafka::protocol::Api;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::RequestFrame;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::ResponseFrame;
use crate::lab::World;
use crate::lab::network::Message;

/// Lines of one message.
const MOST_ROWS: usize = 400;

/// A message as a person reads it: its fields by Kafka's names, and the bytes of its version on the wire.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageView {
    pub api: Api,
    pub version: i16,
    pub correlation: i32,
    /// Who asks; a response does not say it.
    pub client_id: Option<String>,
    pub request: bool,
    pub from: i32,
    pub to: i32,
    pub sent_at: Instant,
    /// When it arrives; `None` while something holds it.
    pub due_at: Option<Instant>,
    pub rows: Vec<Row>,
    pub wire: Bytes,
    /// The header's fields, the body, and the batches in it, with their places in `wire`.
    pub fields: Vec<Field>,
}

/// One line of a message: a name, a value, and how deep it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub depth: u32,
    pub name: String,
    pub value: String,
}

impl MessageView {
    /// The message of this number while it is on its way; `None` for one that has arrived or carries no API.
    pub fn of(world: &World, flight: u64) -> Option<Self> {
        let info = world.network().flights().find(|info| info.flight.id == flight)?;
        let mut view = match &info.flight.message {
            Message::Request(frame) => Self::of_request(frame)?,
            Message::Response { api, frame } => Self::of_response(*api, frame)?,
            Message::Syn | Message::SynAck | Message::Fin | Message::Rst => return None,
        };
        (view.from, view.to) = (info.from.0, info.to.0);
        (view.sent_at, view.due_at) = (info.flight.sent_at, info.due_at);
        Some(view)
    }

    /// A request; `None` when it has no wire form in its version.
    pub fn of_request(frame: &RequestFrame) -> Option<Self> {
        let wire = frame.to_wire().ok()?;
        let header = &frame.header;
        let mut fields = Fields::new(&wire);
        fields.int("size", 4);
        fields.int("requestApiKey", 2);
        fields.int("requestApiVersion", 2);
        fields.int("correlationId", 4);
        fields.int("clientIdLength", 2);
        fields.put("clientId", header.client_id.len(), header.client_id.to_string());
        let body = wire.len() - frame.body.encoded_len(header.version).ok()?;
        fields.tagged(body);
        Some(Self {
            api: header.api,
            version: header.version,
            correlation: header.correlation,
            client_id: Some(header.client_id.to_string()),
            request: true,
            from: 0,
            to: 0,
            sent_at: Instant::ZERO,
            due_at: None,
            rows: rows(&debug_request(&frame.body), told_in_request(&frame.body)),
            fields: fields.finish(&batches_of_request(&frame.body)),
            wire,
        })
    }

    /// A response; `None` when it has no wire form in its version.
    pub fn of_response(api: Api, frame: &ResponseFrame) -> Option<Self> {
        let wire = frame.to_wire().ok()?;
        let mut fields = Fields::new(&wire);
        fields.int("size", 4);
        fields.int("correlationId", 4);
        fields.tagged(wire.len() - frame.body.encoded_len(frame.version).ok()?);
        Some(Self {
            api,
            version: frame.version,
            correlation: frame.correlation,
            client_id: None,
            request: false,
            from: 0,
            to: 0,
            sent_at: Instant::ZERO,
            due_at: None,
            rows: rows(&format!("{:#?}", frame.body), told_in_response(&frame.body)),
            fields: fields.finish(&batches_of_response(&frame.body)),
            wire,
        })
    }
}

fn debug_request(body: &Request) -> String {
    format!("{body:#?}")
}

/// Fields whose bytes the members of a group write for each other.
const PROTOCOL_FIELDS: [&str; 4] = ["metadata", "assignment", "memberMetadata", "memberAssignment"];

/// What members of a group tell each other in a request, in the order of its fields.
fn told_in_request(body: &Request) -> Vec<String> {
    match body {
        Request::JoinGroup(body) => body.protocols.iter().map(|it| subscription(&it.metadata)).collect(),
        Request::SyncGroup(body) => body.assignments.iter().map(|it| assignment(&it.assignment)).collect(),
        _ => Vec::new(),
    }
}

/// The same in a response.
fn told_in_response(body: &Response) -> Vec<String> {
    match body {
        Response::JoinGroup(body) => body.members.iter().map(|it| subscription(&it.metadata)).collect(),
        Response::SyncGroup(body) => vec![assignment(&body.assignment)],
        Response::DescribeGroups(body) => {
            let members = body.groups.iter().flat_map(|group| &group.members);
            members
                .flat_map(|it| [subscription(&it.member_metadata), assignment(&it.member_assignment)])
                .collect()
        }
        _ => Vec::new(),
    }
}

/// The chunks of record batches in a request.
fn batches_of_request(body: &Request) -> Vec<Bytes> {
    let Request::Produce(body) = body else { return Vec::new() };
    let data = body.topic_data.iter().flat_map(|topic| &topic.partition_data);
    data.filter_map(|data| data.records.clone()).collect()
}

/// The chunks of record batches in a response.
fn batches_of_response(body: &Response) -> Vec<Bytes> {
    let Response::Fetch(body) = body else { return Vec::new() };
    let data = body.responses.iter().flat_map(|topic| &topic.partitions);
    data.filter_map(|data| data.records.clone()).collect()
}

/// The fields of a frame, from its first byte on.
struct Fields<'a> {
    wire: &'a Bytes,
    at: usize,
    fields: Vec<Field>,
}

impl<'a> Fields<'a> {
    const fn new(wire: &'a Bytes) -> Self {
        Self { wire, at: 0, fields: Vec::new() }
    }

    fn put(&mut self, name: &'static str, len: usize, value: String) {
        if len > 0 {
            self.fields.push(Field { name, range: self.at..self.at + len, value });
            self.at += len;
        }
    }

    fn int(&mut self, name: &'static str, len: usize) {
        let bytes = &self.wire[self.at..self.at + len];
        let negative = bytes[0] & 0x80 != 0;
        let start = if negative { -1_i64 } else { 0 };
        let value = bytes.iter().fold(start, |value, byte| (value << 8) | i64::from(*byte));
        self.put(name, len, value.to_string());
    }

    /// The header's tagged fields, up to the body: none of ours has any.
    fn tagged(&mut self, body: usize) {
        self.put("taggedFields", body.saturating_sub(self.at), "–".to_owned());
    }

    /// The rest is the body, with the batches where they lie in it.
    fn finish(mut self, batches: &[Bytes]) -> Vec<Field> {
        for batch in batches.iter().filter(|batch| !batch.is_empty()) {
            let rest = &self.wire[self.at..];
            let Some(before) = rest.windows(batch.len()).position(|window| window == &batch[..]) else {
                continue;
            };
            self.put("body", before, format!("{before} B"));
            self.put("records", batch.len(), format!("{} B", batch.len()));
        }
        let rest = self.wire.len() - self.at;
        self.put("body", rest, format!("{rest} B"));
        self.fields
    }
}

/// Turns the printed form of a message's struct into rows: Kafka's names, wrappers left out, bytes counted.
fn rows(debug: &str, told: Vec<String>) -> Vec<Row> {
    let mut told = told.into_iter();
    let mut out = Vec::new();
    // The struct itself, and what is wrapped around it, are no rows.
    let mut wrappers: Vec<usize> = Vec::new();
    let mut name = String::new();
    for line in debug.lines() {
        let text = line.trim_start();
        let indent = (line.len() - text.len()) / 4;
        let text = text.strip_suffix(',').unwrap_or(text);
        if matches!(text, "}" | ")" | "]") {
            if wrappers.last() == Some(&indent) {
                wrappers.pop();
            }
            continue;
        }
        let (label, value) = text.split_once(": ").filter(|(label, _)| is_label(label)).unwrap_or(("", text));
        if label.starts_with('_') {
            // Unknown tagged fields: a node of ours sends none.
            if value.ends_with(['[', '(', '{']) {
                wrappers.push(indent);
            }
            continue;
        }
        let is_wrapper = value.ends_with('(')
            || value == "KafkaString {"
            || value == "KafkaUuid {"
            || out.is_empty() && name.is_empty() && value.ends_with('{') && label.is_empty();
        if label != "inner" && !label.is_empty() {
            name = camel(label);
        }
        if is_wrapper {
            wrappers.push(indent);
            continue;
        }
        let depth = (indent.saturating_sub(wrappers.len())) as u32;
        let value = match value {
            "[" => String::new(),
            _ if value.ends_with('{') => value.trim_end_matches([' ', '{']).to_owned(),
            _ if value.starts_with("b\"") && PROTOCOL_FIELDS.contains(&name.as_str()) => {
                told.next().unwrap_or_else(|| said(value))
            }
            _ => said(value),
        };
        out.push(Row { depth, name: std::mem::take(&mut name), value });
        if out.len() == MOST_ROWS {
            break;
        }
    }
    out
}

fn is_label(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// `max_wait_ms` → `maxWaitMs`.
fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        out.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
    out
}

/// A value in a few characters: bytes that are no short text are counted.
fn said(value: &str) -> String {
    let Some(inner) = value.strip_prefix("b\"").and_then(|rest| rest.strip_suffix('"')) else {
        return if value == "None" { "null".to_owned() } else { value.to_owned() };
    };
    if inner.len() <= 80 && !inner.contains('\\') {
        return format!("\"{inner}\"");
    }
    let escapes = inner.matches("\\x").count();
    let others = inner.matches('\\').count() - escapes;
    // `\x00` has four characters, `\n` and `\"` have two.
    format!("{} B", inner.chars().count() - escapes * 3 - others)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::base::name;
    use crate::kafka::protocol::KafkaString;
    use crate::kafka::protocol::RequestHeader;
    use crate::kafka::protocol::consumer_protocol::ConsumerProtocolSubscription;
    use crate::kafka::protocol::messages::join_group_request::JoinGroupRequestData;
    use crate::kafka::protocol::messages::join_group_request::JoinGroupRequestProtocol;
    use crate::kafka::protocol::messages::produce_request::PartitionProduceData;
    use crate::kafka::protocol::messages::produce_request::ProduceRequestData;
    use crate::kafka::protocol::messages::produce_request::TopicProduceData;
    use crate::kafka::record::BatchSpec;
    use crate::kafka::record::empty_batch;

    fn produce() -> RequestFrame {
        let records = empty_batch(&BatchSpec::default(), 0);
        let data = PartitionProduceData { index: 1, records: Some(records), ..Default::default() };
        let topic = TopicProduceData {
            name: KafkaString::from("orders".to_owned()),
            partition_data: vec![data],
            ..Default::default()
        };
        let body = ProduceRequestData {
            acks: -1,
            timeout_ms: 30_000,
            topic_data: vec![topic],
            ..Default::default()
        };
        let header = RequestHeader { api: Api::Produce, version: 12, correlation: 7, client_id: name("p-1") };
        RequestFrame { header, body: Request::Produce(body).into() }
    }

    #[test]
    fn a_message_reads_as_rows_by_kafkas_names() {
        let view = MessageView::of_request(&produce()).unwrap();
        let told: Vec<_> =
            view.rows.iter().map(|row| format!("{} {} {}", row.depth, row.name, row.value)).collect();
        let told: Vec<&str> = told.iter().map(|line| line.trim_end()).collect();
        assert_eq!(
            told,
            [
                "0 transactionalId null",
                "0 acks -1",
                "0 timeoutMs 30000",
                "0 topicData",
                "1  TopicProduceData",
                "2 name \"orders\"",
                "2 topicId 00000000-0000-0000-0000-000000000000",
                "2 partitionData",
                "3  PartitionProduceData",
                "4 index 1",
                "4 records 61 B",
            ]
        );
    }

    #[test]
    fn what_a_member_tells_its_leader_is_read_too() {
        let topics = vec![name("orders"), name("payments")];
        let said = ConsumerProtocolSubscription { topics, ..Default::default() };
        let protocol = JoinGroupRequestProtocol::default()
            .with_name(KafkaString::from("range".to_owned()))
            .with_metadata(said.encode(3).unwrap());
        let body = JoinGroupRequestData::default().with_protocols(vec![protocol]);
        let header =
            RequestHeader { api: Api::JoinGroup, version: 9, correlation: 7, client_id: name("c-1") };
        let frame = RequestFrame { header, body: Request::JoinGroup(body).into() };
        let view = MessageView::of_request(&frame).unwrap();
        let row = view.rows.iter().find(|row| row.name == "metadata").unwrap();
        assert_eq!(row.value, "[orders, payments]");
    }

    #[test]
    fn every_byte_of_a_frame_has_a_field_and_batches_are_found_in_the_body() {
        let view = MessageView::of_request(&produce()).unwrap();
        let mut at = 0;
        for field in &view.fields {
            assert_eq!(field.range.start, at, "{field:?}");
            at = field.range.end;
        }
        assert_eq!(at, view.wire.len());
        let named =
            |name| view.fields.iter().find(|field| field.name == name).map(|field| field.value.clone());
        assert_eq!(named("correlationId").as_deref(), Some("7"));
        assert_eq!(named("clientId").as_deref(), Some("p-1"));
        assert_eq!(named("records").as_deref(), Some("61 B"));
    }
}
