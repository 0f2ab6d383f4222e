//! "I don't want to book a table" has the words of booking one, and a classifier of words takes it for that. A text that
//! opens by not wanting something is none of the intents but those whose examples refuse as well.

use super::features::normalise;

/// So many words may stand before a refusal: "no, I really do not want".
const OPENING_WORDS: usize = 4;

/// Phrases that refuse what comes after them, in normal form.
const ENGLISH: &[&str] = &[
    "dont want",
    "do not want",
    "dont wanna",
    "didnt want",
    "did not want",
    "dont need",
    "do not need",
    "no longer want",
    "no longer need",
    "wouldnt like",
    "would not like",
    "not interested in",
    "never wanted",
];
const PORTUGUESE: &[&str] =
    &["nao quero", "nao queria", "nao preciso", "nao gostaria", "nao pretendo", "nao desejo"];
const SPANISH: &[&str] =
    &["no quiero", "no queria", "no necesito", "no deseo", "no quisiera", "no me gustaria"];
const FRENCH: &[&str] = &[
    "veux pas",
    "veux plus",
    "voudrais pas",
    "voulais pas",
    "souhaite pas",
    "souhaite plus",
    "desire pas",
    "nai pas besoin",
    "nai plus besoin",
];

/// Where German wants something, and what then refuses it: at the end, or right behind.
const GERMAN_WISHES: &[&str] =
    &["will", "mochte", "wollte", "brauche", "wunsche", "wollen", "mochten", "brauchen"];
const GERMAN_NONE: &[&str] = &["kein", "keine", "keinen", "keinem", "keiner", "keines"];
const GERMAN_NOT: &[&str] = &["nicht", "nie", "niemals"];

/// Words of the rest of a German sentence that begin another thought.
const GERMAN_OTHER: &[&str] = &["aber", "und", "sondern", "oder", "dass", "ob", "wenn", "weil"];

/// Words behind a refusal that say what is wanted instead.
const BUT: &[&str] = &["but", "mas", "pero", "sino", "mais", "aber", "sondern"];

/// Whether a text in a BCP 47 language opens by refusing something.
pub(super) fn refuses(text: &str, language: &str) -> bool {
    let normal = normalise(text);
    let words: Vec<&str> = normal.split_whitespace().collect();
    let primary = language.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    let behind = match primary.as_str() {
        "en" => behind(&words, ENGLISH),
        "pt" => behind(&words, PORTUGUESE),
        "es" => behind(&words, SPANISH),
        "fr" => behind(&words, FRENCH),
        "de" => german(&words),
        _ => None,
    };
    behind.is_some_and(|rest| !rest.iter().any(|word| BUT.contains(word)))
}

/// What comes behind the first phrase that is among the opening words.
fn behind<'w>(words: &'w [&'w str], phrases: &[&'w str]) -> Option<&'w [&'w str]> {
    let starts = 0..words.len().min(OPENING_WORDS);
    starts.into_iter().find_map(|start| {
        let rest = words.get(start..)?;
        phrases.iter().find_map(|phrase| {
            let phrase: Vec<&str> = phrase.split(' ').collect();
            rest.strip_prefix(phrase.as_slice())
        })
    })
}

/// "Ich will keinen Tisch", "ich will den Tisch nicht buchen"; not "ich will einen Tisch, aber nicht am Fenster".
fn german<'w>(words: &'w [&'w str]) -> Option<&'w [&'w str]> {
    let wish = words.iter().take(OPENING_WORDS).position(|word| GERMAN_WISHES.contains(word))?;
    let rest = words.get(wish + 1..)?;
    let thought = rest.iter().position(|word| GERMAN_OTHER.contains(word)).unwrap_or(rest.len());
    let (said, after) = rest.split_at(thought);
    let is_none = said.iter().take(2).any(|word| GERMAN_NONE.contains(word));
    let is_not = said.iter().rev().take(2).any(|word| GERMAN_NOT.contains(word));
    (is_none || is_not).then_some(after)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Reader, flow, intent, understand};
    use super::*;

    #[test]
    fn a_text_that_opens_by_not_wanting_something_refuses_it() {
        let table = [
            ("en", "I don't want to make a reservation"),
            ("en-GB", "no, sorry, I do not need a table"),
            ("pt", "Não quero reservar"),
            ("es", "no quiero bloquear mi tarjeta"),
            ("fr", "je ne veux pas bloquer ma carte"),
            ("fr", "je n'ai pas besoin d'une table"),
            ("de", "ich will meine Karte nicht sperren"),
            ("de", "ich möchte keinen Kuchen"),
            ("de", "nein, das will ich nicht"),
        ];
        for (language, text) in table {
            assert!(refuses(text, language), "{text}");
        }
    }

    #[test]
    fn a_no_that_is_about_something_else_refuses_nothing() {
        let table = [
            ("en", "why don't we book a table"),
            ("en", "I can't log in"),
            ("en", "I want a table, I just do not want it near the door"),
            ("en", "I don't want bread but a cake"),
            ("en", "not sure what is in my cart"),
            ("pt", "quero uma mesa"),
            ("es", "no puedo entrar"),
            ("fr", "je veux une table, pas trop tard"),
            ("de", "ich will einen Tisch, aber nicht am Fenster"),
            ("de", "ich möchte wissen, ob ihr keine Pizza habt"),
            ("de", "ich will nicht lange warten und einen Tisch"),
            ("it", "non voglio prenotare"),
        ];
        for (language, text) in table {
            assert!(!refuses(text, language), "{text}");
        }
    }

    #[test]
    fn what_a_text_does_not_want_is_not_taken_unless_the_examples_refuse_too() {
        let reader = Reader::of(flow([
            ("BOOK", intent(&["book a table", "I want to make a reservation"], vec![])),
            ("CANCEL", intent(&["cancel it", "I don't want the reservation any more"], vec![])),
        ]));
        let taken = |text| understand(&reader, &["BOOK", "CANCEL"], text).intent;
        assert_eq!(taken("I want to make a reservation please").as_deref(), Some("BOOK"));
        assert_ne!(taken("I do not want to make a reservation").as_deref(), Some("BOOK"));
        assert_eq!(taken("I don't want that reservation any more").as_deref(), Some("CANCEL"));
        assert_eq!(understand(&reader, &["BOOK"], "I don't want to book a table").intent, None);
    }
}
