//! libFuzzer's way into `valetkey_fuzz::recovery_code`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| valetkey_fuzz::recovery_code(data));
