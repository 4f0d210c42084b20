//! The word that it is time to stop, for every task that runs until it is given; and what may come to its end before.

use std::time::Duration;

use tokio::sync::{mpsc, watch};

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

/// What is under way, for whoever lets it come to its end before stopping.
#[derive(Debug)]
pub struct UnderWay {
    begun: mpsc::Sender<()>,
    // Nobody says anything there: it ends when the last of them has ended.
    ended: mpsc::Receiver<()>,
}

/// One thing that is under way until this is dropped.
#[derive(Debug)]
pub struct Lasting {
    _sender: mpsc::Sender<()>,
}

impl UnderWay {
    /// Nothing yet.
    pub fn new() -> Self {
        let (begun, ended) = mpsc::channel(1);
        Self { begun, ended }
    }

    /// One more thing.
    pub fn begin(&self) -> Lasting {
        Lasting { _sender: self.begun.clone() }
    }

    /// Waits until all of it has ended, for so long at most; whether it has.
    pub async fn end(self, time: Duration) -> bool {
        let Self { begun, mut ended } = self;
        drop(begun);
        tokio::time::timeout(time, ended.recv()).await.is_ok()
    }
}

impl Default for UnderWay {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_under_way_is_waited_for_and_no_longer_than_told() {
        let under_way = UnderWay::new();
        let (first, second) = (under_way.begin(), under_way.begin());
        let ending = tokio::spawn(under_way.end(Duration::from_secs(10)));
        drop(first);
        tokio::time::sleep(Duration::from_secs(9)).await;
        assert!(!ending.is_finished(), "the other is still under way");
        drop(second);
        assert!(ending.await.expect("it does not panic"));
        let under_way = UnderWay::new();
        let _never = under_way.begin();
        assert!(!under_way.end(Duration::from_secs(10)).await);
        assert!(UnderWay::new().end(Duration::ZERO).await, "nothing is waited for where nothing is");
    }
}
