//! libFuzzer's way into `valetkey_fuzz::bearer`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| valetkey_fuzz::bearer(data));
