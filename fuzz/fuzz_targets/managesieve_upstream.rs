//! libFuzzer's way into `valetkey_fuzz::managesieve_upstream`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| valetkey_fuzz::managesieve_upstream(data));
