//! Names of time zones, as clients give them.

use super::Error;

/// From here on, 0 to 1, a name is taken for a misspelling of another.
const LIKENESS_MIN: f64 = 0.8;

/// The name of a time zone, if it is one.
///
/// # Errors
/// [`Error::BadInput`].
pub fn time_zone(name: String) -> Result<String, Error> {
    match jiff::tz::TimeZone::get(&name) {
        Ok(_) => Ok(name),
        Err(_unknown) => {
            let likeness = |zone: &str| strsim::jaro_winkler(&name, zone);
            let near = jiff::tz::db().available().map(|zone| zone.as_str().to_owned());
            let near = near.filter(|zone| likeness(zone) > LIKENESS_MIN);
            let near = near.max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
            let hint = near.map_or_else(
                || "use an IANA name such as `Europe/Lisbon`".to_owned(),
                |zone| format!("did you mean `{zone}`?"),
            );
            Err(Error::BadInput(format!("find time zone `{name}`; {hint}")))
        }
    }
}
