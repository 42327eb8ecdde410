use std::sync::OnceLock;

/// The CRC-32 of gzip and zip. Its table is made when it is first wanted: a made one is a kilobyte of noise, and those of
/// the crates sixteen, and no compressor makes a page with noise in it smaller.
#[derive(Clone, Copy, Debug)]
pub struct Crc32(u32);

impl Crc32 {
    pub const fn new() -> Self {
        Self(!0)
    }

    pub fn update(&mut self, bytes: &[u8]) {
        static TABLE: OnceLock<[u32; 256]> = OnceLock::new();
        let table = TABLE.get_or_init(|| std::array::from_fn(entry));
        for byte in bytes {
            self.0 = table[usize::from(self.0 as u8 ^ byte)] ^ self.0 >> 8;
        }
    }

    /// The sum of all bytes so far.
    pub const fn sum(self) -> u32 {
        !self.0
    }

    /// The sum of these bytes.
    pub fn of(bytes: &[u8]) -> u32 {
        let mut crc = Self::new();
        crc.update(bytes);
        crc.sum()
    }
}

impl Default for Crc32 {
    fn default() -> Self {
        Self::new()
    }
}

fn entry(byte: usize) -> u32 {
    (0..8).fold(byte as u32, |crc, _| if crc & 1 == 1 { 0xEDB8_8320 ^ crc >> 1 } else { crc >> 1 })
}

#[cfg(test)]
mod tests {
    use super::Crc32;

    #[test]
    fn it_is_the_sum_that_everybody_checks() {
        assert_eq!(Crc32::of(b"123456789"), 0xCBF4_3926);
        assert_eq!(Crc32::of(b""), 0);
    }
}
