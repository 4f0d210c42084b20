//! Reading the operating system's own accounts: processor time and memory of a process.

use std::fmt;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Time that passes, in seconds.
pub(crate) fn now() -> f64 {
    seconds(ClockId::Monotonic)
}

/// Processor time of this thread, in seconds.
pub(crate) fn thread_time() -> f64 {
    seconds(ClockId::ThreadCPUTime)
}

fn seconds(clock: ClockId) -> f64 {
    let now = clock_gettime(clock);
    Duration::new(now.tv_sec.cast_unsigned(), u32::try_from(now.tv_nsec).unwrap_or(0)).as_secs_f64()
}

/// Processor time of a process and of what it has started and waited for, user and system, in seconds.
pub(crate) fn process_time(pid: u32) -> f64 {
    used(pid).expect("the process runs")
}

#[expect(clippy::cast_precision_loss, reason = "a time")]
fn used(pid: u32) -> Option<f64> {
    // utime, stime, and the same two of children.
    let ticks: Vec<u64> = fields(pid)?.skip(11).take(4).collect();
    let seconds = |ticks: &[u64]| ticks.iter().sum::<u64>() as f64 / rustix::param::clock_ticks_per_second() as f64;
    // Ticks leave out what is less than one; the threads' own accounts leave out threads that have ended.
    Some(seconds(&ticks[..2]).max(threads_time(pid)) + seconds(&ticks[2..]))
}

/// Processor time of the threads that there are.
#[expect(clippy::cast_precision_loss, reason = "a time")]
fn threads_time(pid: u32) -> f64 {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let nanos = threads.filter_map(|thread| {
        let account = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        account.split(' ').next()?.parse::<u64>().ok()
    });
    nanos.sum::<u64>() as f64 / 1e9
}

/// The numbers in a process's accounts, beginning with its state, which is none. None if it is gone.
fn fields(pid: u32) -> Option<impl Iterator<Item = u64>> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // Behind the name, which may contain anything.
    let (_, fields) = stat.rsplit_once(") ").expect("the name is in parentheses");
    Some(fields.split(' ').map(|field| field.parse().unwrap_or(0)).collect::<Vec<_>>().into_iter())
}

/// A process, all that it has started, and what these have started.
pub(crate) fn family(pid: u32) -> Vec<u32> {
    let all = std::fs::read_dir("/proc").expect("/proc is mounted").flatten();
    let parents: Vec<(u32, u64)> = all
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|child: u32| Some((child, fields(child)?.nth(1)?)))
        .collect();
    let mut family = vec![pid];
    let mut at = 0;
    while let Some(parent) = family.get(at).copied() {
        family.extend(parents.iter().filter(|(_, of)| *of == u64::from(parent)).map(|(child, _)| *child));
        at += 1;
    }
    family
}

/// The same of everybody in the families of these processes.
pub(crate) fn family_time(pids: &[u32]) -> f64 {
    pids.iter().flat_map(|pid| family(*pid)).filter_map(used).sum()
}

/// Memory that is a process's own, in KiB: what it shares is counted by its part.
pub(crate) fn memory_kib(pid: u32) -> u64 {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).expect("the process runs");
    let line = rollup.lines().find(|l| l.starts_with("Pss:")).expect("it has a Pss line");
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).expect("a number")
}

/// A runtime for whoever asks: one thread, which leaves the other processors to whoever is asked.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// What came out of repeated runs.
pub(crate) struct Runs(pub(crate) Vec<f64>);

impl fmt::Display for Runs {
    /// The median, and the spread.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let median = percentile(&sorted, 50.0);
        let digits = if median < 10.0 { 2 } else { usize::from(median < 1000.0) };
        if sorted.len() == 1 {
            return write!(f, "{median:.digits$}");
        }
        write!(f, "{median:.digits$} ({:.digits$} to {:.digits$})", sorted[0], sorted[sorted.len() - 1])
    }
}

/// A percentile of sorted values.
pub(crate) fn percentile(sorted: &[f64], percent: f64) -> f64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index"
    )]
    let at = ((sorted.len() - 1) as f64 * percent / 100.0).round() as usize;
    sorted[at]
}
