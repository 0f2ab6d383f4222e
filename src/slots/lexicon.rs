//! What the words of a language may mean, read once from the tables in `locale/`, which are data: a language is added by
//! a table and its line here. It never decides which meaning a word has in a text.

mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;
use text2num::Language;

use super::scan::{fold, split};
use table::table;

/// One thing that a word or a phrase may mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Sense {
    /// 1 is Monday.
    Weekday(i8),
    /// Several of one: "3 Tuesdays from now".
    Weekdays(i8),
    Month(i8),
    /// Days from today.
    Day(i32),
    /// The month and the day of a feast that is the same each year.
    Feast(i8, i8),
    Part(Part),
    /// Hour and minute.
    Clock(i8, i8),
    Unit(Unit),
    /// ISO 4217.
    Currency(&'static str),
    /// The hundredth of a currency; `?` where the word does not say of which: "centavo".
    Cents(&'static str),
    /// So many times the figures before: "1.5 million".
    Scale(u32),
    Piece(Piece),
    /// A quantity that is no plain number word: "a dozen".
    Quantity(f64),
    /// A place in a row: "last" is -1.
    Place(i16),
    /// So many persons: "my wife" is one.
    Persons(i16),
    Is(Word),
    Common,
}

/// A part of the day, which tells 7 in the morning from 7 in the evening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Part {
    Morning,
    Afternoon,
    Evening,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// A length of time that has a name of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Piece {
    QuarterHour,
    HalfHour,
    ThreeQuarterHour,
    Fortnight,
}

/// The role of a word in a phrase; the tables say which words play it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Word {
    Next,
    /// The first one after today, unlike the next: "this coming Friday".
    Coming,
    This,
    The,
    Of,
    Article,
    And,
    In,
    Within,
    FromNow,
    Weekend,
    At,
    Near,
    Now,
    Oclock,
    Half,
    Quarter,
    /// Several quarters: "three quarters of an hour".
    Quarters,
    Past,
    To,
    /// "ocho menos cuarto".
    Less,
    Am,
    Pm,
    HourMark,
    OrdinalMark,
    /// Stands before a day of the month: "dia 20", "le 20".
    OnDay,
    /// Stands before any day: "on Monday".
    On,
    /// Leaves a length open: "in about two weeks".
    About,
    /// "in 3 more days".
    More,
    /// Between a length and the day that it is counted from: "two weeks from Friday".
    After,
    Before,
    /// Makes a day the one a week later: "Friday week".
    WeekLater,
    /// Before 8 or 15, makes a day the one a week or two later: "mardi en huit".
    DaysLater,
    /// The day after the one that was said: "the following day".
    DayAfter,
    /// Behind a length that is over: "three days ago".
    Ago,
    /// The same before it: "vor drei Tagen".
    Since,
    /// "the end of the month".
    End,
    MonthEnd,
    /// Between the days of a range: "until".
    Until,
    Between,
    Or,
    /// Who was born in a year, was not in one to come.
    Born,
    /// What is asked for: "change the date to the 19".
    Date,
    /// The half of an hour before the one that is named: "halb acht".
    HalfTo,
    /// The first quarter of it: "viertel neun" is 8:15.
    QuarterTo,
    /// "dreiviertel neun" is 8:45.
    ThreeQuartersTo,
    /// Between minutes and the hour that they are before, and no range: "zehn vor acht", "dez para as oito".
    Toward,
    /// The article that is an hour: "à uma".
    OneOclock,
    Percent,
    /// Before what a number is compared with: "above 4".
    Than,
    /// Something else than persons that is counted: "one table".
    Thing,
    Person,
    /// Shows that the number before it counts persons, and is no part of it: "of us".
    Counter,
    /// "just me".
    Only,
    /// Behind an article, that there is no other: "a single person".
    Single,
    /// Before a person: "my".
    Own,
    /// The speaker as one of a group.
    Myself,
    Party,
    Pointing,
    Yes,
    No,
    /// Neither yes nor no: "maybe".
    Unsure,
    /// Takes back what was said: "actually".
    Rather,
    /// Begins what is to hold from now on: "make it".
    Anew,
    /// What stands behind is not meant: "not", "instead of".
    Not,
    /// Takes back what stands before it: "doesn't work".
    Refused,
    /// Between a "no" and what is not: "no puedo el lunes".
    Can,
    /// The same behind a "weder", which is a not.
    Nor,
    /// A pause for thought, after which something else may be said: "hang on".
    Pause,
    /// "change", which makes "to" the beginning of what is to hold.
    Change,
    /// Behind persons, that something is said of them: "are", "need".
    Has,
    /// What who is alone does: "dining".
    Attends,
    /// What holds for some of a party: "vegan", "late".
    Special,
    /// A meal, which is a part of the day and none of a time.
    Meal,
    /// One person without others: "solo".
    Solo,
    /// Gives up what is being done: "never mind".
    GiveUp,
    Filler,
    Name,
    NameMaybe,
    NameLink,
    FirstName,
    /// Before a name, which is a last name if it is one word: "under the name of".
    LastName,
    LastNameMaybe,
    /// Before a name, but only if it is written as one: "down as".
    NameWritten,
    /// Another word that is somebody's name as well: "Dawn French".
    NameToo,
    /// "Mr".
    Title,
    /// Hands something over: "send", "transfer".
    Gives,
    /// Before who is given something: "to".
    Receiver,
    Greeting,
    /// Behind who calls: "here".
    Caller,
    /// What has a name that is no person's: "restaurant".
    Venue,
    /// What is looked for is no person: "looking".
    Seek,
    /// Stands beside a name that was asked for: "just put".
    NameAside,
    Particle,
    Phone,
}

/// A phrase behind its first word.
#[derive(Debug)]
pub(super) struct Phrase {
    pub(super) rest: Vec<String>,
    pub(super) senses: Vec<Sense>,
}

/// The words of a flow's language, and of the other languages where they cannot be mistaken for it.
pub(super) struct Lexicon {
    /// By folded first word, the longest phrase first.
    phrases: BTreeMap<String, Vec<Phrase>>,
    /// Number words, the flow's language first.
    pub(super) numbers: Vec<Language>,
    /// `4,5` is four and a half.
    pub(super) comma_decimals: bool,
    /// Short words lose their vowel before another: "l'adresse".
    pub(super) elides: bool,
}

static ENGLISH: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(["en", "pt"]));
static PORTUGUESE: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(["pt", "en"]));
static SPANISH: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(["es", "en"]));
static FRENCH: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(["fr", "en"]));
static GERMAN: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(["de", "en"]));

/// The lexicon for a BCP 47 language; English for one that has no table.
pub(super) fn of(language: &str) -> &'static Lexicon {
    let primary = language.split(['-', '_']).next().unwrap_or_default();
    let is = |name: &str| primary.eq_ignore_ascii_case(name);
    match () {
        () if is("pt") => &PORTUGUESE,
        () if is("es") => &SPANISH,
        () if is("fr") => &FRENCH,
        () if is("de") => &GERMAN,
        () => &ENGLISH,
    }
}

/// Whether `06/07` is the 7th of June there.
pub(super) fn is_month_first(language: &str) -> bool {
    language.split(['-', '_']).nth(1).is_some_and(|region| region.eq_ignore_ascii_case("us"))
}

impl Lexicon {
    /// The phrases that begin with this folded word.
    pub(super) fn phrases(&self, first: &str) -> &[Phrase] {
        self.phrases.get(first).map_or(&[], Vec::as_slice)
    }

    fn new(languages: [&str; 2]) -> Self {
        let mut senses: BTreeMap<Vec<String>, Vec<Sense>> = BTreeMap::new();
        for (rank, language) in languages.iter().enumerate() {
            let table = table(language);
            let alone: BTreeSet<String> = table.alone.iter().map(|word| fold(word)).collect();
            let mut here: BTreeMap<Vec<String>, Vec<Sense>> = BTreeMap::new();
            for (phrase, sense) in table.entries() {
                here.entry(split(phrase)).or_default().push(sense);
                if let Some(spelled) = without_umlauts(phrase).filter(|_| *language == "de") {
                    here.entry(split(&spelled)).or_default().push(sense);
                }
            }
            for (phrase, found) in here {
                let mistakable = rank > 0 && matches!(&*phrase, [word] if alone.contains(word));
                if !mistakable && !phrase.is_empty() {
                    senses.entry(phrase).or_insert(found);
                }
            }
        }
        let mut phrases: BTreeMap<String, Vec<Phrase>> = BTreeMap::new();
        for (phrase, senses) in senses {
            let mut words = phrase.into_iter();
            if let Some(first) = words.next() {
                phrases.entry(first).or_default().push(Phrase { rest: words.collect(), senses });
            }
        }
        for list in phrases.values_mut() {
            list.sort_by_key(|phrase| std::cmp::Reverse(phrase.rest.len()));
        }
        Self {
            phrases,
            numbers: languages.iter().map(|language| number_words(language)).collect(),
            comma_decimals: languages.first() != Some(&"en"),
            elides: languages.first() == Some(&"fr"),
        }
    }
}

impl std::fmt::Debug for Lexicon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lexicon").field("phrases", &self.phrases.len()).finish_non_exhaustive()
    }
}

/// As one writes where the keys have no umlauts: "uebermorgen".
fn without_umlauts(phrase: &str) -> Option<String> {
    let pairs = [("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")];
    let spelled = pairs.iter().fold(phrase.to_owned(), |word, (one, two)| word.replace(one, two));
    (spelled != phrase).then_some(spelled)
}

fn number_words(language: &str) -> Language {
    match language {
        "pt" => Language::portugese(),
        "es" => Language::spanish(),
        "fr" => Language::french(),
        "de" => Language::german(),
        _ => Language::english(),
    }
}
