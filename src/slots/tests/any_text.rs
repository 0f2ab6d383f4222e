//! What holds for every text, whatever it is.

use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_assert, prop_oneof, proptest};
use proptest::sample::select;

use super::{extract, mask, moment, slots};

/// Pieces that the readers look for, in any order, and anything else.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        "[0-9]{1,6}",
        "[-:/.,+$()@'’ ]{1,3}",
        select(vec![
            "tomorrow",
            "next",
            "Friday",
            "not",
            "tonight",
            "no wait",
            "me",
            "people",
            "half",
            "past",
            "to",
            "seven",
            "thirty",
            "billion",
            "point",
            "am",
            "pm",
            "h",
            "the",
            "th",
            "of",
            "December",
            "last day of",
            "weeks",
            "from",
            "on",
            "year",
            "Christmas Eve",
            "in",
            "hours",
            "my name is",
            "João",
            "e\u{301}",
            "phone",
            "a",
            "dozen",
            "twenty",
            "million",
            "thousand",
            "hundred",
            "and",
            "vinte",
            "mil",
            "treinta",
            "y",
            "cent",
            "et",
            "un",
            "minus",
            "quarter",
            "k",
            "4111 1111",
            "５",
            "٣",
            "é",
            "às",
            "€",
            "%",
        ])
        .prop_map(str::to_owned),
    ];
    let glue = prop_oneof![Just(" "), Just("")];
    proptest::collection::vec((piece, glue), 0..24)
        .prop_map(|parts| parts.into_iter().flat_map(|(a, b)| [a, b.to_owned()]).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn gives_values_that_share_no_character_but_a_day_and_its_time(
        text in text(),
        languages in select(vec![["en-US", "pt-BR"], ["es", "fr"], ["de", "en-GB"]]),
    ) {
        for language in languages {
            let wanted = slots(
                "partySize when date time length name phone email price agreed area note count",
            );
            let mut found = extract(&text, &wanted, &moment(language));
            found.sort_by_key(|found| found.span.start);
            prop_assert!(found.iter().all(|found| text.get(found.span.clone()).is_some_and(|text| !text.is_empty())));
            let is_moment = |slot: &str| matches!(slot, "date" | "time");
            prop_assert!(found.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start
                || (is_moment(&pair[0].slot) && is_moment(&pair[1].slot))));
            prop_assert!(found.iter().all(|found| (0.0..=1.0).contains(&found.confidence)));
            for slot in wanted {
                let alone = extract(&text, &[slot], &moment(language));
                prop_assert!(alone.len() <= 1);
            }
            let _masked = mask(&text, &moment(language));
        }
    }
}
