//! libFuzzer's way into `valetkey_fuzz::smtp_upstream`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| valetkey_fuzz::smtp_upstream(data));
