//! Whether a flow's file or the store is right when they differ. Pure: a decision on versions.

use crate::flow::Version;

/// What is to be done about one flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// They agree.
    Agreed,
    /// The file was changed by hand: what it says becomes current everywhere.
    Publish,
    /// The file was removed by hand: the flow takes no new sessions anywhere.
    Retire,
    /// The store has gone on: the file is rewritten, or taken away.
    Follow,
}

/// The versions that a flow has in each place; `None` where it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Places<'a> {
    /// What the file says now.
    pub(super) file: Option<&'a Version>,
    /// What file and store both had when this host last saw them agree.
    pub(super) agreed: Option<&'a Version>,
    /// What new sessions begin on, as the store has it.
    pub(super) active: Option<&'a Version>,
    /// Whether the store has ever seen the file's version.
    pub(super) is_old: bool,
}

/// A file that differs from what was last agreed was changed by hand and wins. One that does not is old news, so that a
/// host which comes back with old files rolls nobody back. Where nothing was ever agreed, as on a new host, a version that
/// the store knows is old, and any other is new.
pub(super) fn verdict(places: Places<'_>) -> Verdict {
    let Places { file, agreed, active, is_old } = places;
    match (file, agreed) {
        (file, _) if file == active => Verdict::Agreed,
        (None, None) => Verdict::Follow,
        (None, Some(_)) => Verdict::Retire,
        (Some(file), Some(agreed)) if file == agreed => Verdict::Follow,
        (Some(_), None) if is_old && active.is_some() => Verdict::Follow,
        (Some(_), _) => Verdict::Publish,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_changed_last_is_right() {
        let (one, two, three) = (Version::from("1"), Version::from("2"), Version::from("3"));
        let (one, two, three) = (Some(&one), Some(&two), Some(&three));
        for (file, agreed, active, is_old, expected) in [
            (one, one, one, true, Verdict::Agreed),
            (one, None, one, true, Verdict::Agreed),
            (None, None, None, false, Verdict::Agreed),
            (None, one, None, false, Verdict::Agreed),
            (two, one, one, false, Verdict::Publish),
            (one, two, two, true, Verdict::Publish),
            (three, one, two, false, Verdict::Publish),
            (None, one, one, false, Verdict::Retire),
            (None, one, two, false, Verdict::Retire),
            (one, one, two, true, Verdict::Follow),
            (one, one, None, true, Verdict::Follow),
            (None, None, one, false, Verdict::Follow),
            (one, None, two, true, Verdict::Follow),
            (two, None, one, false, Verdict::Publish),
            (one, None, None, true, Verdict::Publish),
            (one, None, None, false, Verdict::Publish),
        ] {
            let given = verdict(Places { file, agreed, active, is_old });
            assert_eq!(given, expected, "{file:?} {agreed:?} {active:?} {is_old}");
        }
    }
}
