//! The engine's bounds. Each has a name, and each that is passed fails the step as a whole with its own code.

/// Automatic transitions in one turn.
pub const HOPS_MAX: usize = 100;
/// Actions run in one turn.
pub const ACTIONS_MAX: usize = 1_000;
/// Events of one turn.
pub const EVENTS_MAX: usize = 2_000;
/// Flows that one session is in at once, each called by the one before.
pub const FRAMES_MAX: usize = 16;
/// Silences in a row that something is done about.
pub const SILENCES_MAX: u32 = 32;
/// Calls of one session without an outcome.
pub const CALLS_MAX: usize = 16;
/// Arrivals that wait for a pending call.
pub const QUEUE_MAX: usize = 64;
/// Inputs whose ids are remembered.
pub const ACCEPTED_MAX: usize = 64;
/// Turns that are remembered of one input; a flow that calls a tool over and over has no end of them.
pub const CAUSED_MAX: usize = 256;
/// A context, as JSON.
pub const CONTEXT_BYTES_MAX: usize = 256 * 1024;
/// Nesting of a context, of slots and of results. What is deeper than a JSON reader goes could be stored, but never
/// be loaded again.
pub const DEPTH_MAX: usize = 64;
