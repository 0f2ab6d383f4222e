//! Yes, no and neither, in five languages.

use serde_json::{Value, json};

use super::check_in;

#[track_caller]
fn check_all(expect: &Value, table: &[(&str, &[&str])]) {
    for (language, texts) in table {
        for text in *texts {
            let found = match expect {
                Value::Null => json!({}),
                value => json!({ "agreed": value }),
            };
            check_in(language, text, "agreed", &found);
        }
    }
}

#[test]
fn a_yes_that_is_negated_is_a_no() {
    check_all(
        &json!(false),
        &[
            ("en", &["certainly not", "of course not", "ok no", "sure, no thanks", "yeah nah"]),
            ("en", &["yes, actually no", "no, not at all", "not correct", "I'd rather not"]),
            ("es", &["claro que no", "por supuesto que no", "Claro que no quiero", "creo que no"]),
            ("es", &["seguro que no", "en realidad no", "no, claro que no"]),
            (
                "pt",
                &["claro que não", "com certeza não", "acho que não", "claro que não, obrigado"],
            ),
            (
                "fr",
                &[
                    "bien sûr que non",
                    "certainement pas",
                    "pas d'accord",
                    "mais non",
                    "pas question",
                ],
            ),
            ("de", &["natürlich nicht", "sicher nicht", "klar nicht", "passt nicht", "eher nicht"]),
            (
                "de",
                &[
                    "ja, nein, doch nicht",
                    "auf keinen Fall",
                    "das stimmt nicht",
                    "aber natürlich nicht",
                ],
            ),
        ],
    );
}

#[test]
fn a_sentence_that_denies_is_a_no() {
    check_all(
        &json!(false),
        &[
            ("en", &["it's not correct", "no, I don't want that", "not at the moment"]),
            ("es", &["no está bien", "no me parece bien", "no es correcto", "no quiero"]),
            ("pt", &["não está certo", "isso não", "não quero"]),
            ("fr", &["ce n'est pas bon", "je ne suis pas d'accord", "non, ça va"]),
            ("de", &["nicht einverstanden", "das ist nicht korrekt", "bestimmt nicht"]),
        ],
    );
    check_all(
        &Value::Null,
        &[
            ("en", &["yes/no", "y/n", "N/A", "no, that's right", "sure not on Monday"]),
            ("es", &["no, está bien", "no pasa nada"]),
            ("de", &["natürlich nicht am Montag", "nö, passt", "macht nichts"]),
            ("fr", &["pas grave"]),
        ],
    );
}

#[test]
fn a_no_that_agrees_is_a_yes() {
    check_all(
        &json!(true),
        &[
            ("en", &["no problem", "No doubt!", "no worries, thanks", "why not?", "yes, why not"]),
            ("en", &["no problem, see you at 8", "no, actually yes", "no wait, yes"]),
            (
                "es",
                &["no hay problema", "¿por qué no?", "sin duda", "ningún problema", "claro que sí"],
            ),
            ("pt", &["sem problema", "não há problema", "por que não", "claro que sim"]),
            ("fr", &["pas de problème", "pas de souci, merci", "pourquoi pas", "bien sûr que oui"]),
            ("de", &["kein Problem", "warum nicht", "ja, warum nicht", "keine Frage", "doch"]),
        ],
    );
}

#[test]
fn what_is_open_is_no_answer() {
    check_all(
        &Value::Null,
        &[
            (
                "en",
                &[
                    "not sure",
                    "I don't know",
                    "no idea",
                    "maybe",
                    "yes and no",
                    "not bad",
                    "yes or no",
                ],
            ),
            ("en", &["no, maybe", "No. Yes.", "4 people, right?", "yes, I am not sure"]),
            ("es", &["no sé", "no lo sé", "quizás", "sí y no", "ni idea", "si puede ser a las 9"]),
            ("pt", &["não sei", "talvez", "sim e não", "não tenho certeza"]),
            ("fr", &["je ne sais pas", "oui et non", "peut-être", "pas mal", "si possible à 8h"]),
            (
                "de",
                &[
                    "weiß nicht",
                    "jein",
                    "ja und nein",
                    "nicht sicher",
                    "passt leider nicht",
                    "doch um 8",
                ],
            ),
        ],
    );
}

#[test]
fn short_words_and_signs_answer() {
    check_all(
        &json!(true),
        &[
            ("en", &["y", "Y.", "👍", "👍🏽", "ok 👍", "thanks 👍", "yep", "that's fine"]),
            ("es", &["s", "si", "¡Sí!", "vale", "si, a las 9", "de acuerdo"]),
            ("pt", &["s", "pode ser", "tudo bem"]),
            ("fr", &["o", "si", "d'accord", "ça me va"]),
            ("de", &["j", "auf jeden Fall", "passt", "na klar", "gut, ja"]),
        ],
    );
    check_all(
        &json!(false),
        &[
            ("en", &["n", "👎", "👎👎", "nope", "nah", "no thanks 👍", "no way"]),
            ("es", &["n", "que no", "mejor no"]),
            ("pt", &["n", "nem pensar"]),
            ("fr", &["n", "hors de question"]),
            ("de", &["n", "nö", "lieber nicht", "ach nein"]),
        ],
    );
    check_all(&Value::Null, &[("en", &["Y and Z", "n 5", "👍👎"]), ("es", &["y"])]);
}
