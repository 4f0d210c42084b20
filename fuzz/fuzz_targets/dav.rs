//! libFuzzer's way into `valetkey_fuzz::dav`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| valetkey_fuzz::dav(data));
