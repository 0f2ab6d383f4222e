//! Every bound of the room, with its name and why it is that large. It never measures anything itself.

/// Bytes of one expression or template; Rhai counts columns in 16 bits, and rewriting can double it.
pub(super) const SOURCE_BYTES_MAX: usize = 16 * 1024;
/// Words and signs of one expression; more is a program.
pub(super) const TOKENS_MAX: usize = 512;
/// Brackets within brackets, and also the length of `a + b + c`, which Rhai nests.
pub(super) const EXPRESSION_DEPTH_MAX: usize = 64;
/// Placeholders within quotes within placeholders.
pub(super) const TEMPLATE_DEPTH_MAX: usize = 6;
/// Rhai operations of one evaluation; an honest guard needs fewer than fifty.
pub(super) const OPERATIONS_MAX: u64 = 10_000;
/// Bytes of a string made by an expression, and of a text made by a template.
pub(super) const TEXT_BYTES_MAX: usize = 256 * 1024;
/// Elements of an array in an expression, nested ones included.
pub(super) const ARRAY_MAX: usize = 10_000;
/// Entries of an object in an expression, nested ones included.
pub(super) const OBJECT_MAX: usize = 10_000;
