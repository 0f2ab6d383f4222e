//! Yes or no: what the clauses of a text answer, each read to its end, because "natürlich nicht" opens with a yes and "no
//! problem" with a no. Where a text says both, or that it is open, it answers nothing.

use std::ops::Range;

use super::lexicon::Word;
use super::reading::{Candidate, Reading};
use super::scan::{Class, Item, Scan};

/// Yes or no, where the text opens with it or closes with it behind a comma.
pub(super) fn boolean(scan: &Scan<'_>) -> Option<Candidate> {
    let clauses = clauses(scan);
    let mut spoken = clauses.iter().filter(|clause| !clause.is_aside());
    let Some(first) = spoken.clone().next() else { return by_sign(scan) };
    let mut answer = first.answer();
    if answer.is_none() {
        let last = spoken.next_back().filter(|last| last.behind == Some(",") && !last.asks);
        answer = last.and_then(Clause::answer).filter(|answer| answer.whole);
    } else if answer.as_ref().is_some_and(|answer| answer.whole) {
        answer = last_of_row(&clauses);
    }
    let Answer { said, span, whole } = answer?;
    let reading = match said {
        Said::Yes => Reading::Boolean(true),
        Said::No => Reading::Boolean(false),
        Said::Open => return None,
    };
    Some(Candidate { reading, span, confidence: if whole { 0.97 } else { 0.9 }, weak: false })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Yes,
    No,
    /// "maybe", "yes and no"
    Open,
}

/// What a clause says.
#[derive(Debug, Clone)]
struct Answer {
    said: Said,
    span: Range<usize>,
    /// The clause says nothing else.
    whole: bool,
}

/// What stands between two marks.
#[derive(Debug)]
struct Clause<'s, 't> {
    words: Vec<&'s Item<'t>>,
    /// The mark before.
    behind: Option<&'t str>,
    asks: bool,
    /// It is all of the text.
    only: bool,
}

fn clauses<'s, 't>(scan: &'s Scan<'t>) -> Vec<Clause<'s, 't>> {
    let open = |behind| Clause { words: Vec::new(), behind, asks: false, only: false };
    let mut clauses = vec![open(None)];
    for item in &scan.items {
        if item.class != Class::Mark || item.text == "/" {
            clauses.last_mut().expect("it begins with one").words.push(item);
        } else if matches!(item.text, "," | "." | ";" | ":" | "!" | "?" | "-" | "–" | "—" | "…")
        {
            clauses.last_mut().expect("it begins with one").asks = item.text == "?";
            clauses.push(open(Some(item.text)));
        }
    }
    clauses.retain(|clause| !clause.words.is_empty());
    if let [only] = clauses.as_mut_slice() {
        only.only = true;
    }
    clauses
}

/// The answer of a text of signs, all of one mind: "👍👍".
fn by_sign(scan: &Scan<'_>) -> Option<Candidate> {
    let signs: Vec<_> = scan.items.iter().filter(|item| item.class == Class::Mark).collect();
    let yes = signs.iter().find(|item| item.is(Word::Yes));
    let no = signs.iter().find(|item| item.is(Word::No));
    let sign = yes.xor(no)?;
    let reading = Reading::Boolean(yes.is_some());
    Some(Candidate { reading, span: sign.span.clone(), confidence: 0.9, weak: false })
}

/// Of "yes, no, rather not" the last. A yes behind a no holds only if the no is taken back: else it may agree with it.
fn last_of_row(clauses: &[Clause<'_, '_>]) -> Option<Answer> {
    let mut held: Option<Answer> = None;
    let mut turned = false;
    for clause in clauses {
        turned = turned || clause.words.iter().any(|word| is_turn(word));
        if clause.is_aside() {
            continue;
        }
        let next = clause.answer().filter(|next| next.whole && (held.is_none() || !clause.asks));
        let Some(next) = next else { break };
        held = Some(match held {
            Some(before) if !turned && before.said != next.said && next.said != Said::No => {
                Answer { said: Said::Open, ..next }
            }
            Some(before) if before.said == Said::Open && !turned => before,
            _ => next,
        });
        turned = false;
    }
    held
}

impl Clause<'_, '_> {
    /// Nothing but words that go with any answer: "well", "thanks".
    fn is_aside(&self) -> bool {
        self.words.iter().all(|word| is_aside(word) && answer_word(word).is_none())
    }

    /// What the clause opens with, as far as the rest of it does not unsay it.
    fn answer(&self) -> Option<Answer> {
        let (first, mut at) = self.unit(self.skip(0))?;
        let start = self.words.get(self.skip(0))?.span.start;
        let end = |at: usize| at.checked_sub(1).and_then(|last| self.words.get(last));
        let mut said = first;
        let mut until = at;
        loop {
            let between = self.words.get(at..self.skip(at)).unwrap_or_default();
            // "claro que no"
            let bound = between.iter().any(|word| single(word) == "que");
            let joined = between.iter().any(|word| is_joint(word));
            let Some((next, behind)) = self.unit(self.skip(at)) else { break };
            let ends = self.skip(behind) == self.words.len();
            // "no está bien"
            let denied = between.is_empty() && self.words.get(at).is_some_and(|word| is_verb(word));
            said = match (said, next) {
                (Said::Yes, Said::No) if bound || (ends && !joined) => Said::No,
                (Said::Yes, Said::No) if !ends && joined => break,
                (said, next) if said == next => said,
                (Said::Yes, Said::No) => Said::Open,
                (Said::No, Said::Yes) if denied => Said::No,
                _ if ends => Said::Open,
                _ => break,
            };
            (at, until) = (behind, behind);
        }
        let rest = self.skip(at);
        let whole = rest == self.words.len();
        // "passt mir leider nicht", "natürlich nicht am Montag"
        let negated = self.words.get(at).is_some_and(|word| word.is(Word::Not));
        let unsaid = negated || self.words.last().is_some_and(|word| is_negator(word));
        let unsaid = unsaid && !whole;
        let said = if unsaid && said == Said::Yes { Said::Open } else { said };
        let span = start..end(until)?.span.end;
        Some(Answer { said, span, whole })
    }

    /// What one word says, or a negated one, and the index behind it.
    fn unit(&self, at: usize) -> Option<(Said, usize)> {
        let word = self.words.get(at)?;
        let next = at + 1;
        let ends = self.skip(next) == self.words.len();
        if word.is(Word::Unsure) {
            return Some((Said::Open, next));
        }
        if is_bare_negator(word) {
            let negates = self.words.get(next).is_some_and(|word| word.is(Word::Yes));
            return (negates || ends).then_some((Said::No, if negates { next + 1 } else { next }));
        }
        let said = answer_word(word)?;
        // "Y" and "N" are answers where they are all.
        let is_letter = word.text.chars().nth(1).is_none();
        let follows = || ends || self.words.get(next).is_some_and(|word| is_decided(word));
        let stands = match single(word) {
            _ if is_letter => self.only && self.words.len() == 1,
            // "if", which many write for "sí", and "yet", which is a yes behind a no
            "si" | "doch" if word.text.is_ascii() => follows() || is_bare(self.words.get(next)),
            _ => true,
        };
        stands.then_some((said, next))
    }

    /// The index of the first word that does not go with any answer.
    fn skip(&self, from: usize) -> usize {
        let rest = self.words.get(from..).unwrap_or_default();
        let goes = |word: &&&Item<'_>| is_aside(word) && answer_word(word).is_none();
        from + rest.iter().take_while(goes).count()
    }
}

fn is_decided(word: &Item<'_>) -> bool {
    word.is(Word::Yes) || word.is(Word::No)
}

/// The folded word; nothing of a phrase, which means something else than the words that it has.
fn single<'s>(word: &'s Item<'_>) -> &'s str {
    if word.text.contains(char::is_whitespace) { "" } else { &word.folded }
}

fn answer_word(word: &Item<'_>) -> Option<Said> {
    if word.is(Word::Unsure) {
        return Some(Said::Open);
    }
    if word.is(Word::Yes) {
        return Some(Said::Yes);
    }
    word.is(Word::No).then_some(Said::No)
}

/// A word that makes no of the answer beside it: "nicht", but no "nicht um".
fn is_bare_negator(word: &Item<'_>) -> bool {
    matches!(single(word), "not" | "nicht" | "pas")
}

fn is_bare(word: Option<&&Item<'_>>) -> bool {
    word.is_some_and(|word| is_bare_negator(word))
}

fn is_negator(word: &Item<'_>) -> bool {
    is_bare_negator(word) || word.is(Word::No)
}

/// Takes back what was said before.
fn is_turn(word: &Item<'_>) -> bool {
    [Word::Rather, Word::Anew, Word::Pause].iter().any(|turn| word.is(*turn))
}

/// A yes that a no before it denies, as in "no es correcto".
fn is_verb(word: &Item<'_>) -> bool {
    matches!(&*word.folded, "esta" | "ta" | "es" | "e" | "me" | "confirmo" | "correcto" | "correto")
}

fn is_joint(word: &Item<'_>) -> bool {
    matches!(
        single(word),
        "/" | "and"
            | "or"
            | "but"
            | "und"
            | "oder"
            | "aber"
            | "et"
            | "ou"
            | "mais"
            | "y"
            | "o"
            | "pero"
            | "e"
            | "mas"
    )
}

/// Words that change no answer.
fn is_aside(word: &Item<'_>) -> bool {
    let polite = matches!(
        single(word),
        "please"
            | "pls"
            | "plz"
            | "thanks"
            | "thank"
            | "you"
            | "sir"
            | "madam"
            | "bitte"
            | "danke"
            | "merci"
            | "gracias"
            | "favor"
            | "por"
            | "obrigado"
            | "obrigada"
            | "que"
            | "s'il"
            | "te"
            | "vous"
            | "plait"
    );
    polite || word.is(Word::Filler) || is_turn(word) || is_joint(word)
}
