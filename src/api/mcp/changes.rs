//! Telling clients that the list of tools is another one: a flow or a plugin was replaced, came or went.

use rmcp::model::Tool;

use super::Door;
use crate::api::Shared;
use crate::bus::{Closed, HostListener};

/// One client's knowledge of what is offered.
pub(super) struct Offers {
    parts: Shared,
    known: Vec<Tool>,
    listener: HostListener,
}

impl Door {
    /// What is offered now.
    pub(super) fn offers(&self) -> Vec<Tool> {
        let mut tools = super::tools::list(&self.parts);
        tools.extend(super::flows::list(&self.parts));
        tools
    }
}

impl Offers {
    /// From now on.
    pub(super) fn of(door: &Door) -> Self {
        let (parts, listener) = (door.parts.clone(), door.parts.bus.subscribe_host());
        Self { parts, known: door.offers(), listener }
    }

    /// Waits for news of flows and plugins; whether there is another list since. None once the host stops.
    pub(super) async fn news(&mut self) -> Option<bool> {
        match self.listener.recv().await {
            Ok(_event) => {}
            Err(Closed::Lagged) => self.listener = self.parts.bus.subscribe_host(),
            Err(Closed::Ended) => return None,
        }
        let now = Door { parts: self.parts.clone() }.offers();
        let differs = now != self.known;
        self.known = now;
        Some(differs)
    }
}
