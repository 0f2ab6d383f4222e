//! What can only be seen of a flow as a whole: states that nobody reaches, tools that nobody offers, paths that nobody
//! writes. It changes nothing.

mod calls;
mod fit;
mod forms;
mod graph;
mod nlu;
mod tools;
mod usage;

pub(super) use fit::unfit;

use super::compile::Uses;
use super::report::Report;
use super::{Flow, Known};

/// Reports what is odd about the whole, and what does not fit the tools on offer.
pub(super) fn check(flow: &Flow, uses: &Uses, known: Known<'_>, report: &mut Report) {
    let is_whole = !report.has_errors();
    tools::check(flow, uses, known, report);
    calls::check(flow, uses, report);
    nlu::check(flow, known, report);
    if is_whole {
        forms::check(flow, report);
        graph::check(flow, report);
        usage::check(flow, uses, known, report);
    }
}
