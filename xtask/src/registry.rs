//! A registry of OCI artifacts for the tests: Debian's package, installed where it is missing. The tests start servers of
//! their own; the service that the package may start is not used.

use anyhow::Result;

use crate::{apt, process};

/// What the tests run.
const PROGRAM: &str = "docker-registry";

/// Makes sure that the tests can start a registry.
pub(crate) fn ensure() -> Result<()> {
    if !process::is_there(PROGRAM) {
        apt::install(&[PROGRAM], "`docker-registry`, the registry of the distribution project")?;
    }
    Ok(())
}
