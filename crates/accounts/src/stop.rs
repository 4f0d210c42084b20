//! The word that it is time to stop, for every task that runs until it is given.

use std::time::Duration;

use tokio::sync::watch;

/// Gives the word. Dropping it gives it too: what nobody can stop any more stops.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// Waits for the word.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

impl Stopper {
    /// A word that is not given yet, and whoever waits for it.
    pub fn new() -> (Self, Stop) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Stop(receiver))
    }

    /// Gives the word.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Whether it is time to stop.
    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is time to stop.
    pub async fn asked(&mut self) {
        // An error means that whoever could say so is gone, which says the same.
        drop(self.0.wait_for(|stop| *stop).await);
    }

    /// Waits for a while; `false` if it is time to stop.
    pub async fn pause(&mut self, time: Duration) -> bool {
        tokio::time::timeout(time, self.asked()).await.is_err()
    }
}
