//! libFuzzer's way into `valetkey_fuzz::key_file`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| valetkey_fuzz::key_file(data));
