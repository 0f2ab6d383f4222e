//! Names of persons in what callers say, in whole and as first and last name.

use serde_json::{Map, Value, json};

use super::{Moment, Slot, Type, extract, moment};

/// What a text gives for a first and a last name, of which so many are asked for.
fn parts(language: &str, text: &str, asked: &[&str]) -> Value {
    let slot = |name: &&str| Slot {
        name: (*name).to_owned(),
        kind: if *name == "first" { Type::FirstName } else { Type::LastName },
        required: false,
        pii: false,
    };
    let others = ["first", "last"].into_iter().filter(|name| !asked.contains(name));
    let wanted: Vec<Slot> = asked.iter().map(slot).chain(others.map(|name| slot(&name))).collect();
    let moment: Moment = moment(language);
    let found =
        super::super::Text::read(text, language).extract_asked(&wanted, asked.len(), &moment);
    found.into_iter().map(|found| (found.slot, found.value)).collect::<Map<String, Value>>().into()
}

/// `first last`, `first` or `- last`; an empty text is no name.
#[track_caller]
fn check(language: &str, text: &str, asked: &[&str], name: &str) {
    let expect = match name.split_once(' ') {
        None if name.is_empty() => json!({}),
        None => json!({ "first": name }),
        Some(("-", last)) => json!({ "last": last }),
        Some((first, last)) => json!({ "first": first, "last": last }),
    };
    assert_eq!(parts(language, text, asked), expect, "{text:?}");
}

#[track_caller]
fn check_each(table: &[(&str, &str)]) {
    for (text, name) in table {
        check("en-GB", text, &[], name);
    }
}

#[test]
fn one_name_is_the_part_that_its_phrase_says() {
    check_each(&[
        ("Mr. Cartwright here, we're expected at 8", "- Cartwright"),
        ("It's Ms Lindqvist, I booked for two", "- Lindqvist"),
        ("We spoke to Dr Okafor yesterday", "- Okafor"),
        ("Is Mr. Okafor hosting on Friday?", "- Okafor"),
        ("Check under Kowalczyk, it's for tonight", "- Kowalczyk"),
        ("The name's Ferguson", "- Ferguson"),
        ("Name of Abernathy.", "- Abernathy"),
        ("it's under the name Market at 9:30 in the morning", "- Market"),
        ("Reservation for Chen, party of 4", "- Chen"),
        ("under Professor Yates's table", "- Yates"),
        ("I'm Rosalind, a table for two", "Rosalind"),
        ("yo its dwayne, need a table for 10", "dwayne"),
        ("You can call me Emily", "Emily"),
        ("I'd like to book in Aunt Marjorie's name", "Marjorie"),
        ("my name is Will", "Will"),
        ("It might be under Bob or my surname, Tanaka.", "Bob Tanaka"),
        ("Book under Sinead, I mean, use my partner's name, Declan", "Declan"),
    ]);
}

#[test]
fn a_full_name_is_found_where_callers_say_who_they_are() {
    check_each(&[
        ("Table for three at 10:15 am please, Noor Haddad.", "Noor Haddad"),
        ("Hello, Nadia Khoury here, I've got a booking", "Nadia Khoury"),
        ("Good evening, Pavel Novak speaking", "Pavel Novak"),
        ("Tobias Crane calling, make it five past seven", "Tobias Crane"),
        ("Carmen Ibarra for eight people, 8:00 pm", "Carmen Ibarra"),
        ("Kristy Eheler has a booking for a table at 8:30pm", "Kristy Eheler"),
        ("You have a Sharell Eberts booking that I want canceled", "Sharell Eberts"),
        ("Lucy Pemberton, she's turning thirty", "Lucy Pemberton"),
        ("Hello, Alistair from the rugby club", "Alistair"),
        ("You should have me down as Kofi Mensah, Wed 17th", "Kofi Mensah"),
        ("My name? Fatima Al-Sayed.", "Fatima Al-Sayed"),
        ("It should be Gaston Burnash", "Gaston Burnash"),
        ("a booking under the name \"Jere Maimone\"", "Jere Maimone"),
        ("The name for the reservation is Juliet Furutani", "Juliet Furutani"),
        ("Jaime Kaaz is what you can call me", "Jaime Kaaz"),
        ("I have a booking for I think Audra Ahlheim", "Audra Ahlheim"),
        ("reserve under Mrs. Jeromy Huger", "Jeromy Huger"),
        ("hi im chloe dunn id like a table for 2", "chloe dunn"),
        ("my name is Lakeisha Mends things and I have a booking", "Lakeisha Mends"),
        ("my name is Emily Day.", "Emily Day"),
    ]);
}

#[test]
fn a_name_that_is_taken_back_gives_way() {
    check_each(&[
        ("it's Anna, sorry, Hannah", "Hannah"),
        ("Change the name on the booking from Sanders to Saunders.", "- Saunders"),
        ("Please change the booking name to Oscar Lindgren.", "Oscar Lindgren"),
        ("I booked as Jon, but it should say John Prescott-Hale.", "John Prescott-Hale"),
    ]);
}

#[test]
fn days_dishes_and_places_are_no_names() {
    for text in [
        "Do you take reservations for Thanksgiving?",
        "I want to book for Mother's Day",
        "I'd like to reserve for Christmas Eve",
        "Any room on Burns Night, Easter Sunday or Boxing Day?",
        "a table for Burns Night",
        "for outdoors",
        "it's under cover",
        "I'm looking for Surrey Quays.",
        "I am looking for Giraffe Notting Hill restaurant.",
        "how can i find a restaurant by name Cafe Cafe",
        "I want to inquire about a restaurant name Asta.",
        "I am looking for a restaurant by the name of Tai Won Mein.",
        "Is there anything with Italian cuisine?",
        "somewhere with Szechuan food",
        "What is the website for Patisserie Valerie?",
        "Somewhere near Tower Bridge, South Bermondsey.",
        "is there anywhere to park near Bowes Park?",
        "Notting Hill",
        "the neighborhood should be Acton Green",
        "Parking here?",
        "for 4 people on Friday, Thank You.",
        "4 people and a table with wheelchair access",
        "Can I pay with Apple Pay?",
        "in the same area as Myrtle Park",
        "it's awfully dark here",
        "tell me a good doctor joke",
    ] {
        check("en-GB", text, &[], "");
    }
}

#[test]
fn an_answer_to_the_question_for_a_name_may_say_more_than_the_name() {
    for (text, asked, name) in [
        ("Okonkwo, that's O K O N K W O", &["last"][..], "- Okonkwo"),
        ("Smith, S-M-I-T-H", &["last"], "- Smith"),
        ("just put Whitcombe", &["last"], "- Whitcombe"),
        ("it's Kowalski", &["last", "first"], "- Kowalski"),
        ("Anneliese with two n's", &["first"], "Anneliese"),
        ("karl with a k", &["first"], "karl"),
        ("Mrs Featherstone", &["first", "last"], "- Featherstone"),
        ("Mr. Featherstone", &["first", "last"], "- Featherstone"),
        ("Lashon, a table for myself", &["first"], "Lashon"),
        ("That's crazy", &["first", "last"], ""),
        ("It's silly", &["first", "last"], ""),
        ("Ah alright", &["first", "last"], ""),
        ("what do you need that for?", &["first", "last"], ""),
        ("J K", &["first"], "J"),
    ] {
        check("en-GB", text, asked, name);
    }
}

#[test]
fn titles_and_names_are_read_in_other_languages() {
    for (language, text, name) in [
        ("pt-BR", "Uma mesa em nome do senhor Almeida", "- Almeida"),
        ("es-ES", "Soy la señora Ibáñez", "- Ibáñez"),
        ("fr-FR", "Une réservation au nom de Lefèvre", "- Lefèvre"),
        ("de-DE", "Einen Tisch auf den Namen Krüger", "- Krüger"),
        ("de-DE", "Hier ist Frau Schulze", "- Schulze"),
    ] {
        check(language, text, &[], name);
    }
}

#[test]
fn a_whole_name_has_no_title() {
    let name = Slot { name: "name".to_owned(), kind: Type::Name, required: false, pii: false };
    let found = extract("Hi, it's Dr. Amelia Stroud's table", &[name], &moment("en-GB"));
    assert_eq!(found.first().map(|found| &found.value), Some(&json!("Amelia Stroud")));
    assert_eq!(found.first().map(|found| found.span.clone()), Some(13..26));
}

#[test]
fn a_name_may_be_another_word_too() {
    check("en-GB", "Tim Curry", &["first", "last"], "Tim Curry");
    check("en-GB", "Curry", &["last"], "- Curry");
    check("en-GB", "I'm Tim Curry", &[], "Tim Curry");
    check("en-GB", "my name is Dawn French", &[], "Dawn French");
    check("en-GB", "Mrs French", &[], "- French");
    check("en-GB", "Mrs French here, 555-1234", &[], "- French");
    check("en-GB", "my name is Theresa May", &[], "Theresa May");
    check("en-GB", "I'm May", &[], "May");
    check("en-GB", "is the cuisine French or English", &["first", "last"], "");
    check("en-GB", "it should be Delivered", &[], "");
    check("en-GB", "Las Vegas for 3 nights", &[], "");
}

/// The whole name that a text gives, asked for or not; an empty text is none.
#[track_caller]
fn check_whole(asked: bool, table: &[(&str, &str, &str)]) {
    let slots = [("phone", Type::Phone), ("name", Type::Name)].map(|(name, kind)| Slot {
        name: name.to_owned(),
        kind,
        required: false,
        pii: false,
    });
    let wanted = if asked { &slots[1..] } else { &slots };
    for (language, text, name) in table {
        let read = super::super::Text::read(text, language);
        let found = read.extract_asked(wanted, usize::from(asked), &moment(language));
        let found = found.iter().find(|found| found.slot == "name").map(|found| &found.value);
        let expect = Some(json!(name)).filter(|_| !name.is_empty());
        assert_eq!(found, expect.as_ref(), "{text:?}");
    }
}

#[test]
fn a_surname_may_have_particles() {
    check_whole(
        true,
        &[
            ("pt", "João da Silva", "João da Silva"),
            ("pt", "Inês de Castro", "Inês de Castro"),
            ("pt", "Maria da Conceição", "Maria da Conceição"),
            ("pt", "Pedro do Carmo", "Pedro do Carmo"),
            ("pt", "João da Silva, 912 345 678", "João da Silva"),
            ("pt", "Maria Dias", "Maria Dias"),
            ("es", "Inés de Castro", "Inés de Castro"),
            ("es", "Ana da Costa", "Ana da Costa"),
            ("fr", "Jean du Bois", "Jean du Bois"),
            ("fr", "Anne di Caprio", "Anne di Caprio"),
            ("de", "Maria da Silva", "Maria da Silva"),
        ],
    );
    check_whole(
        false,
        &[
            ("pt", "meu nome é José da Silva", "José da Silva"),
            ("pt", "em nome de Pedro da Costa", "Pedro da Costa"),
            ("pt", "o meu nome é João da Silva, telefone 912 345 678", "João da Silva"),
            ("pt", "sou o João da empresa", "João"),
            ("es", "soy Ana de la oficina", "Ana"),
        ],
    );
}

#[test]
fn a_name_that_begins_with_another_word_is_one_where_it_is_asked_for() {
    check_whole(
        true,
        &[
            ("en", "Will", "Will"),
            ("en", "Will Smith", "Will Smith"),
            ("en", "Will Turner.", "Will Turner"),
            ("en", "Will Smith, 07700 900123", "Will Smith"),
            ("en", "June", "June"),
            ("en", "May Parker", "May Parker"),
            ("fr", "Noël Dupont", "Noël Dupont"),
            ("en", "Will do", ""),
            ("en", "Will follow", ""),
            ("en", "Will you", ""),
            ("en", "Will Be There", ""),
            ("en", "French Bistro", ""),
        ],
    );
    check_whole(false, &[("en", "my name is Will Smith", "Will Smith"), ("en", "Will Smith", "")]);
}

#[test]
fn a_name_stands_between_marks_before_a_number_to_call() {
    check_whole(
        false,
        &[
            ("en", "Table for 4 tomorrow at 8pm, John Smith, 07700 900123", "John Smith"),
            ("en", "at 8, John Smith, john@example.com", "John Smith"),
            ("de", "Tisch um 20 Uhr, Anna Schmidt, Telefon 0151 1234567", "Anna Schmidt"),
            ("en", "at 8, Covent Garden, 4 people", ""),
            ("en", "somewhere nice, South London, 8pm", ""),
            ("en", "in Bermondsey, South London, 07700 900123", ""),
        ],
    );
}

#[test]
fn who_is_given_something_is_a_name() {
    check_whole(
        false,
        &[
            ("en", "send it to John Smith", "John Smith"),
            ("en", "transfer 50 euros to John", "John"),
            ("fr", "vire 50 euros à Jean", "Jean"),
            ("pt", "transfere 50 euros para João Silva", "João Silva"),
            ("es", "envía 50 euros a Juan Pérez el lunes", "Juan Pérez"),
            ("de", "schicke es an Anna Schmidt", "Anna Schmidt"),
            ("de", "überweise 50 Euro an Anna Schmidt", "Anna Schmidt"),
            ("pt", "envia-o a João Silva", "João Silva"),
            ("es", "mándalo a Juan Pérez", "Juan Pérez"),
            ("fr", "envoie-le à Marie Dupont", "Marie Dupont"),
            ("en", "write to John Smith", "John Smith"),
            ("de", "gib 5 Euro an Trinkgeld", ""),
            ("de", "überweise 50 Euro für Strom", ""),
            ("en", "give me directions to Covent Garden", ""),
            ("en", "send a taxi to Covent Garden", ""),
            ("fr", "donnez-moi la météo à Clermont Ferrand", ""),
            ("en", "send it to London", ""),
            ("en", "send it to San Francisco", ""),
            ("en", "a ticket to London for 50 euros", ""),
            ("en", "pay 50 euros to Amazon", ""),
            ("en", "transfer 50 euros to Deutsche Bank", ""),
            ("en", "send 20 euros to Monday", ""),
            ("en", "fly to New York", ""),
            ("fr", "envoyer 20 euros à Noël", ""),
            ("de", "schicke 20 Euro an Weihnachten", ""),
            ("pt", "um voo para Nova Iorque", ""),
        ],
    );
}

#[test]
fn how_somebody_is_is_no_name() {
    check_whole(
        true,
        &[
            ("en", "I'm tired", ""),
            ("es", "estoy cansado", ""),
            ("pt", "estou cansada", ""),
            ("fr", "je suis fatigué", ""),
            ("de", "ich bin müde", ""),
        ],
    );
}
