//! libFuzzer's way into `valetkey_fuzz::login_name`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| valetkey_fuzz::login_name(data));
