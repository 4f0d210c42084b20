//! libFuzzer's way into `valetkey_fuzz::imap_upstream`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| valetkey_fuzz::imap_upstream(data));
