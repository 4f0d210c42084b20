//! libFuzzer's way into `valetkey_fuzz::ldap`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| valetkey_fuzz::ldap(data));
