//! libFuzzer's way into `valetkey_fuzz::saslauthd`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| valetkey_fuzz::saslauthd(data));
