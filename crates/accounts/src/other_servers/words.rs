//! What comes of telling a server, and the words in which it is kept.

use std::fmt;
use std::str::FromStr;

/// What a server said that it has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignOutOutcome {
    /// So many connections were closed.
    Closed(usize),
    /// It does not say how many.
    Told,
}

/// Why a server could not be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignOutTrouble {
    /// It takes no connection, or broke it off.
    Unreachable,
    /// Its certificate is not signed by whom we trust, or is not for its name, or is out of date.
    Untrusted,
    /// It took longer than its deadline.
    TooSlow,
    /// It answered with this status of HTTP.
    Status(u16),
    /// It answered something that cannot be understood, or that it could not do it.
    Garbled,
    /// The command ended with this exit code.
    ExitCode(i32),
    /// The command was ended by this signal.
    Signal(i32),
    /// The command does not start.
    NoProgram,
    /// The login name means something else there: an option, or a pattern that others match too.
    UnfitLogin,
}

/// The text is of no outcome and no trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownWord;

impl SignOutOutcome {
    /// This one and what a run before it has led to.
    pub(crate) fn after(self, before: Option<Self>) -> Self {
        match (self, before) {
            (Self::Closed(now), Some(Self::Closed(before))) => Self::Closed(now.saturating_add(before)),
            (now, _) => now,
        }
    }
}

impl fmt::Display for SignOutOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(count) => write!(f, "closed {count}"),
            Self::Told => f.write_str("told"),
        }
    }
}

impl FromStr for SignOutOutcome {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text.split_once(' ') {
            Some(("closed", count)) => count.parse().map(Self::Closed).map_err(|_| UnknownWord),
            None if text == "told" => Ok(Self::Told),
            _ => Err(UnknownWord),
        }
    }
}

impl fmt::Display for SignOutTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable => f.write_str("unreachable"),
            Self::Untrusted => f.write_str("untrusted"),
            Self::TooSlow => f.write_str("too-slow"),
            Self::Status(code) => write!(f, "status {code}"),
            Self::Garbled => f.write_str("garbled"),
            Self::ExitCode(code) => write!(f, "exit-code {code}"),
            Self::Signal(number) => write!(f, "signal {number}"),
            Self::NoProgram => f.write_str("no-program"),
            Self::UnfitLogin => f.write_str("unfit-login"),
        }
    }
}

impl FromStr for SignOutTrouble {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let number = |text: &str| text.parse::<i32>().map_err(|_| UnknownWord);
        match text.split_once(' ') {
            Some(("status", code)) => code.parse().map(Self::Status).map_err(|_| UnknownWord),
            Some(("exit-code", code)) => number(code).map(Self::ExitCode),
            Some(("signal", code)) => number(code).map(Self::Signal),
            Some(_) => Err(UnknownWord),
            None => match text {
                "unreachable" => Ok(Self::Unreachable),
                "untrusted" => Ok(Self::Untrusted),
                "too-slow" => Ok(Self::TooSlow),
                "garbled" => Ok(Self::Garbled),
                "no-program" => Ok(Self::NoProgram),
                "unfit-login" => Ok(Self::UnfitLogin),
                _ => Err(UnknownWord),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use SignOutTrouble::{ExitCode, Garbled, NoProgram, Signal, Status, TooSlow, UnfitLogin, Unreachable, Untrusted};

    use super::*;

    #[test]
    fn what_is_kept_is_read() {
        for outcome in [SignOutOutcome::Closed(2), SignOutOutcome::Told] {
            assert_eq!(outcome.to_string().parse(), Ok(outcome));
        }
        let simple = [Unreachable, Untrusted, TooSlow, Garbled, NoProgram, UnfitLogin];
        for trouble in simple.into_iter().chain([Status(401), ExitCode(3), Signal(9)]) {
            assert_eq!(trouble.to_string().parse(), Ok(trouble));
        }
        for other in ["", "closed", "closed -1", "told 2", "status x"] {
            assert_eq!(other.parse::<SignOutOutcome>(), Err(UnknownWord), "{other}");
            assert_eq!(other.parse::<SignOutTrouble>(), Err(UnknownWord), "{other}");
        }
    }

    #[test]
    fn connections_of_both_runs_are_counted_together() {
        let closed = SignOutOutcome::Closed;
        assert_eq!(closed(1).after(Some(closed(2))), closed(3));
        assert_eq!(closed(1).after(None), closed(1));
        assert_eq!(SignOutOutcome::Told.after(Some(SignOutOutcome::Told)), SignOutOutcome::Told);
    }
}
