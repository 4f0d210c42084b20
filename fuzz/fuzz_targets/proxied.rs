//! libFuzzer's way into `valetkey_fuzz::proxied`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| valetkey_fuzz::proxied(data));
