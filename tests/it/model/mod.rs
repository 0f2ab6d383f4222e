//! Language models, against a server on loopback that does what a test says: what they understand, what becomes of all
//! that goes wrong, and what leaves the house.

pub(crate) mod server;
mod suite;
mod faults;
mod asking;
mod writing;
mod metering;
mod plugins;
mod nearby;
mod places;

use std::collections::BTreeMap;

use cicerone::engine::{Classify, Understood};
use cicerone::event::Timestamp;
use cicerone::flow::{self, Flow, Id, Known, Offers};
use cicerone::nlu::{Joined, ModelServer, ModelServers, Models};
use cicerone::secret::Secrets;
use serde_json::{Value, json};

use server::Server;

/// What must be shown to nobody.
const KEY: &str = "the-key-nobody-may-see";

fn secrets() -> Secrets {
    Secrets::among([("CICERONE_SECRET_MODEL_KEY".to_owned(), KEY.to_owned())])
}

/// The grant of a server on this machine.
fn granted(url: &str) -> ModelServers {
    let server = ModelServer {
        url: url.to_owned(),
        private_networks: true,
        key: Some("model_key".to_owned()),
        ..ModelServer::default()
    };
    BTreeMap::from([("default".to_owned(), server)])
}

/// What understands, with the model of this server.
fn joined(server: &Server) -> Joined {
    Joined::new(Models::open(granted(&server.url), &secrets()).unwrap())
}

/// A small flow with these settings of `nlu`.
pub(crate) fn table(nlu: &Value) -> Value {
    json!({
        "meta": { "name": "Table" },
        "start": "Start",
        "nlu": nlu,
        "intents": {
            "BOOK": {
                "examples": ["book a table", "I want to reserve a table", "a table please", "can I book for tonight"],
                "slots": { "size": "integer", "day": "date", "area": { "type": "enum", "values": ["inside", "terrace"] } },
            },
            "CANCEL": { "examples": ["cancel my booking", "I want to cancel the reservation"] },
            "LEAVE_PHONE": {
                "examples": ["call me back", "please ring me"],
                "slots": { "phone": { "type": "phone", "required": true, "pii": true } },
            },
            "ADMIN": { "examples": ["open the back office"], "slots": { "order": "string" } },
        },
        "states": {
            "Start": {
                "onEnter": [{ "ask": "How can I help you?" }],
                "transitions": [
                    { "onIntent": "BOOK", "to": "Booked" },
                    { "onIntent": "CANCEL", "to": "Gone" },
                    { "onIntent": "LEAVE_PHONE", "to": "Gone" },
                ],
            },
            "Booked": {
                "onEnter": [{ "say": "Booked." }],
                "transitions": [{ "onIntent": "ADMIN", "to": "Gone" }, { "onIntent": "BOOK", "to": "Booked" }],
            },
            "Gone": { "onEnter": [{ "say": "Bye." }], "final": true },
        },
    })
}

fn flow(definition: &Value) -> Flow {
    let flows = [Id::from("table")].into();
    let known = Known { flows: &flows, offers: &Offers::default() };
    flow::load(&Id::from("table"), &definition.to_string(), known).unwrap().0
}

/// The flow in this mode.
fn in_mode(mode: &str) -> Flow {
    flow(&table(&json!({ "mode": mode, "model": "test-model" })))
}

/// The text as the start state asks it, on Saturday, 21 November 2026.
fn query(flow: &Flow, text: &str) -> Classify {
    Classify {
        text: text.to_owned(),
        flow: (flow.id.clone(), flow.version.clone()),
        among: ["BOOK", "CANCEL", "LEAVE_PHONE"].map(str::to_owned).to_vec(),
        expecting: Vec::new(),
        choices: Vec::new(),
        asked: None,
        context: serde_json::Map::new(),
        personal: Vec::new(),
        language: "en-US".to_owned(),
        time_zone: "UTC".to_owned(),
        now: Timestamp::from_millis(1_795_262_400_000),
    }
}

async fn understood(joined: &Joined, flow: &Flow, text: &str) -> Understood {
    joined.classify(flow, &query(flow, text)).await
}
