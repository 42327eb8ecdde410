//! What must be the same on every machine: each test runs natively and in the browser, against the same constants.

use kafkascope::kafka::base::Random;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A world is its seed and its acts: a stream that differed here would make every shared link another world.
#[test]
fn random_streams_are_the_same_in_wasm() {
    let mut random = Random::new(2026, 7);
    let sum = (0..10_000).fold(0u64, |sum, _| sum.rotate_left(5) ^ random.next_u64());
    assert_eq!(sum, 10_972_915_582_207_741_033);
}

/// The check vector of the CRC that every record batch carries.
#[test]
fn crc32c_is_castagnoli_in_wasm() {
    assert_eq!(crc32c::crc32c(b"123456789"), 0xE306_9283);
}
