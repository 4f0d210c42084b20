//! libFuzzer's way into `valetkey_fuzz::basic`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| valetkey_fuzz::basic(data));
