//! x
use clap::Args;
#[derive(Args)]
pub(crate) struct LoginOptions {}
#[derive(Args)]
pub(crate) struct IdleOptions {}
#[derive(Args)]
pub(crate) struct FetchOptions {}
pub(crate) fn logins(_: &LoginOptions) {}
pub(crate) fn idle(_: &IdleOptions) {}
pub(crate) fn fetch(_: &FetchOptions) {}
