//! CRC-32C (Castagnoli), the checksum of a batch. Processors have an instruction for it; WebAssembly has none.

/// The CRC-32C of these bytes.
pub fn crc32c(bytes: &[u8]) -> u32 {
    #[cfg(target_arch = "wasm32")]
    return sliced::crc32c(bytes);
    #[cfg(not(target_arch = "wasm32"))]
    crc32c::crc32c(bytes)
}

/// Without the instruction: sixteen bytes at a time, each by a table of its own (Intel's "slicing-by-16"). Half as
/// fast again as eight at a time, where each slice waits longer for the one before.
#[cfg(any(target_arch = "wasm32", test))]
mod sliced {
    use std::array::from_fn;
    use std::sync::LazyLock;

    /// The polynomial, its lowest power first.
    const POLYNOMIAL: u32 = 0x82F6_3B78;
    const SLICE: usize = 16;

    type Table = [u32; 256];

    /// What a byte does to the checksum when so many bytes follow it in its slice. Made when first needed: a visitor
    /// would wait for their download.
    static TABLES: LazyLock<[Table; SLICE]> = LazyLock::new(|| {
        let step =
            from_fn(|byte| (0..8).fold(byte as u32, |rest, _| (rest >> 1) ^ ((rest & 1) * POLYNOMIAL)));
        from_fn(|behind| from_fn(|byte| (0..behind).fold(step[byte], |crc, _| go_on(&step, crc, 0))))
    });

    fn go_on(step: &Table, crc: u32, byte: u8) -> u32 {
        (crc >> 8) ^ step[(crc as u8 ^ byte) as usize]
    }

    pub(super) fn crc32c(bytes: &[u8]) -> u32 {
        let tables = &*TABLES;
        let (slices, rest) = bytes.as_chunks::<SLICE>();
        let mut crc = u32::MAX;
        for slice in slices {
            let (words, _) = slice.as_chunks::<8>();
            let low = u64::from_le_bytes(words[0]) ^ u64::from(crc);
            let high = u64::from_le_bytes(words[1]);
            // Written out: the page's program is built for its size, and would make this a loop.
            let of =
                |word: u64, place: usize, behind: usize| tables[behind][(word >> (8 * place)) as u8 as usize];
            crc = (of(low, 0, 15) ^ of(low, 1, 14) ^ of(low, 2, 13) ^ of(low, 3, 12))
                ^ (of(low, 4, 11) ^ of(low, 5, 10) ^ of(low, 6, 9) ^ of(low, 7, 8))
                ^ (of(high, 0, 7) ^ of(high, 1, 6) ^ of(high, 2, 5) ^ of(high, 3, 4))
                ^ (of(high, 4, 3) ^ of(high, 5, 2) ^ of(high, 6, 1) ^ of(high, 7, 0));
        }
        !rest.iter().fold(crc, |crc, byte| go_on(&tables[0], crc, *byte))
    }

    #[cfg(test)]
    mod tests {
        #[test]
        fn it_is_the_checksum_that_a_processor_computes() {
            let bytes: Vec<u8> = (0..2000u32).map(|i| ((i * i) >> 3) as u8).collect();
            assert_eq!(super::crc32c(b"123456789"), 0xE306_9283, "the check value of the catalogue");
            for len in (0..100).chain([255, 256, 257, 1999]) {
                for from in [0, 1] {
                    let bytes = &bytes[from..from + len];
                    assert_eq!(super::crc32c(bytes), crc32c::crc32c(bytes), "{len} bytes from {from}");
                }
            }
        }
    }
}
