//! libFuzzer's way into `valetkey_fuzz::app_secret`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| valetkey_fuzz::app_secret(data));
