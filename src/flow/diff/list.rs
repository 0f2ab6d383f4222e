//! Lists of two versions side by side: what is the same in both, and what came for what.

use serde_json::Value;

use super::{Part, Walk};

/// So many items are compared each with each; of longer lists only what is equal at the same place is found.
const COMPARED_MAX: usize = 500;

/// Places in the older and the newer list that belong together; `None` where one has nothing.
pub(super) type Pair = (Option<usize>, Option<usize>);

/// Pairs what is equal in order, then what is left by `kin`, in order; the rest is alone.
pub(super) fn pairs(before: &[Value], after: &[Value], kin: fn(&Value) -> String) -> Vec<Pair> {
    let equal = equal(before, after);
    let mut pairs: Vec<Pair> = equal.iter().map(|(one, two)| (Some(*one), Some(*two))).collect();
    let mut gone: Vec<usize> =
        (0..before.len()).filter(|at| !equal.iter().any(|(one, _)| one == at)).collect();
    for (at, item) in after.iter().enumerate() {
        if equal.iter().any(|(_, two)| *two == at) {
            continue;
        }
        let of = kin(item);
        let partner =
            gone.iter().position(|one| before.get(*one).is_some_and(|one| kin(one) == of));
        pairs.push((partner.map(|partner| gone.remove(partner)), Some(at)));
    }
    pairs.extend(gone.into_iter().map(|one| (Some(one), None)));
    pairs.sort_by_key(|(one, two)| (two.unwrap_or(usize::MAX), *one));
    pairs
}

/// The longest common subsequence.
fn equal(before: &[Value], after: &[Value]) -> Vec<(usize, usize)> {
    if before.len() > COMPARED_MAX || after.len() > COMPARED_MAX {
        let both = before.iter().zip(after).enumerate();
        return both.filter(|(_, (one, two))| one == two).map(|(at, _)| (at, at)).collect();
    }
    let width = after.len() + 1;
    let mut lengths = vec![0_usize; (before.len() + 1) * width];
    let length = |lengths: &[usize], one: usize, two: usize| {
        lengths.get(one * width + two).copied().unwrap_or_default()
    };
    for (one, old) in before.iter().enumerate().rev() {
        for (two, new) in after.iter().enumerate().rev() {
            let longest = if old == new {
                length(&lengths, one + 1, two + 1) + 1
            } else {
                length(&lengths, one + 1, two).max(length(&lengths, one, two + 1))
            };
            if let Some(place) = lengths.get_mut(one * width + two) {
                *place = longest;
            }
        }
    }
    let (mut one, mut two, mut found) = (0, 0, Vec::new());
    while let (Some(old), Some(new)) = (before.get(one), after.get(two)) {
        if old == new {
            found.push((one, two));
            (one, two) = (one + 1, two + 1);
        } else if length(&lengths, one + 1, two) >= length(&lengths, one, two + 1) {
            one += 1;
        } else {
            two += 1;
        }
    }
    found
}

/// The items of a list, or none.
pub(super) fn items(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

impl Walk {
    /// A list whose order means nothing: what came and what went.
    pub(super) fn list(
        &mut self,
        (what, name): (Part, &str),
        path: &str,
        (from, to, key): (&Value, &Value, &str),
    ) {
        let (before, after) = (items(from.get(key)), items(to.get(key)));
        for (at, item) in after.iter().enumerate().filter(|(_, item)| !before.contains(item)) {
            self.single(what, (&format!("{path}/{at}"), &named(name, item)), (None, Some(item)));
        }
        for (at, item) in before.iter().enumerate().filter(|(_, item)| !after.contains(item)) {
            self.single(what, (&format!("{path}/{at}"), &named(name, item)), (Some(item), None));
        }
    }
}

fn named(name: &str, item: &Value) -> String {
    format!("{name} {item}")
}
