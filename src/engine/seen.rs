//! What a session keeps of its last intent, call and result, in the form that clients see.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::event::{CallId, Map};

/// For `GET /api/sessions/{id}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "wire fields")]
pub struct IntentSeen {
    pub intent: Option<String>,
    pub confidence: f64,
    pub slots: Arc<Map>,
}

/// For `GET /api/sessions/{id}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "wire fields")]
pub struct CallSeen {
    pub tool_call_id: CallId,
    pub name: String,
    pub args: Arc<Map>,
}

/// For `GET /api/sessions/{id}` and for `tool` in expressions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "wire fields")]
pub struct ResultSeen {
    pub tool_call_id: CallId,
    pub name: String,
    pub result: Arc<Value>,
    pub ms: u64,
}
