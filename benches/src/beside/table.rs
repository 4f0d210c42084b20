//! What is printed: Markdown, ready for README.md.

use crate::measure::{Runs, percentile};

/// Begins a table.
pub(super) fn head(what: &str) {
    println!("\n| {what} | Valetkey | to reach | beside it | Valetkey takes |\n|---|---|---|---|---|");
}

/// One piece of work: what Valetkey takes for it, what it should, and what the others take.
pub(super) fn row(work: &str, reach: Option<f64>, valetkey: &Runs, others: &[(String, Runs)]) {
    let reached = reach.map_or(String::new(), |most| format!("{most}: {}", reached(median(valetkey) <= most)));
    let beside = |other: Option<&(String, Runs)>| match other {
        None => (String::new(), String::new()),
        Some((name, runs)) => (format!("{name} {runs}"), format!("{} of it", part(valetkey, runs))),
    };
    let (name, ratio) = beside(others.first());
    println!("| {work} | {valetkey} | {reached} | {name} | {ratio} |");
    for other in others.iter().skip(1) {
        let (name, ratio) = beside(Some(other));
        println!("| | | | {name} | {ratio} |");
    }
}

/// Whether something is as it should be.
pub(super) fn reached(is_so: bool) -> &'static str {
    if is_so { "reached" } else { "not reached" }
}

/// The part of a cost that another one is, turn by turn.
fn part(one: &Runs, of: &Runs) -> String {
    let mut parts: Vec<f64> = one.0.iter().zip(&of.0).map(|(one, of)| one / of).collect();
    parts.sort_by(f64::total_cmp);
    let (least, middle, most) = (parts[0], percentile(&parts, 50.0), parts[parts.len() - 1]);
    if parts.len() == 1 {
        return fraction(middle);
    }
    format!("{} ({} to {})", fraction(middle), fraction(least), fraction(most))
}

fn fraction(part: f64) -> String {
    if part > 0.0 && part < 0.01 { format!("1/{:.0}", 1.0 / part) } else { format!("{part:.2}") }
}

fn median(runs: &Runs) -> f64 {
    let mut sorted = runs.0.clone();
    sorted.sort_by(f64::total_cmp);
    percentile(&sorted, 50.0)
}
