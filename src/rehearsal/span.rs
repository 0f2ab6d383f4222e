//! Lengths of time as people write them in cases: `500ms`, `90s`, `1h30m`, `2d`.

/// Milliseconds by unit.
const UNITS: &[(&str, u64)] = &[
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
    ("w", 604_800_000),
];

/// The milliseconds of a length; none when it is not one.
pub(super) fn millis(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    let mut sum = 0_u64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let amount: u64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?;
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let (_, each) = UNITS.iter().find(|(unit, _)| Some(*unit) == rest.get(..letters))?;
        sum = sum.checked_add(amount.checked_mul(*each)?)?;
        rest = rest.get(letters..)?.trim_start();
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::millis;

    #[test]
    fn lengths_of_time_are_read_as_people_write_them() {
        assert_eq!(millis("500ms"), Some(500));
        assert_eq!(millis("1h30m"), Some(5_400_000));
        assert_eq!(millis("2d 1s"), Some(172_801_000));
        for wrong in ["", "2", "d", "2 days", "-1s", "1.5h", "99999999999999999999d"] {
            assert_eq!(millis(wrong), None, "{wrong}");
        }
    }
}
