//! libFuzzer's way into `valetkey_fuzz::pop3_relay`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| valetkey_fuzz::pop3_relay(data));
