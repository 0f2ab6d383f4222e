//! The `cicerone` binary: reads the command line and hands over to `cli`.

use std::process::ExitCode;

/// A turn makes hundreds of small values that end with it, some on another thread: the system's allocator takes a sixth
/// of its time for that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cicerone::cli::run()
}
