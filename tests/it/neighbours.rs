//! Whoever shares a host with a hostile tool hardly notices it. Times are measured here, which no other test does: with ten
//! times what is wanted of a release build on a quiet machine (`cargo xtask bench hostile`), and run alone.

use std::time::Duration;

use crate::beside::measure;

/// How much longer a turn may take.
const MORE: Duration = Duration::from_millis(200);

/// How long after its deadline a tool may go on.
const LATE: Duration = Duration::from_millis(250);

#[tokio::test]
#[ignore = "it measures times; `cargo xtask ci` runs it alone"]
async fn a_hostile_tool_delays_nobody_else_and_is_stopped_at_its_deadline() {
    let all = measure(100).await;
    for measured in &all {
        let name = measured.name;
        assert!(measured.more() <= MORE, "others wait too long beside `{name}`: {measured:?}");
        assert!(measured.late <= LATE, "`{name}` is stopped too late: {measured:?}");
        assert!(measured.is_contained(), "`{name}` does not end as it should: {measured:?}");
    }
}
