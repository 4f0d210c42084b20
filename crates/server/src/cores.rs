//! One runtime, on a thread of its own, for each processor. A connection stays where it was taken: nothing wakes another
//! processor for it. On connections that come and go that costs a sixth less than one runtime whose threads take work
//! from each other (`benches/README.md`).

use std::io;
use std::num::NonZeroUsize;
use std::thread::JoinHandle;

use tokio::runtime::{Builder, Handle};
use valetkey_accounts::Stopper;

/// Events that are looked at before the tasks run that they wake: when thousands of connections end at once, who signs
/// in does not wait behind all of them.
const EVENTS_AT_ONCE: usize = 128;

/// The runtimes that connections live on.
pub(crate) struct Cores(Vec<Core>);

struct Core {
    handle: Handle,
    stopper: Stopper,
    thread: JoinHandle<()>,
}

impl Cores {
    /// Starts a runtime for each processor.
    pub(crate) fn start() -> io::Result<Self> {
        let count = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        (0..count).map(Core::start).collect::<io::Result<_>>().map(Self)
    }

    /// Each of them.
    pub(crate) fn each(&self) -> impl Iterator<Item = &Handle> {
        self.0.iter().map(|core| &core.handle)
    }

    /// One after the other, without end.
    pub(crate) fn in_turn(&self) -> impl Iterator<Item = &Handle> {
        self.0.iter().map(|core| &core.handle).cycle()
    }

    /// Stops them, with all that still runs on them.
    pub(crate) fn stop(self) {
        for core in &self.0 {
            core.stopper.stop();
        }
        for core in self.0 {
            if core.thread.join().is_err() {
                tracing::error!("a thread that served connections had panicked");
            }
        }
    }
}

impl Core {
    fn start(number: usize) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().max_io_events_per_tick(EVENTS_AT_ONCE).build()?;
        let handle = runtime.handle().clone();
        let (stopper, mut stop) = Stopper::new();
        let thread = std::thread::Builder::new()
            .name(format!("connections-{number}"))
            .spawn(move || runtime.block_on(stop.asked()))?;
        Ok(Self { handle, stopper, thread })
    }
}
