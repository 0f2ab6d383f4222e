//! What a file of cases says that goes together with nothing else in it: found when it is read, each with its place. Pure.

use super::file::{Case, Command, Expect};
use super::text;

/// Where in a file something cannot be, and why.
pub(super) type Misplaced = (String, String);

/// The first mistake in the cases.
pub(super) fn cases(cases: &[Case]) -> Result<(), Misplaced> {
    cases.iter().enumerate().try_for_each(|(at, case)| {
        let inside = |inside: String| match inside.is_empty() {
            true => format!("cases[{at}]"),
            false => format!("cases[{at}].{inside}"),
        };
        one(case).map_err(|(path, why)| (inside(path), why))
    })
}

fn one(case: &Case) -> Result<(), Misplaced> {
    match (&case.tool, &case.text) {
        (Some(_), None) => nothing(&of_texts(case), "text"),
        (None, Some(_)) => {
            nothing(&of_tools(case), "tool")?;
            text_case(case)
        }
        (Some(_), Some(_)) => {
            Err(wrong("text", "it is a case of a tool, or of a text, not of both"))
        }
        (None, None) => {
            Err(wrong("", "name the `tool` that is called, or the `text` that is understood"))
        }
    }
}

/// What of a case is only for the other kind.
fn nothing(there: &[(&str, bool)], other: &str) -> Result<(), Misplaced> {
    let found = there.iter().find(|(_, is_there)| *is_there);
    found.map_or(Ok(()), |(path, _)| Err(wrong(path, &format!("it goes with `{other}` only"))))
}

fn of_texts(case: &Case) -> [(&'static str, bool); 5] {
    [
        ("intents", !case.intents.is_empty()),
        ("asked", !case.asked.is_empty()),
        ("question", case.question.is_some()),
        ("timeZone", case.time_zone.is_some()),
        ("expect.commands", case.expect.commands.is_some()),
    ]
}

fn of_tools(case: &Case) -> [(&'static str, bool); 5] {
    let Expect { result, result_has, say, patch, .. } = &case.expect;
    [
        ("args", !case.args.is_empty()),
        ("expect.result", result.is_some()),
        ("expect.resultHas", result_has.is_some()),
        ("expect.say", say.is_some()),
        ("expect.patch", patch.is_some()),
    ]
}

fn text_case(case: &Case) -> Result<(), Misplaced> {
    if case.intents.is_empty() {
        return Err(wrong(
            "intents",
            "say what the text can mean, as a flow does: `{\"BOOK\": {}}`",
        ));
    }
    let flow = text::flow(case)?;
    let slots = || flow.intents.values().flat_map(|intent| &intent.slots);
    let is_unknown = |name: &String| slots().all(|slot| slot.name != *name);
    if let Some(at) = case.asked.iter().position(is_unknown) {
        let why = format!("no intent has a slot `{}`", case.asked.get(at).map_or("", |name| name));
        return Err((format!("asked[{at}]"), why));
    }
    if let Some(zone) = &case.time_zone
        && jiff::tz::TimeZone::get(zone).is_err()
    {
        return Err(wrong("timeZone", &format!("there is no time zone `{zone}`")));
    }
    let commands = case.expect.commands.iter().flatten().enumerate();
    for (at, expected) in commands {
        command(expected).map_err(|why| (format!("expect.commands[{at}]"), why.to_owned()))?;
    }
    if case.expect.commands.is_some() && case.expect.error.is_some() {
        return Err(wrong("expect.error", "a text has commands, or there is no answer"));
    }
    Ok(())
}

fn command(command: &Command) -> Result<(), &'static str> {
    let Command { intent, set_slot, correct_slot, cancel, none, value, span, confidence } = command;
    let is_slot = set_slot.is_some() || correct_slot.is_some();
    let kinds = [intent.is_some(), set_slot.is_some(), correct_slot.is_some(), *cancel, *none];
    if kinds.into_iter().filter(|is_this| *is_this).count() != 1 {
        return Err("it is one of `intent`, `setSlot`, `correctSlot`, `cancel` and `none`");
    }
    if (value.is_some() || span.is_some()) && !is_slot {
        return Err("only a slot has a `value` and a `span`");
    }
    if confidence.is_some() && *cancel {
        return Err("`cancel` has no confidence");
    }
    Ok(())
}

fn wrong(path: &str, why: &str) -> Misplaced {
    (path.to_owned(), why.to_owned())
}
