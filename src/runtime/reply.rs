//! Replies that a language model writes: a few rounds in which it may want tools called that the flow lets it have, each
//! through the registry with the rights of the session. What it says on the way is told as it comes.

use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::Parts;
use crate::engine::{Call, Done, News, Outcome, Teller};
use crate::event::{CallId, ToolError, ToolErrorKind};
use crate::flow::Flow;
use crate::nlu::{ChatTool, Opening, Said, Trouble, Wanted};
use crate::slots::Moment;

/// Rounds in which a model may want tools; after them it is to speak.
const ROUNDS_MAX: usize = 4;

/// Calls of tools for one reply.
const CALLS_MAX: usize = 12;

/// So many characters are told at once,
const TOLD_CHARS: usize = 60;

/// or what has come after so long.
const TOLD_AFTER: Duration = Duration::from_millis(150);

/// Pieces of a reply that are told as they come; what comes after them is in the whole.
const TOLD_MAX: usize = 200;

impl Parts {
    /// The reply that a call of [`LLM`](crate::engine::LLM) wants.
    pub(super) async fn reply(
        &self,
        call: &Call,
        cancelled: &CancellationToken,
        teller: Teller,
    ) -> Outcome {
        let work = self.write(call, cancelled, teller);
        tokio::select! {
            biased;
            () = cancelled.cancelled() => {
                Outcome::Failed(ToolError::new(ToolErrorKind::Cancelled, "the call was given up"))
            }
            written = work => written.unwrap_or_else(|trouble| {
                warn!(flow = %call.flow, %trouble, "A language model wrote no reply; the flow's own words are said.");
                Outcome::Failed(failed(&trouble))
            }),
        }
    }

    async fn write(
        &self,
        call: &Call,
        cancelled: &CancellationToken,
        teller: Teller,
    ) -> Result<Outcome, Trouble> {
        let begun = Instant::now();
        // Asked for again after a crash, it has what is left of its time.
        let left = call.deadline.millis_since(self.clock.now()).min(call.timeout_ms);
        let deadline = begun + Duration::from_millis(left);
        let gone = |_gone| Trouble::Denied(format!("flow `{}` is not loaded", call.flow));
        let flow = self.catalog.version(&call.flow, &call.version).await.map_err(gone)?;
        let none = || Trouble::Denied("this host has no language models".to_owned());
        let models = self.classifier.models().ok_or_else(none)?;
        let text = |key: &str| call.args.get(key).and_then(Value::as_str);
        let moment = self.moment(call);
        let mut chat = models.chat(Opening {
            flow: &flow,
            moment: &moment,
            task: text("prompt").unwrap_or_default(),
            text: text("text"),
            tools: self.chat_tools(&flow, call),
            context: &call.context,
        })?;
        let telling = Telling { teller, open: String::new(), told: 0, last: begun };
        let telling = Mutex::new(telling);
        let (mut calls, mut patch) = (Vec::new(), Vec::new());
        for round in 0..=ROUNDS_MAX {
            if round == ROUNDS_MAX || calls.len() >= CALLS_MAX {
                chat.only_words();
            }
            let mut hear = |piece: &str| lock(&telling).hear(piece);
            let wanted = match told_in_time(chat.round(deadline, &mut hear), &telling).await? {
                Said::Text(text) => {
                    lock(&telling).tell();
                    let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
                    let result = json!({ "text": text, "calls": calls });
                    return Ok(Outcome::Done(Done { result, ms, patch, ..Done::default() }));
                }
                Said::Calls(_) if round == ROUNDS_MAX => break,
                Said::Calls(wanted) => wanted,
            };
            for wish in wanted {
                let number = calls.len();
                let (seen, answer) = if number < CALLS_MAX {
                    let outcome = self.tool(&flow, call, (number, &wish), cancelled).await;
                    if let Outcome::Done(done) = &outcome {
                        patch.extend(done.patch.iter().cloned());
                    }
                    told(&wish, outcome)
                } else {
                    (None, json!({ "error": "no more tools can be called for this reply" }))
                };
                calls.extend(seen);
                chat.answer(&wish.id, &answer)?;
            }
        }
        Err(Trouble::BadAnswer("it wants tools again and again"))
    }

    /// A call that the model wants, if the flow lets it.
    async fn tool(
        &self,
        flow: &Flow,
        call: &Call,
        (number, wish): (usize, &Wanted),
        cancelled: &CancellationToken,
    ) -> Outcome {
        let refused = |kind, why: &str| Outcome::Failed(ToolError::new(kind, why));
        let tool =
            flow.tools.get(&wish.name).filter(|tool| allowed(call).any(|name| name == tool.name));
        let Some(tool) = tool else {
            return refused(ToolErrorKind::Denied, "there is no such tool");
        };
        let Some(args) = &wish.args else {
            return refused(ToolErrorKind::BadArgs, "the arguments are no JSON object");
        };
        let wanted = Call {
            id: id(call, number, &tool.name, args),
            name: tool.name.clone(),
            uses: tool.uses.clone(),
            args: args.clone(),
            result_schema: tool.result.clone(),
            timeout_ms: tool.timeout_ms,
            retry: tool.retry,
            idempotent: tool.idempotent,
            ..call.clone()
        };
        self.tools.call_for_model(&wanted, cancelled).await
    }

    /// The tools that the model may have, as far as somebody offers them to models.
    fn chat_tools(&self, flow: &Flow, call: &Call) -> Vec<ChatTool> {
        let tools = allowed(call).filter_map(|name| flow.tools.get(name));
        let offered = tools.filter_map(|tool| {
            let offered = self.tools.offered_to_models(&tool.name, tool.uses.as_deref());
            let (description, schema) = offered.or_else(|| {
                warn!(flow = %flow.id, tool = tool.name, "A tool is not offered to language models; its plugin says `expose = [\"flow\", \"llm\"]`.");
                None
            })?;
            let args = tool.args.as_deref().cloned().unwrap_or_else(|| Value::clone(&schema));
            Some(ChatTool { name: tool.name.clone(), description, args })
        });
        offered.collect()
    }

    /// Whether the reply may be asked for again after a crash: not if a tool may have been called that may not run twice.
    pub(super) fn is_reply_repeatable(&self, flow: &Flow, call: &Call) -> bool {
        allowed(call).all(|name| {
            flow.tools.get(name).is_some_and(|tool| {
                self.tools.is_repeatable(&tool.name, tool.uses.as_deref(), tool.idempotent)
            })
        })
    }

    fn moment(&self, call: &Call) -> Moment {
        let now = jiff::Timestamp::from_millisecond(self.clock.now().as_millis());
        let now = now.unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC);
        Moment { now, language: call.locale.clone() }
    }
}

/// The names of the tools that the flow lets the model have.
fn allowed(call: &Call) -> impl Iterator<Item = &str> {
    let tools = call.args.get("tools").and_then(Value::as_array);
    tools.into_iter().flatten().filter_map(Value::as_str)
}

/// The name of a call for a reply: the same when the same is wanted again after a crash, and no other's.
fn id(call: &Call, number: usize, tool: &str, args: &Map<String, Value>) -> CallId {
    let wish = json!([tool, args]).to_string();
    let digest: String =
        Sha256::digest(wish.as_bytes()).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    CallId::from(format!("{}.{number}-{digest}", call.id).as_str())
}

/// A call for `model.done`, and what the model is told of it.
fn told(wish: &Wanted, outcome: Outcome) -> (Option<Value>, Value) {
    let args = wish.args.clone().unwrap_or_default();
    match outcome {
        Outcome::Done(done) => {
            let seen =
                json!({ "name": wish.name, "args": args, "ms": done.ms, "result": done.result });
            (Some(seen), done.result)
        }
        Outcome::Failed(error) => {
            let kind = error.kind.as_str();
            let answer = json!({ "error": { "kind": kind, "message": error.message } });
            (Some(json!({ "name": wish.name, "args": args, "error": { "kind": kind } })), answer)
        }
    }
}

fn failed(trouble: &Trouble) -> ToolError {
    let kind = match trouble {
        Trouble::Denied(_) => ToolErrorKind::Denied,
        Trouble::Timeout => ToolErrorKind::Timeout,
        Trouble::TooLarge(_) => ToolErrorKind::Limit,
        Trouble::BadAnswer(_) => ToolErrorKind::BadResult,
        Trouble::LeftAlone(_) | Trouble::Unreachable(_) | Trouble::Status { .. } => {
            ToolErrorKind::Unavailable
        }
    };
    // What the operator must do is for the log.
    ToolError::new(kind, format!("there is no reply: {}", trouble.as_str()))
}

fn lock(telling: &Mutex<Telling>) -> MutexGuard<'_, Telling> {
    telling.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What comes of the work; what is heard meanwhile is told in time, though nothing comes behind it.
async fn told_in_time<T>(work: impl Future<Output = T>, telling: &Mutex<Telling>) -> T {
    let mut work = pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = tokio::time::sleep(TOLD_AFTER) => {
                let mut telling = lock(telling);
                if telling.last.elapsed() >= TOLD_AFTER {
                    telling.tell();
                }
            }
        }
    }
}

/// Tells pieces of a reply that are worth an event of their own.
struct Telling {
    teller: Teller,
    open: String,
    told: usize,
    last: Instant,
}

impl Telling {
    fn hear(&mut self, piece: &str) {
        self.open.push_str(piece);
        let is_much = self.open.chars().count() >= TOLD_CHARS;
        if is_much || self.last.elapsed() >= TOLD_AFTER {
            self.tell();
        }
    }

    fn tell(&mut self) {
        if self.open.is_empty() || self.told >= TOLD_MAX {
            return;
        }
        let delta = self.open.clone();
        // What is not taken now goes with the next piece.
        if self.teller.tell(News::Chunk { delta }) {
            self.open.clear();
            self.told += 1;
        }
        self.last = Instant::now();
    }
}
