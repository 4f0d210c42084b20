//! libFuzzer's way into `valetkey_fuzz::base32`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| valetkey_fuzz::base32(data));
