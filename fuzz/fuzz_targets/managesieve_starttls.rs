//! libFuzzer's way into `valetkey_fuzz::managesieve_starttls`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| valetkey_fuzz::managesieve_starttls(data));
