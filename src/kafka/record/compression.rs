//! The four codecs, framed as Kafka frames them (`org.apache.kafka.common.compress`): gzip members, snappy in xerial's
//! stream, LZ4 frames of independent 64 KB blocks, zstd frames.
//!
//! The bytes of a compressor are its own: another version of the same codec writes other bytes for the same records,
//! and everybody reads both. Nothing may depend on them but their size.

use std::fmt;
use std::io;
use std::io::ErrorKind;
use std::io::Read;
use std::io::Write;

use bytes::Bytes;
use serde::Deserialize;
use serde::Serialize;

use super::BatchError;
use super::Defect;

/// More bytes than this never come out of one compressed batch: a small bomb must not fill the page's memory.
/// Kafka itself has no bound here.
pub const MAX_DECOMPRESSED_BYTES: usize = 128 << 20;

/// Bytes of records in one chunk of a snappy stream (`SnappyOutputStream`'s default).
const SNAPPY_CHUNK: usize = 32 * 1024;
/// Bytes that Java's gzip stream inflates at once.
const GZIP_CHUNK: usize = 16 * 1024;
const SNAPPY_MAGIC: [u8; 8] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0];

/// How the records of a batch are compressed: bits 0–2 of its attributes (`CompressionType`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    #[default]
    None,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}

impl Compression {
    pub const ALL: [Self; 5] = [Self::None, Self::Gzip, Self::Snappy, Self::Lz4, Self::Zstd];

    /// The number in a batch's attributes.
    pub const fn id(self) -> u8 {
        self as u8
    }

    pub fn from_id(id: u8) -> Option<Self> {
        Self::ALL.get(usize::from(id)).copied()
    }

    /// The word in configs: `none`, `gzip`, `snappy`, `lz4`, `zstd`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Snappy => "snappy",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|codec| codec.name() == name)
    }

    /// Compresses records with the codec's default level.
    pub fn compress(self, records: &[u8]) -> Vec<u8> {
        match self {
            Self::None => records.to_vec(),
            Self::Gzip => gzip(records),
            Self::Snappy => snappy(records),
            Self::Lz4 => lz4(records),
            Self::Zstd => {
                ruzstd::encoding::compress_to_vec(records, ruzstd::encoding::CompressionLevel::Fastest)
            }
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What came out of a codec: as in Kafka's streams, everything before a defect is still there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Decompressed {
    pub records: Bytes,
    /// What stopped the codec before the end of its input.
    pub defect: Option<Defect>,
}

impl Decompressed {
    /// The records, or [`BatchError::Decompression`] when anything was wrong.
    pub fn complete(self) -> Result<Bytes, BatchError> {
        match self.defect {
            None => Ok(self.records),
            Some(defect) => Err(BatchError::Decompression(defect)),
        }
    }
}

/// Decompresses the records of a batch, `limit` bytes at most.
pub fn decompress(codec: Compression, data: &Bytes, limit: usize) -> Decompressed {
    if codec == Compression::None {
        return Decompressed { records: data.clone(), defect: None };
    }
    let mut out = Vec::new();
    let result = match codec {
        Compression::None => Ok(()),
        Compression::Gzip => read_gzip(data, &mut out, limit),
        Compression::Snappy => {
            read_snappy(data, &mut out, limit).map_err(|message| codec_defect("IOException", message))
        }
        Compression::Lz4 => {
            let mut decoder = lz4_flex::frame::FrameDecoder::new(&data[..]);
            read_all(&mut decoder, &mut out, limit).map_err(lz4_defect)
        }
        Compression::Zstd => {
            read_zstd(data, &mut out, limit).map_err(|message| codec_defect("ZstdIOException", message))
        }
    };
    Decompressed { records: Bytes::from(out), defect: result.err() }
}

fn codec_defect(exception: &'static str, message: impl fmt::Display) -> Defect {
    Defect { exception, message: message.to_string() }
}

/// What the frame descriptor may not say, Java's reader refuses with a bare `RuntimeException`.
fn lz4_defect(error: io::Error) -> Defect {
    let text = error.to_string();
    let descriptor = ["ReservedBitsSet", "UnsupportedBlocksize", "UnsupportedVersion"];
    let is_descriptor = descriptor.iter().any(|name| text.starts_with(name));
    codec_defect(if is_descriptor { "RuntimeException" } else { "IOException" }, text)
}

fn read_gzip(data: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<(), Defect> {
    let error = match read_all(&mut flate2::bufread::GzDecoder::new(data), out, limit) {
        Ok(()) => return Ok(()),
        Err(error) => error,
    };
    if error.to_string() == "corrupt deflate stream" {
        // Java inflates 16 KB at a time, and what it had of them is lost.
        out.truncate(out.len() / GZIP_CHUNK * GZIP_CHUNK);
    }
    Err(match error.kind() {
        ErrorKind::UnexpectedEof => codec_defect("EOFException", error),
        _ => codec_defect("ZipException", error),
    })
}

/// Reads to the end, keeping what came before an error.
fn read_all(source: &mut impl Read, out: &mut Vec<u8>, limit: usize) -> io::Result<()> {
    let mut chunk = [0u8; 4096];
    loop {
        match source.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(n) => {
                check_limit(out.len() + n, limit).map_err(io::Error::other)?;
                out.extend_from_slice(&chunk[..n]);
            }
            Err(error) => return Err(error),
        }
    }
}

fn check_limit(size: usize, limit: usize) -> Result<(), String> {
    if size > limit { Err(format!("one batch decompresses to more than {limit} bytes")) } else { Ok(()) }
}

fn gzip(records: &[u8]) -> Vec<u8> {
    // Java writes 255, "unknown", for the operating system.
    let mut encoder =
        flate2::GzBuilder::new().operating_system(255).write(Vec::new(), flate2::Compression::default());
    encoder.write_all(records).expect("a vector takes every byte");
    encoder.finish().expect("a vector takes every byte")
}

fn lz4(records: &[u8]) -> Vec<u8> {
    let info = lz4_flex::frame::FrameInfo::new()
        .block_size(lz4_flex::frame::BlockSize::Max64KB)
        .block_mode(lz4_flex::frame::BlockMode::Independent);
    let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(records).expect("a vector takes every byte");
    encoder.finish().expect("a vector takes every byte")
}

fn snappy(records: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(32 + records.len());
    out.extend_from_slice(&SNAPPY_MAGIC);
    out.extend_from_slice(&1u32.to_be_bytes());
    out.extend_from_slice(&1u32.to_be_bytes());
    let mut encoder = snap::raw::Encoder::new();
    for chunk in records.chunks(SNAPPY_CHUNK) {
        let compressed = encoder.compress_vec(chunk).expect("a chunk is far below snappy's 4 GB");
        out.extend_from_slice(&(compressed.len() as u32).to_be_bytes());
        out.extend_from_slice(&compressed);
    }
    out
}

/// xerial's stream: a header, then chunks of raw snappy with their lengths. Bytes without the header are raw snappy.
fn read_snappy(data: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<(), String> {
    if !data.starts_with(&SNAPPY_MAGIC) {
        return read_snappy_chunk(data, out, limit);
    }
    let mut rest = data.get(16..).ok_or("the header of the snappy stream is cut short")?;
    while !rest.is_empty() {
        if rest.starts_with(&SNAPPY_MAGIC) {
            // Two streams written one after the other.
            rest = rest.get(16..).ok_or("the header of a snappy stream is cut short")?;
            continue;
        }
        let (length, after) =
            rest.split_first_chunk::<4>().ok_or("the length of a snappy chunk is cut short")?;
        let length = u32::from_be_bytes(*length) as usize;
        let chunk = after.get(..length).ok_or("a snappy chunk is cut short")?;
        read_snappy_chunk(chunk, out, limit)?;
        rest = &after[length..];
    }
    Ok(())
}

fn read_snappy_chunk(chunk: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<(), String> {
    let size = snap::raw::decompress_len(chunk).map_err(|error| error.to_string())?;
    // Snappy's densest element writes 64 bytes for 3: a longer claim is a lie, refused before memory is taken for it.
    if size / 32 > chunk.len() {
        return Err("a snappy chunk claims more bytes than it can hold".to_owned());
    }
    check_limit(out.len() + size, limit)?;
    let start = out.len();
    out.resize(start + size, 0);
    let written = snap::raw::Decoder::new().decompress(chunk, &mut out[start..]);
    out.truncate(start + written.as_ref().copied().unwrap_or(0));
    written.map(drop).map_err(|error| error.to_string())
}

fn read_zstd(data: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<(), String> {
    let mut rest = data;
    while !rest.is_empty() {
        let mut decoder =
            ruzstd::decoding::StreamingDecoder::new(&mut rest).map_err(|error| error.to_string())?;
        read_all(&mut decoder, out, limit).map_err(|error| error.to_string())?;
    }
    Ok(())
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::any;
    use proptest::prelude::prop;
    use proptest::prelude::proptest;

    use super::*;

    fn text(size: usize) -> Vec<u8> {
        (0..size).map(|i| b"the quick brown fox "[(i * i / 7) % 20]).collect()
    }

    #[test]
    fn every_codec_reads_what_it_wrote() {
        for codec in Compression::ALL {
            for size in [0, 1, 100, 70_000, 300_000] {
                let records = text(size);
                let squeezed = Bytes::from(codec.compress(&records));
                let back = decompress(codec, &squeezed, 1 << 20).complete();
                assert_eq!(back.as_deref(), Ok(&records[..]), "{codec} {size}");
                assert!(
                    codec == Compression::None || size < 70_000 || squeezed.len() < size / 2,
                    "{codec} {size}"
                );
            }
        }
    }

    #[test]
    fn a_bomb_is_stopped_at_the_limit() {
        for codec in &Compression::ALL[1..] {
            let bomb = Bytes::from(codec.compress(&vec![0; 1 << 20]));
            let out = decompress(*codec, &bomb, 100_000);
            assert!(out.records.len() <= 100_000);
            assert!(
                out.defect.is_some_and(|defect| defect.message.contains("more than 100000 bytes")),
                "{codec}"
            );
        }
    }

    proptest! {
        #[test]
        fn broken_bytes_are_an_error_and_never_a_panic(
            codec in 1u8..5, size in 0usize..5000, flips in prop::collection::vec((any::<u16>(), any::<u8>()), 1..4), cut in any::<u16>()
        ) {
            let codec = Compression::from_id(codec).unwrap();
            let mut bytes = codec.compress(&text(size));
            for (at, with) in flips {
                let at = usize::from(at) % bytes.len();
                bytes[at] ^= with;
            }
            bytes.truncate(usize::from(cut) % (bytes.len() * 2));
            drop(decompress(codec, &Bytes::from(bytes), 1 << 20));
        }

        #[test]
        fn random_bytes_are_an_error_and_never_a_panic(codec in 1u8..5, bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            drop(decompress(Compression::from_id(codec).unwrap(), &Bytes::from(bytes), 1 << 20));
        }
    }
}
