//! libFuzzer's way into `valetkey_fuzz::pop3_upstream`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| valetkey_fuzz::pop3_upstream(data));
