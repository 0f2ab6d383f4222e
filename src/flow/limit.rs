//! How much of everything a flow may have. An author who meets one of these has a machine for an author.

/// Bytes of a flow's text.
pub(super) const TEXT_BYTES_MAX: usize = 4 << 20;
/// Nesting of the JSON text.
pub(super) const DEPTH_MAX: usize = 64;
/// Errors that are listed, and warnings.
pub(super) const FINDINGS_MAX: usize = 500;
/// Names that are compared with an unknown one.
pub(super) const NAMES_COMPARED_MAX: usize = 1_000;
/// States of a flow.
pub(super) const STATES_MAX: usize = 2_000;
/// Transitions of one state, and of the flow.
pub(super) const TRANSITIONS_MAX: usize = 500;
/// Arms of one branch.
pub(super) const ARMS_MAX: usize = 100;
/// Actions of one list.
pub(super) const ACTIONS_MAX: usize = 100;
/// Assignments of one transition, arm or action.
pub(super) const ASSIGNS_MAX: usize = 200;
/// Delayed transitions of one state.
pub(super) const AFTER_MAX: usize = 32;
/// The longest delay: a year and a day.
pub(super) const AFTER_MS_MAX: u64 = 366 * 24 * 3_600_000;
/// Steps of one fallback.
pub(super) const STEPS_MAX: usize = 32;
/// Paths of the context that a language model sees.
pub(super) const SHOWN_MAX: usize = 100;
/// Tools that a language model may call for one reply.
pub(super) const LENT_MAX: usize = 32;
/// Examples of a flow that has vectors for them.
pub(super) const PLACED_MAX: usize = 2_000;
/// The longest that understanding a text may take.
pub(super) const BUDGET_MS_MAX: u64 = 30_000;
/// Migrations of a flow.
pub(super) const MIGRATIONS_MAX: usize = 1_000;
/// How often a slot of a form is asked for.
pub(super) const TRIES_MAX: u64 = 100;
/// Quick replies of one question.
pub(super) const SUGGESTIONS_MAX: usize = 32;
/// Intents of a flow.
pub(super) const INTENTS_MAX: usize = 1_000;
/// Examples of one intent.
pub(super) const EXAMPLES_MAX: usize = 2_000;
/// Characters of one example.
pub(super) const EXAMPLE_CHARS_MAX: usize = 1_000;
/// Slots of one intent.
pub(super) const SLOTS_MAX: usize = 64;
/// Values of an `enum` slot, and words for one value.
pub(super) const VALUES_MAX: usize = 1_000;
/// Tools of a flow.
pub(super) const TOOLS_MAX: usize = 500;
/// One attempt of a tool.
pub(super) const TIMEOUT_MS_MAX: u64 = 600_000;
/// Attempts of one call.
pub(super) const ATTEMPTS_MAX: u64 = 20;
/// The wait between two attempts.
pub(super) const BACKOFF_MS_MAX: u64 = 3_600_000;
/// Characters of a name: state, intent, slot, tool, event.
pub(super) const NAME_CHARS_MAX: usize = 128;
/// Keys in a dotted path.
pub(super) const PATH_KEYS_MAX: usize = 16;
/// Characters of a pattern.
pub(super) const PATTERN_CHARS_MAX: usize = 4_000;
/// Bytes of a compiled regular expression.
pub(super) const REGEX_BYTES_MAX: usize = 1 << 20;
/// Regular expressions and wildcards of a flow.
pub(super) const REGEXES_MAX: usize = 500;
