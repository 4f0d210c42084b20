//! `valetkey try` in a directory of the test's own, and clients of it.
