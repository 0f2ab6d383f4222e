//! Phone numbers, kept as the person wrote them (local and short ones too), and e-mail addresses. It never rewrites a
//! number to an international form: only its owner knows from where it is dialled.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::lexicon::Word;
use super::reading::{Candidate, Reading};
use super::scan::{Class, Scan};

/// E.164 allows no more.
const DIGITS_MAX: usize = 15;

/// No row of digits is looked at farther.
const ROW_MAX: usize = 60;

static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[\w.%+-]+(?:['’][\w.%+-]+)*@([\w-]+\.)+\p{L}{2,}")
        .expect("the pattern is fixed, and a test matches it")
});

/// Every address in the text.
pub(super) fn emails(scan: &Scan<'_>) -> Vec<Candidate> {
    if !scan.text.contains('@') {
        return Vec::new();
    }
    EMAIL
        .find_iter(scan.text)
        .filter_map(|found| {
            let start =
                if scan.elides { found.start() + elided(found.as_str()) } else { found.start() };
            let (local, domain) = scan.text.get(start..found.end())?.rsplit_once('@')?;
            let local = local.replace('’', "'");
            Some(Candidate {
                reading: Reading::Email(format!("{local}@{}", domain.to_lowercase())),
                span: start..found.end(),
                confidence: 0.98,
                weak: false,
            })
        })
        .collect()
}

/// The bytes of the word that French puts before an address: "l'adresse d'anne@example.com".
fn elided(address: &str) -> usize {
    let word = address.find(['\'', '’']).and_then(|at| address.get(..at)).unwrap_or_default();
    let is_word = matches!(word, "c" | "d" | "j" | "l" | "m" | "n" | "s" | "t" | "qu");
    let apostrophe = address.get(word.len()..).and_then(|rest| rest.chars().next());
    if is_word { word.len() + apostrophe.map_or(0, char::len_utf8) } else { 0 }
}

static URL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:https?://[^\s<>]+|(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/[^\s<>]*)?)")
        .expect("the pattern is fixed, and a test matches it")
});

/// Every address in the web. One without a scheme has a point inside, and is no part of an e-mail address.
pub(super) fn urls(scan: &Scan<'_>) -> Vec<Candidate> {
    if !scan.text.contains('.') && !scan.text.contains("://") {
        return Vec::new();
    }
    let address = |found: regex::Match<'_>| {
        let text = without_marks(found.as_str());
        let end = found.start() + text.len();
        let beside = |c: Option<char>| c == Some('@');
        let before = scan.text.get(..found.start()).and_then(|text| text.chars().next_back());
        let behind = scan.text.get(end..).and_then(|text| text.chars().next());
        let is_mail = beside(before) || beside(behind);
        let has_scheme = text.contains("://");
        // "ftp://x.org" is an address of another kind.
        let is_other = !has_scheme
            && scan.text.get(..found.start()).is_some_and(|before| before.ends_with("://"));
        let named = has_scheme || text.split('/').next().is_some_and(|host| host.contains('.'));
        (named && !is_mail && !is_other).then(|| Candidate {
            reading: Reading::Url(if has_scheme {
                text.to_owned()
            } else {
                format!("https://{text}")
            }),
            span: found.start()..end,
            confidence: if has_scheme { 0.98 } else { 0.85 },
            weak: false,
        })
    };
    URL.find_iter(scan.text).filter_map(address).collect()
}

/// Without the marks of the sentence that stand behind; a bracket that is opened inside is a part of the address.
fn without_marks(address: &str) -> &str {
    let mut text = address;
    while let Some(last) = text.chars().next_back() {
        let is_mark = match last {
            ')' => text.matches('(').count() < text.matches(')').count(),
            last => matches!(last, '.' | ',' | '!' | '?' | '"' | '\'' | ';' | ':'),
        };
        if !is_mark {
            break;
        }
        text = text.get(..text.len() - last.len_utf8()).unwrap_or_default();
    }
    text
}

/// Every phone number in the text. A plain row of digits is one only where a phone is `wanted` or announced.
pub(super) fn phones(scan: &Scan<'_>, wanted: bool) -> Vec<Candidate> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < scan.items.len() {
        let Some(number) = Number::read(scan, at) else {
            at += 1;
            continue;
        };
        let span = scan.span(number.from, number.next);
        if number.is_card() || number.is_host(scan) {
            // Nobody else's digits either.
            let reading = Reading::Nothing;
            found.push(Candidate { reading, span, confidence: 0.9, weak: false });
        } else if let Some((confidence, weak)) = number.judge(scan, wanted) {
            let text = scan.text.get(span.clone()).unwrap_or_default().to_owned();
            found.push(Candidate { reading: Reading::Phone(text), span, confidence, weak });
        }
        at = number.next.max(at + 1);
    }
    found
}

/// Rows of digits that are too long for a phone: of a card, of an account.
pub(super) fn long_rows(scan: &Scan<'_>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < scan.items.len() {
        let number = Number::read(scan, at);
        if let Some(number) = &number
            && (number.is_card() || number.digits > DIGITS_MAX)
        {
            found.push(scan.span(number.from, number.next));
        }
        at = number.map_or(at, |number| number.next.saturating_sub(1)) + 1;
    }
    found
}

/// Groups of digits and what stands between them.
struct Number {
    from: usize,
    next: usize,
    international: bool,
    groups: Vec<usize>,
    digits: usize,
    separators: Vec<Separator>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Separator {
    Space,
    Dash,
    Dot,
    Slash,
    Bracket,
}

impl Number {
    fn read(scan: &Scan<'_>, from: usize) -> Option<Self> {
        let first = scan.at(from)?;
        let international = first.text == "+";
        let opened = matches!(first.text, "+" | "(");
        if first.glued
            && scan.at(from.checked_sub(1)?).is_some_and(|item| item.class == Class::Word)
        {
            return None;
        }
        let start = if opened { from + 1 } else { from };
        let start = if international && scan.is_glued_mark(start, "(") { start + 1 } else { start };
        let group = scan.at(start).filter(|item| item.class == Class::Digits)?;
        if opened && !group.glued {
            return None;
        }
        let mut number = Self {
            from,
            next: start + 1,
            international,
            groups: vec![group.text.len()],
            digits: group.text.len(),
            separators: if opened && !international {
                vec![Separator::Bracket]
            } else {
                Vec::new()
            },
        };
        let mut ends = vec![number.next];
        while let Some((separator, group)) = number.more(scan) {
            let length = scan.at(group).map_or(0, |item| item.text.len());
            if number.digits > ROW_MAX || !number.belongs(scan, separator, group) {
                break;
            }
            number.separators.push(separator);
            number.groups.push(length);
            number.digits += length;
            number.next = group + 1;
            ends.push(number.next);
        }
        // Two phones in a row: the first.
        while number.digits > DIGITS_MAX && ends.len() > 1 && !number.is_card() {
            ends.pop();
            number.digits -= number.groups.pop().unwrap_or_default();
            number.separators.pop();
            number.next = ends.last().copied().unwrap_or(number.next);
        }
        // "for 10 555-1234": a count stands before a local number.
        let local = matches!(number.groups.get(1..), Some([3, 3 | 4]));
        let counted = number.groups.first().is_some_and(|group| *group < 3)
            && number.separators.first() == Some(&Separator::Space);
        (!(local && counted && !international)).then_some(number)
    }

    /// The next group of digits and what stands before it.
    fn more(&self, scan: &Scan<'_>) -> Option<(Separator, usize)> {
        let mut separator = None;
        for at in self.next..self.next + 4 {
            let item = scan.at(at)?;
            if item.class == Class::Digits {
                return Some((separator.unwrap_or(Separator::Space), at));
            }
            separator = Some(match item.text {
                "-" | "–" | "‐" => Separator::Dash,
                "." if item.glued => Separator::Dot,
                "/" if self.is_area_code(scan) => Separator::Slash,
                "(" | ")" => Separator::Bracket,
                _ => return None,
            });
        }
        None
    }

    /// `0171/1234567`; but `20/12` is a day.
    fn is_area_code(&self, scan: &Scan<'_>) -> bool {
        let code = self.next.checked_sub(1).and_then(|last| scan.at(last));
        self.groups.len() == 1
            && code.is_some_and(|code| {
                code.text.starts_with('0') && (3..=6).contains(&code.text.len())
            })
    }

    /// `4111 1111 1111 1111`, `3782 822463 10005`
    fn is_card(&self) -> bool {
        let fours = self.groups.split_last().is_some_and(|(last, fours)| {
            *last <= 4 && fours.len() >= 3 && fours.iter().all(|four| *four == 4)
        });
        !self.international && ((fours && self.digits >= 16) || self.groups == [4, 6, 5])
    }

    /// `192.168.0.1`; but `12.34.56.78` may be a phone.
    fn is_host(&self, scan: &Scan<'_>) -> bool {
        let is_part = |part: &str| part.parse::<u8>().is_ok_and(|value| value.to_string() == part);
        let text = scan.text.get(scan.span(self.from, self.next)).unwrap_or_default();
        self.groups.len() == 4
            && self.groups.iter().any(|length| *length != 2)
            && text.split('.').count() == 4
            && text.split('.').all(is_part)
    }

    fn belongs(&self, scan: &Scan<'_>, separator: Separator, group: usize) -> bool {
        let Some(item) = scan.at(group) else { return false };
        let gap = self
            .next
            .checked_sub(1)
            .and_then(|last| scan.at(last))
            .and_then(|last| scan.text.get(last.span.end..item.span.start));
        let same_line = gap.is_some_and(|gap| !gap.contains('\n'));
        let spaced = separator == Separator::Space;
        let tight = item.glued || !matches!(separator, Separator::Dot);
        let other = scan.at(group + 1).is_some_and(|behind| {
            (behind.glued && (behind.class == Class::Word || matches!(behind.text, ":" | "/")))
                || (spaced
                    && (behind.is(Word::Person)
                        || behind.is(Word::Counter)
                        || behind.unit().is_some()))
        });
        same_line && tight && !other && !(spaced && item.text.len() < 2)
    }

    /// How sure it is, and whether it is a phone only where one is asked for.
    fn judge(&self, scan: &Scan<'_>, wanted: bool) -> Option<(f64, bool)> {
        let only = |separator| self.separators.iter().all(|other| *other == separator);
        let plain = self.separators.is_empty();
        if self.digits > DIGITS_MAX {
            return None;
        }
        if self.international && self.digits >= 7 {
            return Some((0.97, false));
        }
        if self.is_announced(scan) && self.digits >= 3 {
            return Some((0.97, false));
        }
        if plain {
            return match self.digits {
                7.. if wanted => Some((0.9, false)),
                4.. => Some((0.5, true)),
                _ => None,
            };
        }
        let decimal = only(Separator::Dot) && self.groups.len() < 3;
        // `001/2026` is no phone.
        let short = self.separators.contains(&Separator::Slash) && self.digits < 8;
        let too_few = short || self.digits < 6 || (self.digits == 6 && !only(Separator::Dash));
        let chopped = self.groups.first() == Some(&1) && self.digits < 11;
        if decimal || too_few || chopped { None } else { Some((0.95, false)) }
    }

    fn is_announced(&self, scan: &Scan<'_>) -> bool {
        let mut at = self.from;
        for _ in 0..3 {
            let Some(before) = at.checked_sub(1) else { return false };
            if scan.is(before, Word::Phone) {
                return true;
            }
            let link = scan.is(before, Word::NameLink)
                || scan.at(before).is_some_and(|item| matches!(item.text, "#" | "=" | "-"));
            if !link {
                return false;
            }
            at = before;
        }
        false
    }
}
