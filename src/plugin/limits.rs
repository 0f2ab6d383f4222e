//! What a sandbox may take of the host's memory, summed over everything in it: a component may have many memories,
//! and a limit per memory is none.

use wasmtime::ResourceLimiter;

/// Entries of all tables together.
const TABLE_ENTRIES_MAX: usize = 100_000;

/// Core instances of one component.
const INSTANCES_MAX: usize = 64;

/// Memories and tables of one component, each.
const PARTS_MAX: usize = 32;

/// The account of one sandbox.
#[derive(Debug)]
pub(super) struct Limits {
    memory_max: usize,
    memory: usize,
    entries: usize,
    refused: bool,
}

impl Limits {
    pub(super) const fn new(memory_max: usize) -> Self {
        Self { memory_max, memory: 0, entries: 0, refused: false }
    }

    /// Memory only grows, so this is the peak too.
    pub(super) const fn memory(&self) -> usize {
        self.memory
    }

    /// Whether the sandbox was ever refused something: what it does after that is due to it.
    pub(super) const fn refused(&self) -> bool {
        self.refused
    }

    fn grow(taken: &mut usize, current: usize, desired: usize, max: usize) -> bool {
        let sum = taken.saturating_add(desired.saturating_sub(current));
        if sum <= max {
            *taken = sum;
        }
        sum <= max
    }
}

impl ResourceLimiter for Limits {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let granted = Self::grow(&mut self.memory, current, desired, self.memory_max);
        self.refused |= !granted;
        Ok(granted)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let granted = Self::grow(&mut self.entries, current, desired, TABLE_ENTRIES_MAX);
        self.refused |= !granted;
        Ok(granted)
    }

    // What the pool has no room for is refused like what the account has no room for.
    fn memory_grow_failed(&mut self, _why: wasmtime::Error) -> wasmtime::Result<()> {
        self.refused = true;
        Ok(())
    }

    fn table_grow_failed(&mut self, _why: wasmtime::Error) -> wasmtime::Result<()> {
        self.refused = true;
        Ok(())
    }

    fn instances(&self) -> usize {
        INSTANCES_MAX
    }

    fn tables(&self) -> usize {
        PARTS_MAX
    }

    fn memories(&self) -> usize {
        PARTS_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_of_all_memories_counts() {
        let mut limits = Limits::new(100);
        assert!(limits.memory_growing(0, 60, None).unwrap());
        assert!(limits.memory_growing(0, 40, None).unwrap());
        assert!(!limits.refused());
        assert!(!limits.memory_growing(60, 61, None).unwrap());
        assert_eq!((limits.memory(), limits.refused()), (100, true));
    }

    #[test]
    fn the_sum_of_all_tables_counts() {
        let mut limits = Limits::new(0);
        assert!(limits.table_growing(0, TABLE_ENTRIES_MAX, None).unwrap());
        assert!(!limits.table_growing(0, 1, None).unwrap());
    }
}
