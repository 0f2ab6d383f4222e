//! What tools answer in a case.

use std::collections::BTreeMap;

use serde_json::Value;

use super::file::{Answer, Answers, Failure};
use super::read::Reader;
use crate::engine::{Done, Outcome};
use crate::event::{ToolError, ToolErrorKind};

/// What a tool answers.
#[derive(Debug, Clone)]
pub(super) enum Replies {
    Each(Reply),
    InTurn(Vec<Reply>),
}

/// One answer.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    Real,
    Made { outcome: Box<Outcome>, after_ms: u64 },
}

impl Reader<'_> {
    pub(super) fn tools(
        &mut self,
        tools: &BTreeMap<String, Answers>,
        at: &str,
    ) -> BTreeMap<String, Replies> {
        let mut replies = BTreeMap::new();
        for (name, answers) in tools {
            let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
            if !self.names.tools.contains(name) {
                let known = self.names.tools.iter().map(String::as_str);
                let message = format!("no flow declares a tool `{name}`");
                self.written.unknown("tool.unknown", &at, (message, name), known);
            }
            let made = match answers {
                Answers::Each(answer) => Replies::Each(self.reply(name, answer, &at)),
                Answers::InTurn(list) => {
                    let each = list.iter().enumerate();
                    Replies::InTurn(
                        each.map(|(n, one)| self.reply(name, one, &format!("{at}/{n}"))).collect(),
                    )
                }
            };
            replies.insert(name.clone(), made);
        }
        replies
    }

    fn reply(&mut self, tool: &str, answer: &Answer, at: &str) -> Reply {
        let ways = [answer.result.is_some(), answer.error.is_some(), answer.real];
        if ways.iter().filter(|one| **one).count() != 1 {
            let message = "an answer is one of `result`, `error` and `real`".to_owned();
            self.written.wrong("answer.unclear", at, message, "write exactly one of them");
        }
        if answer.real {
            return Reply::Real;
        }
        let after_ms = self.span(answer.after.as_deref(), &format!("{at}/after"));
        if let Some(result) = &answer.result {
            self.result(tool, result, &format!("{at}/result"));
        }
        let outcome = match &answer.error {
            Some(failure) => Outcome::Failed(self.error(failure, at)),
            None => Outcome::Done(Done {
                result: answer.result.clone().unwrap_or_default(),
                ms: after_ms,
                patch: answer.patch.clone().into_iter().collect(),
                say: answer.say.clone(),
                spent: None,
            }),
        };
        Reply::Made { outcome: Box::new(outcome), after_ms }
    }

    /// A tool that gives something else than its flow reads would make the case prove nothing.
    fn result(&mut self, tool: &str, result: &Value, at: &str) {
        let tools = self.flows.iter().filter_map(|flow| flow.tools.get(tool));
        let schemas: Vec<_> = tools.filter_map(|tool| tool.result.clone()).collect();
        let tried: Vec<_> = schemas.iter().map(|schema| (self.fits)(schema, result)).collect();
        if let Some(Err(why)) = tried.first().filter(|_| tried.iter().all(Result::is_err)) {
            let message = format!("`{tool}` cannot give this by what its flow says of it: {why}");
            let hint = "give what the tool would give, or change `result` in the flow's `tools`";
            self.written.wrong("answer.unfit", at, message, hint);
        }
    }

    fn error(&mut self, failure: &Failure, at: &str) -> ToolError {
        let word = failure.kind.as_deref().unwrap_or("tool");
        let kind = serde_json::from_value(Value::from(word));
        if kind.is_err() {
            let known = ToolErrorKind::ALL.iter().map(|kind| kind.as_str());
            let message = format!("there is no kind of error `{word}`");
            self.written.unknown(
                "error.unknown",
                &format!("{at}/error/kind"),
                (message, word),
                known,
            );
        }
        let kind = kind.unwrap_or(ToolErrorKind::Tool);
        let message =
            failure.message.clone().unwrap_or_else(|| format!("the tool failed ({word})"));
        let error = ToolError::new(kind, message);
        ToolError {
            code: failure.code.clone(),
            details: failure.details.clone().map(Box::new),
            ..error
        }
    }
}

impl Replies {
    pub(super) fn is_real(&self) -> bool {
        let is_real = |reply: &Reply| matches!(reply, Reply::Real);
        match self {
            Self::Each(reply) => is_real(reply),
            Self::InTurn(replies) => replies.iter().any(is_real),
        }
    }
}
