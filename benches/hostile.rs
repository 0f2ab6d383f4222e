//! How much a conversation notices of somebody else's hostile tool, and how long after its deadline that one is stopped:
//! the release binary under each guest of `plugins/hostile`. Started by `cargo xtask bench hostile`. It asserts nothing;
//! `tests/it/neighbours.rs` holds ten times what is wanted.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on ends; its result is its output"
)]

#[path = "../tests/guests/template.rs"]
mod template;
#[path = "../tests/guests/kv.rs"]
mod kv;
#[path = "../tests/beside/mod.rs"]
mod beside;

use beside::Measured;

/// Turns beside each.
const TURNS: usize = 500;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let all = runtime.block_on(beside::measure(TURNS));
    let normal = all.first().unwrap().normal;
    println!(
        "A turn with a tool takes {normal:.1?} at the 99th percentile when it is quiet. Beside:\n"
    );
    println!("{:14} {:>10} {:>10} {:>12}  ended as", "", "p99", "more", "stopped late");
    for measured in &all {
        let Measured { name, ended, beside, late, .. } = measured;
        let more = measured.more();
        let right = if measured.is_contained() { "" } else { "  (not as it should)" };
        println!("{name:14} {beside:>10.1?} {more:>10.1?} {late:>12.1?}  {ended:?}{right}");
    }
}
