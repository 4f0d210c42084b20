//! Where a server's data is, and how it gets no more room there.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::program;

/// Where a server's data is.
pub enum Place {
    /// In a directory like any other.
    Anywhere,
    /// In a directory like any other, by a process that is told instead of killed when a file may not grow.
    Limited,
    /// On a disk of its own.
    Disk(SmallDisk),
}

impl Place {
    /// The programs by which a process gets there.
    pub(super) fn way_in(&self) -> Vec<String> {
        match self {
            Self::Anywhere => Vec::new(),
            Self::Limited => vec![program::find("env").display().to_string(), "--ignore-signal=XFSZ".into()],
            Self::Disk(disk) => disk.way_in(),
        }
    }

    pub(super) fn seen_from_outside(&self, data: &Path) -> PathBuf {
        match self {
            Self::Anywhere | Self::Limited => data.to_owned(),
            Self::Disk(disk) => {
                let inside = data.strip_prefix("/").expect("an absolute path");
                PathBuf::from(format!("/proc/{}/root", disk.keeper.id())).join(inside)
            }
        }
    }
}

/// Lets no file of a process grow beyond a size; without one, lets them grow again.
///
/// # Panics
/// If the process is not ours.
pub fn limit_files(process: u32, bytes: Option<u64>) {
    let pid = i32::try_from(process).ok().and_then(Pid::from_raw).expect("a number of a process");
    let limit = Rlimit { current: bytes, maximum: None };
    prlimit(Some(pid), Resource::Fsize, limit).expect("a process of ours");
}

/// A small file system in memory, which only who is led there sees, and which goes when this is dropped.
pub struct SmallDisk {
    /// A process that does nothing but be there.
    keeper: Child,
    user_namespace: bool,
    directory: PathBuf,
}

impl SmallDisk {
    /// Makes one over a directory; says why not, where the system does not allow it.
    pub fn over(directory: &Path, kib: u32) -> Result<Self, String> {
        let root = rustix::process::geteuid().is_root();
        let ways = if root { &[false, true][..] } else { &[true][..] };
        let mut why = String::new();
        for user_namespace in ways {
            match Self::try_over(directory, kib, *user_namespace) {
                Ok(disk) => return Ok(disk),
                Err(said) => why += &said,
            }
        }
        Err(why)
    }

    fn try_over(directory: &Path, kib: u32, user_namespace: bool) -> Result<Self, String> {
        let mut command = Command::new(program::find("setpriv"));
        command.args(["--pdeathsig", "KILL", "--"]).arg(program::find("unshare")).arg("--mount");
        if user_namespace {
            command.args(["--user", "--map-root-user"]);
        }
        // It ends when its standard input does: when nobody keeps it any more.
        let script = format!("mount -t tmpfs -o size={kib}k,mode=700 tmpfs \"$0\" && echo mounted && exec cat");
        command.args(["sh", "-c", &script]).arg(directory);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut keeper = command.spawn().expect("a program that is there starts");
        let mut said = String::new();
        let out = keeper.stdout.take().expect("a pipe was asked for");
        BufReader::new(out).read_line(&mut said).expect("a text");
        if said == "mounted\n" {
            return Ok(Self { keeper, user_namespace, directory: directory.to_owned() });
        }
        let output = keeper.wait_with_output().expect("a child can be waited for");
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }

    fn way_in(&self) -> Vec<String> {
        let mut words = vec![program::find("nsenter").display().to_string(), "--mount".into()];
        if self.user_namespace {
            words.extend(["--user".into(), "--preserve-credentials".into()]);
        }
        words.extend(["--target".into(), self.keeper.id().to_string(), "--".into()]);
        words
    }

    /// Fills it to the last byte.
    pub fn fill(&self) {
        // That no room is left is what ends it.
        self.run("cat /dev/zero >\"$0/ballast\"");
    }

    /// Takes away what [`SmallDisk::fill`] put there.
    ///
    /// # Panics
    /// If it was not filled.
    pub fn make_room(&self) {
        assert_eq!(self.run("rm \"$0/ballast\"").code, 0);
    }

    fn run(&self, script: &str) -> program::Ran {
        let words = self.way_in();
        let mut command = Command::new(&words[0]);
        program::run(command.args(&words[1..]).args(["sh", "-c", script]).arg(&self.directory), "")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.keeper.kill());
        drop(self.keeper.wait());
    }
}
