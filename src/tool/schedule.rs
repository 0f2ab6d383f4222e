//! When a call is tried again: pure arithmetic over the schedule, the failure and one drawn number. It never waits.

use std::time::Duration;

use super::Failure;
use crate::flow::Retry;

/// The wait before the attempt after `attempt`, or `None` when that was the last one. `draw` is between 0 and 1.
pub(super) fn wait(
    retry: Retry,
    attempt: u32,
    failure: &Failure,
    repeatable: bool,
    draw: f64,
) -> Option<Duration> {
    let may_repeat = repeatable || failure.nothing_ran;
    if attempt >= retry.max_attempts || !failure.error.retryable || !may_repeat {
        return None;
    }
    let full = backoff(retry, attempt);
    let wait =
        if retry.jitter { full.mul_f64(draw.clamp(0.0, 1.0).mul_add(0.5, 0.5)) } else { full };
    Some(wait.max(failure.retry_after.unwrap_or_default()))
}

/// Doubles from attempt to attempt, up to the longest wait.
fn backoff(retry: Retry, attempt: u32) -> Duration {
    let factor = 1_u64.checked_shl(attempt.saturating_sub(1)).unwrap_or(u64::MAX);
    Duration::from_millis(retry.backoff_ms.saturating_mul(factor).min(retry.max_backoff_ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::ToolErrorKind;

    const RETRY: Retry =
        Retry { max_attempts: 5, backoff_ms: 100, max_backoff_ms: 350, jitter: false };

    fn away() -> Failure {
        Failure::new(ToolErrorKind::Timeout, "away")
    }

    #[test]
    fn each_wait_is_twice_the_one_before_up_to_the_longest() {
        let waits: Vec<_> = (1..=5).map(|n| wait(RETRY, n, &away(), true, 0.0)).collect();
        let ms = |n| Some(Duration::from_millis(n));
        assert_eq!(waits, [ms(100), ms(200), ms(350), ms(350), None]);
    }

    #[test]
    fn a_jittered_wait_lies_between_half_and_all() {
        let retry = Retry { jitter: true, ..RETRY };
        let at = |draw| wait(retry, 1, &away(), true, draw);
        assert_eq!(at(0.0), Some(Duration::from_millis(50)));
        assert_eq!(at(0.5), Some(Duration::from_millis(75)));
        assert_eq!(at(1.0), Some(Duration::from_millis(100)));
    }

    #[test]
    fn what_must_not_run_twice_is_tried_again_only_if_nothing_ran() {
        assert_eq!(wait(RETRY, 1, &away(), false, 0.0), None);
        let queued = Failure::before_start(ToolErrorKind::Unavailable, "full");
        assert!(wait(RETRY, 1, &queued, false, 0.0).is_some());
    }

    #[test]
    fn what_would_fail_again_is_not_tried_again() {
        let refused = Failure::new(ToolErrorKind::BadResult, "text");
        assert_eq!(wait(RETRY, 1, &refused, true, 0.0), None);
    }

    #[test]
    fn a_tool_may_ask_for_a_longer_wait() {
        let busy = Failure { retry_after: Some(Duration::from_secs(2)), ..away() };
        assert_eq!(wait(RETRY, 1, &busy, true, 0.0), Some(Duration::from_secs(2)));
    }

    #[test]
    fn a_thousand_attempts_do_not_overflow_the_wait() {
        let retry = Retry { max_attempts: u32::MAX, ..RETRY };
        assert_eq!(wait(retry, 1_000, &away(), true, 0.0), Some(Duration::from_millis(350)));
    }
}
