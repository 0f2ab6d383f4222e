//! The door of the room, tested: texts in, findings out.
