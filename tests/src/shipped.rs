//! The shipped program: which one is tested.

use std::path::PathBuf;

/// What `VALETKEY_BIN` names, else what was built beside this test.
///
/// # Panics
/// If it is not there.
pub fn binary() -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "which program is tested is no configuration of it")]
    let named = std::env::var_os("VALETKEY_BIN").map(PathBuf::from);
    let built = || {
        let test = std::env::current_exe().expect("a test knows its own file");
        test.ancestors().nth(2).expect("a test stands in target/PROFILE/deps").join("valetkey")
    };
    let binary = named.unwrap_or_else(built);
    assert!(binary.is_file(), "{} is not there: cargo build first", binary.display());
    binary
}
