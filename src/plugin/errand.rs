//! What is asked of a guest in one attempt: a call of one of its tools, or what a text means. It starts the guest as far
//! as that needs, and knows no limits but those of what comes back.

use std::mem::size_of;

use serde_json::Value;

use super::bindings::cicerone::plugin::types::CallContext;
use super::bindings::understanding::{Command, Request};
use super::grant::Rights;
use super::guest::Ready;
use super::outcome::{Answer, Failure};
use super::warm::Live;
use crate::event::{ToolError, ToolErrorKind, clean};

/// Longest sentence of a guest about why it has no answer, characters.
const SENTENCE_MAX: usize = 500;

/// What is asked of a guest.
pub(super) enum Errand {
    /// A call.
    Tool { context: Box<CallContext>, name: String, args: String },
    /// What a text means.
    Classify(Box<Request>),
}

impl Errand {
    /// Starts the guest, unless it is running, and finds what it is asked.
    pub(super) async fn start(&self, live: &mut Live, ready: &Ready) -> wasmtime::Result<()> {
        let started = match live.started {
            Some(started) => started,
            None => ready.linked.instantiate_async(&mut live.store).await?,
        };
        live.started = Some(started);
        match self {
            Self::Tool { .. } if live.tools.is_none() => {
                live.tools = Some(ready.tools.load(&mut live.store, &started)?);
            }
            Self::Classify(_) if live.classify.is_none() => {
                let classify = ready.classify.as_ref();
                let classify = classify.map(|it| it.load(&mut live.store, &started));
                live.classify = classify.transpose()?;
            }
            Self::Tool { .. } | Self::Classify(_) => {}
        }
        Ok(())
    }

    /// Asks a guest that was started for it.
    pub(super) async fn run(
        self,
        live: &mut Live,
        rights: &Rights,
    ) -> wasmtime::Result<Result<Answer, Failure>> {
        let Live { store, tools, classify, .. } = live;
        match self {
            Self::Tool { context, name, args } => {
                let tools = tools.as_ref().expect("it was started for this");
                let tools = tools.cicerone_plugin_tools();
                Ok(match tools.call_call(store, &context, &name, &args).await? {
                    Ok(output) => Answer::of(output, rights),
                    Err(said) => {
                        let wait_ms = said.retry_after_ms;
                        Err(Failure::said(said, rights.limits.output).after(wait_ms))
                    }
                })
            }
            Self::Classify(request) => {
                let Some(classify) = classify else {
                    let why = "it does not understand texts";
                    return Ok(Err(Failure::before_start(ToolErrorKind::Unavailable, why)));
                };
                let said = classify.call_classify(store, &request).await?;
                Ok(said.map_err(no_answer).and_then(|commands| understood(&commands, rights)))
            }
        }
    }
}

/// The guest's own words for why it does not know.
fn no_answer(why: String) -> Failure {
    let why = clean(&why, SENTENCE_MAX);
    Failure::from(ToolError::new(ToolErrorKind::Tool, why))
}

/// The commands as JSON, if they are not more than it may give; what is in them is checked by who asked.
fn understood(commands: &[Command], rights: &Rights) -> Result<Answer, Failure> {
    let text = |command: &Command| match command {
        Command::Intent(chosen) => chosen.name.len(),
        Command::SetSlot(filled) | Command::CorrectSlot(filled) => {
            filled.name.len().saturating_add(filled.value.len())
        }
        Command::Cancel | Command::None(_) => 0,
    };
    let each = commands.iter().map(|command| text(command).saturating_add(size_of::<Command>()));
    let (size, max) = (each.fold(0, usize::saturating_add), rights.limits.output);
    if u64::try_from(size).unwrap_or(u64::MAX) > max {
        let why = format!("the plugin gave {size} bytes; it may give {max}");
        return Err(Failure::new(ToolErrorKind::Limit, why));
    }
    let value = serde_json::to_value(commands).unwrap_or(Value::Null);
    Ok(Answer { value, ..Answer::default() })
}
