use std::fmt::Write as _;
use std::io::Read;
use std::io::Write as _;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde_json::Value;

use super::act::Act;
use super::notation;
use super::recording::FORMAT;
use super::recording::Recording;
use super::recording::RecordingError;
use super::recording::act_value;
use super::recording::add_blob;
use super::recording::check_format;
use super::recording::parse_digest;
use super::timeline::Recorded;
use super::world::Genesis;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Profile;

/// The longest link that is offered, in characters. Above it a world is shared as a file.
pub const LINK_MAX: usize = 32 * 1024;
/// Up to this length a link can be read by people; longer ones are compressed.
pub const READABLE_MAX: usize = 2_000;
/// With more dropped data than this no link is tried: it would not fit, however well it is compressed.
const DROPPED_MAX: usize = 1 << 20;
/// What a compressed link may unfold to.
const UNFOLDED_MAX: u64 = 16 << 20;

/// A recording that is too long for a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TooLong {
    /// The characters that the link would have, at least.
    pub len: usize,
}

impl Recording {
    /// The part of a link after its `#`.
    ///
    /// # Errors
    /// A world that is too long for a link; save it as a file.
    pub fn to_link(&self) -> Result<String, TooLong> {
        let dropped: usize = self.blobs.values().map(Bytes::len).sum();
        if dropped > DROPPED_MAX {
            return Err(TooLong { len: dropped });
        }
        let text = self.to_text();
        if text.len() <= READABLE_MAX {
            return Ok(format!("w={text}"));
        }
        let link = packed(&text);
        if link.len() > LINK_MAX { Err(TooLong { len: link.len() }) } else { Ok(link) }
    }

    /// Reads a link: all of it, or the part after its `#`.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it, and where.
    pub fn from_link(link: &str) -> Result<Self, RecordingError> {
        let link = link.trim();
        let part = link.split_once('#').map_or(link, |(_, part)| part);
        if let Some(text) = part.strip_prefix("w=") {
            return Self::from_text(text);
        }
        let Some(packed) = part.strip_prefix("z=") else {
            return Err(broken("it has neither w= nor z= after its #"));
        };
        let packed = BASE64_URL_SAFE_NO_PAD.decode(packed).map_err(broken)?;
        let mut text = String::new();
        let mut decoder = DeflateDecoder::new(&packed[..]).take(UNFOLDED_MAX);
        decoder.read_to_string(&mut text).map_err(broken)?;
        Self::from_text(&text)
    }

    fn to_text(&self) -> String {
        let Genesis { profile, seed } = self.genesis;
        let mut text = String::new();
        let moment = seconds(self.moment);
        _ = write!(
            text,
            "{FORMAT};{};{profile};{seed};{moment};{:016x}",
            self.engine,
            self.digest.unwrap_or(0)
        );
        for (id, bytes) in &self.blobs {
            _ = write!(text, ";blob.{id}:{}", BASE64_URL_SAFE_NO_PAD.encode(bytes));
        }
        for Recorded { at, act } in &self.acts {
            let value = act_value(act);
            _ = write!(text, ";{}:", seconds(*at));
            notation::write(&value, &mut text);
        }
        text
    }

    fn from_text(text: &str) -> Result<Self, RecordingError> {
        let mut parts = text.split(';');
        let mut part = |what: &str| parts.next().ok_or_else(|| broken(format!("it ends before its {what}")));
        let format = part("format")?;
        check_format(format.parse().map_err(|_| broken(format!("its format {format:?} is not a number")))?)?;
        let engine = part("engine version")?.to_owned();
        let profile = part("profile")?;
        let known = Profile::ALL.into_iter().find(|known| known.name() == profile);
        let profile = known.ok_or_else(|| broken(format!("no profile is called {profile:?}")))?;
        let seed = part("seed")?;
        let seed = seed.parse().map_err(|_| broken(format!("its seed {seed:?} is not a number")))?;
        let moment = parse_seconds(part("moment")?)?;
        let digest = Some(parse_digest(part("digest")?)?);
        let mut recording = Self {
            engine,
            genesis: Genesis { profile, seed },
            acts: Vec::new(),
            moment,
            digest,
            blobs: Map::new(),
        };
        for part in parts {
            let (head, body) = part.split_once(':').ok_or_else(|| broken(format!("{part:?} is no act")))?;
            if let Some(id) = head.strip_prefix("blob.") {
                let bytes = BASE64_URL_SAFE_NO_PAD.decode(body).map_err(broken)?;
                add_blob(&mut recording.blobs, id, Bytes::from(bytes))?;
            } else {
                recording.acts.push(Recorded { at: parse_seconds(head)?, act: parse_act(body)? });
            }
        }
        recording.check()
    }
}

/// A link in as few characters as can be: for cameras, which need not read it as people do.
pub fn code_of(link: &str) -> String {
    let short = link.strip_prefix("w=").map(packed).filter(|packed| packed.len() < link.len());
    short.unwrap_or_else(|| link.to_owned())
}

fn packed(text: &str) -> String {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes()).expect("writing into memory does not fail");
    let packed = encoder.finish().expect("writing into memory does not fail");
    format!("z={}", BASE64_URL_SAFE_NO_PAD.encode(packed))
}

/// An act as it stands in a link: `Crash(node:1)`.
pub fn act_text(act: &Act) -> String {
    let value = act_value(act);
    let mut text = String::new();
    notation::write(&value, &mut text);
    text
}

/// Reads what [`act_text`] writes.
fn parse_act(text: &str) -> Result<Act, RecordingError> {
    let value: Value =
        notation::parse(text).map_err(|error| broken(format!("in the act {text:?}, {error}")))?;
    serde_json::from_value(value).map_err(|error| broken(format!("{text:?} is no act of this page: {error}")))
}

/// Reads an act by itself: in JSON, as a world file has it (`{"Crash":{"node":1}}`), or as it stands in a link.
///
/// # Errors
/// A sentence that says what is wrong, and where.
pub fn act_of_script(text: &str) -> Result<Act, RecordingError> {
    let value: Result<Value, String> = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|error| error.to_string())
    } else {
        notation::parse(text).map_err(|error| error.to_string())
    };
    value
        .and_then(|value| serde_json::from_value(value).map_err(|error| error.to_string()))
        .map_err(|error| RecordingError(format!("{text} is no act of this page: {error}")))
}

fn broken(why: impl std::fmt::Display) -> RecordingError {
    RecordingError(format!("this link cannot be opened: {why}. Ask for it again, it may have been cut off."))
}

/// Seconds with as many decimals as are needed: `12.48`.
fn seconds(moment: Instant) -> String {
    let text = format!("{}.{:06}", moment.0 / 1_000_000, moment.0 % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn parse_seconds(text: &str) -> Result<Instant, RecordingError> {
    let wrong = || broken(format!("{text:?} is not a moment in seconds"));
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > 6 || !digits(whole) || !digits(part) {
        return Err(wrong());
    }
    let micros: u64 = format!("{part:0<6}").parse().map_err(|_| wrong())?;
    let whole: u64 = whole.parse().map_err(|_| wrong())?;
    whole.checked_mul(1_000_000).and_then(|whole| whole.checked_add(micros)).map(Instant).ok_or_else(wrong)
}
