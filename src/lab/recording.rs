use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use super::act::Act;
use super::act::BlobId;
use super::timeline::Recorded;
use super::world::Genesis;
use super::world::World;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Profile;

/// The format of recordings. It changes when an old program could not read a new recording.
pub const FORMAT: u32 = 1;
/// The version of the engine that plays them: another may play the same acts differently.
pub const ENGINE: &str = env!("CARGO_PKG_VERSION");

/// All that is needed to see the same world again: where it began, what people did, and the moment looked at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Recording {
    /// The engine that made it.
    pub engine: String,
    pub genesis: Genesis,
    pub acts: Vec<Recorded>,
    pub moment: Instant,
    /// The digest at that moment; `None` in one that was kept just before an act, which must not wait for it.
    pub digest: Option<u64>,
    /// What people dropped in, as far as acts refer to it.
    pub blobs: Map<BlobId, Bytes>,
}

/// Why a recording cannot be opened. Nothing of it was applied.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RecordingError(pub String);

impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RecordingError {}

/// How a recording is written in a file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WorldFile {
    format: u32,
    engine: String,
    profile: Profile,
    seed: u64,
    /// Microseconds.
    moment: Instant,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    /// As plain values: one reader and one writer of acts serve files and links.
    acts: Vec<(Instant, Value)>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    blobs: BTreeMap<String, String>,
}

impl Recording {
    pub(super) fn new(world: &World, acts: Vec<Recorded>, digest: Option<u64>) -> Self {
        let ids = acts.iter().filter_map(|recorded| recorded.act.blob());
        let blobs = ids.filter_map(|id| Some((id, world.blob(id)?))).collect();
        Self { engine: ENGINE.to_owned(), genesis: world.genesis(), acts, moment: world.now(), digest, blobs }
    }

    /// Whether a world that has come to its moment is the recorded one, as far as its digest was taken.
    pub fn agrees(&self, digest: impl FnOnce() -> u64) -> bool {
        self.digest.is_none_or(|recorded| recorded == digest())
    }

    /// Whether this engine made it; if not, the digest at the moment tells whether they agree.
    pub fn is_of_this_engine(&self) -> bool {
        self.engine == ENGINE
    }

    /// The text of a world file.
    pub fn to_file(&self) -> String {
        let blob = |(id, bytes): (&BlobId, &Bytes)| (id.to_string(), BASE64_STANDARD.encode(bytes));
        let file = WorldFile {
            format: FORMAT,
            engine: self.engine.clone(),
            profile: self.genesis.profile,
            seed: self.genesis.seed,
            moment: self.moment,
            digest: self.digest.map(|digest| format!("{digest:016x}")),
            acts: self.acts.iter().map(|recorded| (recorded.at, act_value(&recorded.act))).collect(),
            blobs: self.blobs.iter().map(blob).collect(),
        };
        let mut text = serde_json::to_string_pretty(&file).expect("a recording is plain data");
        text.push('\n');
        text
    }

    /// Reads a world file.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it, and where.
    pub fn from_file(text: &str) -> Result<Self, RecordingError> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let not_a_file = |error: serde_json::Error| {
            RecordingError(format!(
                "this is not a kafkascope world file: {error}. Choose a file that was saved by this page."
            ))
        };
        let head: Head = serde_json::from_str(text).map_err(not_a_file)?;
        check_format(head.format)?;
        let file: WorldFile = serde_json::from_str(text).map_err(not_a_file)?;
        let act = |(at, act)| Ok(Recorded { at, act: serde_json::from_value(act).map_err(not_a_file)? });
        let acts = file.acts.into_iter().map(act).collect::<Result<_, _>>()?;
        let mut blobs = Map::new();
        for (id, encoded) in &file.blobs {
            let bytes = BASE64_STANDARD.decode(encoded);
            let bytes =
                bytes.map_err(|error| RecordingError(format!("the pasted data {id} is damaged: {error}")))?;
            add_blob(&mut blobs, id, Bytes::from(bytes))?;
        }
        let recording = Self {
            engine: file.engine,
            genesis: Genesis { profile: file.profile, seed: file.seed },
            acts,
            moment: file.moment,
            digest: file.digest.as_deref().map(parse_digest).transpose()?,
            blobs,
        };
        recording.check()
    }

    /// Checks what every reader must: acts in order, none after the moment, and no data missing.
    pub(super) fn check(self) -> Result<Self, RecordingError> {
        let mut last = Instant::ZERO;
        for (number, Recorded { at, act }) in self.acts.iter().enumerate() {
            if *at < last {
                return Err(RecordingError(format!(
                    "act {} happens at {at}, before the act that stands before it: the recording is damaged",
                    number + 1
                )));
            }
            if let Some(id) = act.blob()
                && !self.blobs.contains_key(&id)
            {
                return Err(RecordingError(format!(
                    "act {} needs data {id}, which is not in the recording",
                    number + 1
                )));
            }
            last = *at;
        }
        if last > self.moment {
            return Err(RecordingError(
                "the last act happens after the recorded moment: the recording is damaged".into(),
            ));
        }
        Ok(self)
    }
}

/// An act as a plain value.
pub(super) fn act_value(act: &Act) -> Value {
    serde_json::to_value(act).expect("an act is plain data")
}

pub(super) fn check_format(format: u32) -> Result<(), RecordingError> {
    if format == FORMAT {
        return Ok(());
    }
    Err(RecordingError(format!(
        "this world was saved in format {format}, and this page reads format {FORMAT}: open it with the page that saved it"
    )))
}

pub(super) fn parse_digest(text: &str) -> Result<u64, RecordingError> {
    u64::from_str_radix(text, 16)
        .map_err(|_| RecordingError(format!("the digest {text:?} is not a number of 16 hexadecimal digits")))
}

/// Adds pasted data to those of a recording, when it is what its number says.
pub(super) fn add_blob(blobs: &mut Map<BlobId, Bytes>, id: &str, bytes: Bytes) -> Result<(), RecordingError> {
    let actual = BlobId::of(&bytes);
    if actual.to_string() != id {
        return Err(RecordingError(format!(
            "the pasted data {id} is damaged: its bytes have the hash {actual}"
        )));
    }
    blobs.insert(actual, bytes);
    Ok(())
}
