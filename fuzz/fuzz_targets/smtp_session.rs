//! libFuzzer's way into `valetkey_fuzz::smtp_session`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| valetkey_fuzz::smtp_session(data));
