//! `cicerone test --watch`: does something again whenever a file is saved. It looks at the files' times, twice a second.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::find::KINDS;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// Runs now and after every change, until the process is interrupted.
pub(super) fn each_time(paths: &[PathBuf], run: impl Fn()) -> anyhow::Result<()> {
    let mut seen = None;
    loop {
        let now = times(paths)?;
        if seen.as_ref() != Some(&now) {
            run();
            // What is saved while it runs is a reason for another; what the run itself wrote is one, once.
            seen = Some(now);
        }
        std::thread::sleep(PAUSE);
    }
}

fn times(paths: &[PathBuf]) -> anyhow::Result<BTreeMap<PathBuf, SystemTime>> {
    let mut times = BTreeMap::new();
    for path in paths {
        let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.path().extension().map(|kind| kind.to_string_lossy().into_owned());
            if kind.is_some_and(|kind| KINDS.contains(&kind.as_str())) {
                // One that is gone by now is none of them.
                let saved = entry.metadata().and_then(|about| about.modified());
                times.extend(saved.ok().map(|saved| (entry.path(), saved)));
            }
        }
    }
    Ok(times)
}
