//! Understands a house's own words: the setting with an intent's name is a list of phrases that mean it.

use std::ops::Range;

use cicerone_sdk::classify::{Command, Filled, Intent, Request};
use cicerone_sdk::{Error, config};

/// A phrase of the operator's is as good as certain.
const CONFIDENCE: f64 = 0.9;

/// What a text means: the intent with the longest phrase in it, and the number that it says.
fn understand(request: &Request) -> Result<Vec<Command>, Error> {
    let text = request.text.to_lowercase();
    let longest = |intent: &Intent| {
        let phrases = config::get(&intent.name)?;
        let phrases = phrases.split(',').map(|phrase| phrase.trim().to_lowercase());
        let said = phrases.filter(|phrase| !phrase.is_empty() && text.contains(phrase.as_str()));
        said.map(|phrase| phrase.len()).max()
    };
    let known = request.intents.iter().filter_map(|intent| Some((longest(intent)?, intent)));
    let Some((_, intent)) = known.max_by_key(|(length, _)| *length) else {
        return Ok(vec![Command::None { confidence: 0.0 }]);
    };
    let mut commands = vec![Command::intent(&intent.name, CONFIDENCE)];
    let is_number = |kind: &str| matches!(kind, "integer" | "number");
    let slot = intent.slots.iter().find(|slot| is_number(&slot.kind));
    if let (Some(slot), Some(span)) = (slot, number(&request.text)) {
        let value = request.text.get(span.clone()).unwrap_or_default().into();
        let filled = Filled { name: slot.name.clone(), value, span: Some(span), confidence: None };
        commands.push(Command::SetSlot(filled));
    }
    Ok(commands)
}

/// Where the first number stands.
fn number(text: &str) -> Option<Range<usize>> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let digits = text.get(start..)?.find(|c: char| !c.is_ascii_digit());
    Some(start..digits.map_or(text.len(), |length| start + length))
}

cicerone_sdk::plugin!(name = "wording", tools = [], classify = understand);

#[cfg(test)]
mod tests {
    use cicerone_sdk::classify::Slot;
    use cicerone_sdk::test::Host;

    use super::*;

    fn understood(text: &str) -> Vec<Command> {
        let slot = Slot { name: "size".into(), kind: "integer".into(), ..Slot::default() };
        let intent = |name: &str| Intent {
            name: name.to_owned(),
            slots: vec![slot.clone()],
            ..Intent::default()
        };
        let intents = vec![intent("BOOK"), intent("CANCEL")];
        let _host = Host::new().with_config("BOOK", "covers for").with_config("CANCEL", "covers");
        understand(&Request { text: text.to_owned(), intents, ..Request::default() }).unwrap()
    }

    #[test]
    fn the_longest_phrase_decides_and_a_number_is_a_value() {
        let commands = understood("Covers for 4, please");
        let Command::SetSlot(size) = &commands[1] else { panic!("{commands:?}") };
        assert_eq!(commands[0], Command::intent("BOOK", CONFIDENCE));
        assert_eq!((size.value.as_str(), size.span.clone()), (Some("4"), Some(11..12)));
        assert_eq!(understood("no covers")[0], Command::intent("CANCEL", CONFIDENCE));
        assert_eq!(understood("hello"), [Command::None { confidence: 0.0 }]);
    }
}
