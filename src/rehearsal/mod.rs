//! Conversations that are tried before people have them: cases as their authors write them, played over the real engine
//! in a time of their own, and what came of them beside what was expected. It reads no file, calls no plugin and knows
//! no clock: texts and answers come in, verdicts go out.

mod arrivals;
pub mod compare;
mod coverage;
mod expected;
mod file;
mod guard;
mod judge;
pub mod junit;
mod names;
mod play;
mod read;
mod renew;
mod replay;
mod reply;
mod script;
mod span;
mod told;
#[cfg(test)]
mod tests;

pub use coverage::{Coverage, Part, PartKind, Share};
pub use file::{Answer, Answers, Case, CaseStep, Cases, Ended, Expectation, Failure, schema};
pub use guard::{Guarded, guard};
pub use play::{Acted, Came, Play, Played, Stage, TURNS_MAX, Understand};
pub use read::{Fits, read};
pub use renew::renewed;
pub use replay::{Difference, Past, ReplayError, Replayed, replay};
pub use script::{Script, Suite};
pub use told::told;
