//! CRC-32C (Castagnoli), the checksum of a batch.

#[cfg(target_arch = "wasm32")]
use std::sync::LazyLock;

#[cfg(target_arch = "wasm32")]
use crc::Crc;
#[cfg(target_arch = "wasm32")]
use crc::Table;

/// Sixteen bytes at a time, each by a table of its own. Made when first needed: a visitor would wait for their download.
#[cfg(target_arch = "wasm32")]
static TABLES: LazyLock<Crc<u32, Table<16>>> =
    LazyLock::new(|| Crc::<u32, Table<16>>::new(&crc::CRC_32_ISCSI));

/// The CRC-32C of these bytes: by the processor's own instruction, and by tables in WebAssembly, which has none.
pub fn crc32c(bytes: &[u8]) -> u32 {
    #[cfg(target_arch = "wasm32")]
    return TABLES.checksum(bytes);
    #[cfg(not(target_arch = "wasm32"))]
    crc32c::crc32c(bytes)
}
