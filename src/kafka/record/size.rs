//! How many bytes records take (`DefaultRecord.sizeInBytes`, `AbstractRecords.estimateSizeInBytes*`).

use super::BATCH_OVERHEAD;
use super::Compression;
use super::Header;
use super::varint::size_of_int;
use super::varint::size_of_long;

/// Length 5, timestamp 10, offset 5, attributes 1: all that a record needs at most beside key, value and headers.
pub const MAX_RECORD_OVERHEAD: usize = 21;

/// Bytes of a record's fields that do not depend on its place: key, value, headers.
#[inline(always)]
pub(super) fn size_of_content(key: Option<usize>, value: Option<usize>, headers: &[Header]) -> usize {
    let headers_size: usize = headers
        .iter()
        .map(|header| {
            size_of_field(Some(header.key.len()))
                + size_of_field(header.value.as_ref().map(|value| value.len()))
        })
        .sum();
    size_of_field(key) + size_of_field(value) + size_of_int(headers.len() as i32) + headers_size
}

/// A field: its length and its bytes; null is one byte.
#[inline(always)]
fn size_of_field(len: Option<usize>) -> usize {
    len.map_or(1, |len| size_of_int(len as i32) + len)
}

/// Bytes of a record behind its length field.
#[inline(always)]
pub(super) const fn size_of_body(offset_delta: i32, timestamp_delta: i64, content: usize) -> usize {
    1 + size_of_int(offset_delta) + size_of_long(timestamp_delta) + content
}

/// Bytes of a record, its length field included. Key and value are given by their lengths.
pub fn record_size(
    offset_delta: i32,
    timestamp_delta: i64,
    key: Option<usize>,
    value: Option<usize>,
    headers: &[Header],
) -> usize {
    let body = size_of_body(offset_delta, timestamp_delta, size_of_content(key, value, headers));
    size_of_int(body as i32) + body
}

/// The most that a record can take, wherever it lands in a batch.
pub fn record_size_upper_bound(key: Option<usize>, value: Option<usize>, headers: &[Header]) -> usize {
    MAX_RECORD_OVERHEAD + size_of_content(key, value, headers)
}

/// The most that a batch of this one record can take without compression: what a producer compares with
/// `max.request.size` and asks its buffer pool for (`estimateSizeInBytesUpperBound`).
pub fn batch_size_upper_bound(key: Option<usize>, value: Option<usize>, headers: &[Header]) -> usize {
    BATCH_OVERHEAD + record_size_upper_bound(key, value, headers)
}

/// Kafka's guess of what compression will leave of so many bytes (`estimateCompressedSizeInBytes`).
pub fn estimate_compressed_size(size: usize, compression: Compression) -> usize {
    match compression {
        Compression::None => size,
        _ => (size / 2).clamp(1024, 1 << 16),
    }
}
