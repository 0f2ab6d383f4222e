//! How long a server wants to be left alone.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// The longest wait that a server may ask for; no call lasts as long.
const WAIT_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Of an HTTP date the day of the week says nothing new.
static HTTP_DATE: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);

/// `Retry-After` (RFC 9110, 10.2.3): seconds, or a moment. A part of a second is more than the RFC has, and some send it.
#[must_use]
pub fn wait(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    let asked = match text.parse::<f64>() {
        Ok(seconds) if seconds.is_nan() || seconds < 0.0 => return None,
        Ok(seconds) => Duration::try_from_secs_f64(seconds).unwrap_or(WAIT_MAX),
        Err(_no_number) => {
            let at = HTTP_DATE.parse_timestamp(text).ok()?;
            Duration::try_from(at.duration_since(now)).unwrap_or_default()
        }
    };
    Some(asked.min(WAIT_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_seconds_or_a_moment_and_never_without_end() {
        let now: Timestamp = "2026-03-04T12:00:00Z".parse().unwrap();
        let secs = |n| Some(Duration::from_secs(n));
        assert_eq!(wait("3", now), secs(3));
        assert_eq!(wait(" 0 ", now), secs(0));
        assert_eq!(wait("Wed, 04 Mar 2026 12:00:07 GMT", now), secs(7));
        assert_eq!(wait("Wed, 04 Mar 2026 11:00:00 GMT", now), secs(0));
        assert_eq!(wait("18446744073709551615", now), Some(WAIT_MAX));
        assert_eq!(wait("0.5", now), Some(Duration::from_millis(500)));
        assert_eq!(wait("soon", now), None);
        assert_eq!(wait("-1", now), None);
    }
}
