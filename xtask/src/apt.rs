//! Debian's packages, installed where something of them is missing and we may.

use std::process::Command;

use anyhow::{Result, bail};

use crate::{process, say};

/// Installs these packages, or says how somebody does it by hand; `what` is looked for where there is no `apt-get`.
pub(crate) fn install(packages: &[&str], what: &str) -> Result<()> {
    let named = packages.join(" ");
    if !process::is_there("apt-get") {
        bail!("find {what}; install it");
    }
    let root = process::quietly(Command::new("id").arg("-u"))? == "0";
    if !root && process::quietly(Command::new("sudo").args(["-n", "true"])).is_err() {
        bail!(
            "install what the tests need; run `sudo apt-get install --no-install-recommends {named}`"
        );
    }
    say::line(&format!("  installing {named}"));
    let apt = |arguments: &[&str]| {
        let mut apt = Command::new(if root { "apt-get" } else { "sudo" });
        if !root {
            apt.args(["-n", "apt-get"]);
        }
        apt.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
        process::quietly(&mut apt)
    };
    apt(&["-qq", "update"])?;
    apt(&[&["-qq", "install", "-y", "--no-install-recommends"][..], packages].concat())?;
    Ok(())
}
