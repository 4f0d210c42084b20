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

/// Processor time of a process, user and system, in seconds.
#[expect(clippy::cast_precision_loss, reason = "a time")]
pub(crate) fn process_time(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process runs");
    // Behind the name, which may contain anything, utime and stime are the twelfth and thirteenth field.
    let (_, fields) = stat.rsplit_once(") ").expect("the name is in parentheses");
    let ticks: u64 = fields.split(' ').skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    ticks as f64 / rustix::param::clock_ticks_per_second() as f64
}

/// Memory that is a process's own, in KiB: what it shares is counted by its part.
pub(crate) fn memory_kib(pid: u32) -> u64 {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).expect("the process runs");
    let line = rollup.lines().find(|l| l.starts_with("Pss:")).expect("it has a Pss line");
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).expect("a number")
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
