//! `valetkey serve` with a configuration of the test's own.
