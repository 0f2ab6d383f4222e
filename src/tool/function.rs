//! Tools that are Rust closures, for embedders and tests. A closure that panics is a tool that trapped; one that
//! takes too long is dropped.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::{Answer, Failure};
use crate::engine::Call;
use crate::event::{CallId, Map, Timestamp, ToolError, ToolErrorKind};

/// What a function is called with.
#[derive(Debug, Clone)]
pub struct Request {
    /// The same for every attempt: the idempotency key.
    pub call_id: CallId,
    /// 1 for the first.
    pub attempt: u32,
    /// Has passed the tool's schema.
    pub args: Map,
    /// BCP 47.
    pub locale: String,
    /// The conversation's clock.
    pub now: Timestamp,
}

type Call1 = dyn Fn(Request) -> BoxFuture<'static, Result<Value, ToolError>> + Send + Sync;

/// A closure as a backend.
#[derive(Clone)]
pub(super) struct Function(Arc<Call1>);

impl Function {
    pub(super) fn new<F, R>(function: F) -> Self
    where
        F: Fn(Request) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Value, ToolError>> + Send + 'static,
    {
        Self(Arc::new(move |request| function(request).boxed()))
    }

    pub(super) async fn call(
        &self,
        call: &Call,
        attempt: u32,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<Answer, Failure> {
        let request = Request {
            call_id: call.id.clone(),
            attempt,
            args: call.args.clone(),
            locale: call.locale.clone(),
            now,
        };
        let function = Arc::clone(&self.0);
        let work = AssertUnwindSafe(async move { function(request).await }).catch_unwind();
        match timeout_at(deadline, work).await {
            Ok(Ok(Ok(value))) => Ok(Answer { value, ..Answer::default() }),
            Ok(Ok(Err(error))) => Err(error.into()),
            Ok(Err(_panic)) => Err(Failure::new(ToolErrorKind::Trap, "the function panicked")),
            Err(_elapsed) => {
                Err(Failure::new(ToolErrorKind::Timeout, "the function took too long"))
            }
        }
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Function")
    }
}
