//! libFuzzer's way into `valetkey_fuzz::sasl`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| valetkey_fuzz::sasl(data));
