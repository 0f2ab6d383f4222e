//! A guest's log lines: cleaned, counted, kept for the call's report and traced.

use tracing::debug;

use crate::event::clean;
use crate::plugin::bindings::cicerone::plugin::log::{Host, Level};
use crate::plugin::bindings::cicerone::plugin::types::Field;
use crate::plugin::host::{State, Stop};
use crate::plugin::report::LogLine;

/// Longest message or value, characters.
const TEXT_MAX: usize = 2_000;

/// Longest name of a field, characters.
const NAME_MAX: usize = 64;

/// Fields of one line.
const FIELDS_MAX: usize = 16;

impl Host for State {
    async fn emit(
        &mut self,
        level: Level,
        message: String,
        fields: Vec<Field>,
    ) -> wasmtime::Result<()> {
        let size = fields.iter().map(|field| field.key.len() + field.value.len()).sum::<usize>();
        self.pass("log.emit", message.len() + size)?;
        self.count(message.len() + size)?;
        let named = |field: &Field| (clean(&field.key, NAME_MAX), clean(&field.value, TEXT_MAX));
        let line = LogLine {
            level: word(level),
            message: clean(&message, TEXT_MAX),
            fields: fields.iter().take(FIELDS_MAX).map(named).collect(),
        };
        let call = self.in_call("log.emit")?;
        let (plugin, id) = (&call.rights.plugin, &call.id);
        debug!(%plugin, call = %id, level = line.level, text = line.message, "A tool logged.");
        self.spent.log.push(line);
        Ok(())
    }
}

impl State {
    fn count(&mut self, bytes: usize) -> Result<(), Stop> {
        let limits = &self.in_call("log.emit")?.rights.limits;
        let (entries_max, bytes_max) = (limits.log_entries, limits.log_bytes);
        self.spent.log_bytes += u64::try_from(bytes).unwrap_or(u64::MAX);
        if self.spent.log.len() >= entries_max || self.spent.log_bytes > bytes_max {
            let why = format!("more than {entries_max} log lines or {bytes_max} bytes of them");
            return Err(Stop::Limit(why));
        }
        Ok(())
    }
}

const fn word(level: Level) -> &'static str {
    match level {
        Level::Trace => "trace",
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    }
}
