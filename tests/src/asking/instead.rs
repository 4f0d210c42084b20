//! Files that one program finds in the place of the machine's own, which stay as they are for everybody else.

use std::path::Path;

use crate::program;

/// Lays each of our files or directories over one of the machine's, and goes on with the command.
const LAY: &str = "set -e; while [ \"$1\" != -- ]; do mount --bind \"$1\" \"$2\"; shift 2; done; shift; exec \"$@\"";

/// A command which, with what it starts, finds the first of each pair where the second is.
///
/// # Panics
/// If `unshare` is not installed.
pub(super) fn instead_of(pairs: &[(&Path, &str)], command: &[&str]) -> Vec<String> {
    let mut words = vec![program::find("unshare").display().to_string(), "--mount".into()];
    if !rustix::process::geteuid().is_root() {
        words.extend(["--user".into(), "--map-root-user".into()]);
    }
    words.extend(["--", "sh", "-c", LAY, "sh"].map(str::to_owned));
    words.extend(pairs.iter().flat_map(|(ours, theirs)| [ours.display().to_string(), (*theirs).to_owned()]));
    words.push("--".into());
    words.extend(command.iter().map(|word| (*word).to_owned()));
    words
}
