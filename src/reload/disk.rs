//! The folder of flows beside the store: what each flow's file, the store and what runs say, what is to be done about it,
//! and the file's part in doing it. Who is right is `agree`'s to say.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tracing::{error, info};

use super::agree::{Places, Verdict, verdict};
use super::agreed::Agreed;
use super::files::{Files, Source, can_be_file};
use super::plan::Change;
use super::trial::CasesByFlow;
use super::{Error, Options};
use crate::catalog::{Catalog, Current, Plan};
use crate::flow::{self, Version};
use crate::store::Active;

/// The folder of flows.
#[derive(Debug)]
pub(super) struct Disk {
    files: Files,
    agreed: Agreed,
    /// By flow, what of its file was last brought to what runs; none before the first time.
    tried: Option<BTreeMap<flow::Id, Source>>,
}

/// What is to be done, decided in one epoch of the store.
#[derive(Debug)]
pub(super) struct Decided {
    active: Active,
    verdicts: BTreeMap<flow::Id, Verdict>,
    /// What the files said.
    files: BTreeMap<flow::Id, Version>,
    /// Texts that the store has and no file, as far as they are needed.
    stored: BTreeMap<flow::Id, String>,
}

impl Disk {
    pub(super) fn new(options: &Options) -> Self {
        let files = Files::new(options.flows.clone(), options.settle);
        Self { files, agreed: Agreed::load(options.agreed.clone()), tried: None }
    }

    /// What a flow's file said when it was last read, if that is a text.
    pub(super) fn text(&self, id: &flow::Id) -> Option<&str> {
        let source = &self.files.texts().get(id)?.source;
        source.wrong.is_none().then_some(source.text.as_str())
    }

    /// What lies beside the flows.
    pub(super) const fn cases(&self) -> &CasesByFlow {
        self.files.cases()
    }

    pub(super) async fn read(&mut self) -> Result<(), Error> {
        self.files.read().await
    }

    /// Compares each flow's file with the store.
    pub(super) async fn decide(&self, catalog: &Catalog) -> Result<Decided, Error> {
        let mut active = catalog.active().await?;
        active.versions.retain(|id, _| can_be_file(id) || unusable(id));
        let current = catalog.current();
        // With a store in which nothing was ever current nothing is agreed: it was emptied.
        let emptied = active.epoch == 0;
        let agreed = if emptied { BTreeMap::new() } else { self.agreed.versions(&active.store) };
        let texts = self.files.texts();
        let ids: BTreeSet<&flow::Id> =
            texts.keys().chain(agreed.keys()).chain(active.versions.keys()).collect();
        let (mut verdicts, mut stored) = (BTreeMap::new(), BTreeMap::new());
        for id in ids {
            let file = texts.get(id).map(|text| &text.version);
            let (agreed, running) = (agreed.get(id), active.versions.get(id));
            let mut places = Places { file, agreed, active: running, is_old: false };
            if let (Some(file), None) = (file, agreed) {
                places.is_old = catalog.definition(id, file).await?.is_some();
            }
            let mut verdict = verdict(places);
            if verdict == Verdict::Retire && self.is_bare_start() {
                verdict = Verdict::Follow;
            }
            let elsewhere = matches!(verdict, Verdict::Follow | Verdict::Publish);
            let missing = |version: &&Version| current.linked.get(id, version).is_none();
            if let Some(version) = running.filter(|_| elsewhere).filter(missing)
                && let Some(text) = catalog.definition(id, version).await?
            {
                stored.insert(id.clone(), pretty(&text));
            }
            verdicts.insert(id.clone(), verdict);
        }
        let files = texts.iter().map(|(id, text)| (id.clone(), text.version.clone())).collect();
        Ok(Decided { active, verdicts, files, stored })
    }

    /// Writes what the store has gone on to, and notes what is agreed on.
    pub(super) fn settle(&mut self, decided: &Decided, current: &Current) {
        let store = &decided.active.store;
        let mut agreed = self.agreed.versions(store);
        for (id, verdict) in &decided.verdicts {
            let running = current.linked.current(id).map(|flow| &flow.version);
            let settled = match verdict {
                Verdict::Agreed | Verdict::Retire => true,
                Verdict::Publish => running == decided.files.get(id),
                // Else it does not run here, and the file is all there is to look at.
                Verdict::Follow => {
                    running == decided.active.versions.get(id) && self.follow(id, current)
                }
            };
            match self.files.texts().get(id) {
                _ if !settled => {}
                Some(text) => drop(agreed.insert(id.clone(), text.version.clone())),
                None => drop(agreed.remove(id)),
            }
        }
        self.agreed.note(store, agreed);
        let texts = self.files.texts().iter();
        self.tried = Some(texts.map(|(id, text)| (id.clone(), text.source.clone())).collect());
    }

    /// Has what the store goes on to win over what the file says now.
    pub(super) fn overrule(&mut self, id: &flow::Id, store: &str) {
        let mut agreed = self.agreed.versions(store);
        match self.files.texts().get(id) {
            Some(text) => drop(agreed.insert(id.clone(), text.version.clone())),
            None => drop(agreed.remove(id)),
        }
        self.agreed.note(store, agreed);
    }

    /// Has the file say what is current everywhere.
    fn follow(&mut self, id: &flow::Id, current: &Current) -> bool {
        let written = match current.linked.current(id) {
            Some(flow) => {
                info!(flow = %id, version = %flow.version, "A flow's file follows what is current.");
                self.files.write(id, pretty(&flow.definition.to_string()))
            }
            None => self.files.set_aside(id),
        };
        written.unwrap_or_else(|error| {
            error!(flow = %id, %error, "A flow's file is old and could not be rewritten; what is current runs all the same.");
            false
        })
    }

    /// Whether this host has just started and finds no flow at all: a folder that is not there yet, not one that somebody
    /// emptied.
    fn is_bare_start(&self) -> bool {
        self.tried.is_none() && self.files.texts().is_empty()
    }
}

impl Decided {
    pub(super) const fn epoch(&self) -> u64 {
        self.active.epoch
    }

    /// What is current and does not run here yet, of flows whose file is about to change that: should the file be
    /// refused, they go on.
    pub(super) fn kept(&self, current: &Current) -> BTreeMap<flow::Id, Change> {
        let wanted = |id: &&flow::Id| {
            let running = current.linked.current(id).map(|flow| &flow.version);
            self.verdicts.get(*id) == Some(&Verdict::Publish)
                && running != self.active.versions.get(*id)
        };
        let texts = self.stored.iter().filter(|(id, _)| wanted(id));
        texts.map(|(id, text)| (id.clone(), Change::Text(text.clone()))).collect()
    }

    /// What changes in what runs.
    pub(super) fn changes(&self, current: &Current, disk: &Disk) -> BTreeMap<flow::Id, Change> {
        let mut changes = BTreeMap::new();
        for (id, verdict) in &self.verdicts {
            let change = match verdict {
                Verdict::Agreed | Verdict::Publish => disk.change(id, current),
                Verdict::Retire => Some(Change::Gone),
                Verdict::Follow => self.following(id, current),
            };
            changes.extend(change.map(|change| (id.clone(), change)));
        }
        // A file that was never current, rejected, and is gone.
        let left = current.files.keys().filter(|id| !self.verdicts.contains_key(*id));
        changes.extend(left.map(|id| (id.clone(), Change::Gone)));
        changes
    }

    fn following(&self, id: &flow::Id, current: &Current) -> Option<Change> {
        let running = current.linked.current(id);
        match self.active.versions.get(id) {
            None => running.map(|_| Change::Gone),
            Some(version) if running.is_some_and(|flow| flow.version == *version) => None,
            Some(version) => {
                let older = current.linked.get(id, version);
                let text = older.map(|flow| pretty(&flow.definition.to_string()));
                text.or_else(|| self.stored.get(id).cloned()).map(Change::Text)
            }
        }
    }

    /// What becomes current everywhere if `plan` does.
    pub(super) fn published(&self, plan: &Plan) -> Vec<(flow::Id, Option<Version>)> {
        let published = |(id, verdict): (&flow::Id, &Verdict)| match verdict {
            Verdict::Publish => {
                let running = plan.next.linked.current(id).map(|flow| &flow.version)?;
                let accepted = self.files.get(id) == Some(running);
                accepted.then(|| (id.clone(), Some(running.clone())))
            }
            Verdict::Retire if self.active.versions.contains_key(id) => Some((id.clone(), None)),
            Verdict::Retire | Verdict::Agreed | Verdict::Follow => None,
        };
        self.verdicts.iter().filter_map(published).collect()
    }
}

impl Disk {
    /// What the file has that does not run yet.
    fn change(&self, id: &flow::Id, current: &Current) -> Option<Change> {
        let Some(file) = self.files.texts().get(id) else {
            let known = current.files.contains_key(id) || current.linked.current(id).is_some();
            return known.then_some(Change::Gone);
        };
        let tried = self.tried.as_ref().and_then(|tried| tried.get(id));
        let same = tried == Some(&file.source);
        let rejected = current.files.get(id).is_some_and(|reading| reading.rejected);
        let Source { text, wrong } = file.source.clone();
        match (same, rejected, wrong) {
            (true, false, _) => None,
            (again, _, Some(wrong)) => Some(Change::Failed { findings: vec![wrong], again }),
            (true, true, None) => Some(Change::Again(text)),
            (false, _, None) => Some(Change::Text(text)),
        }
    }
}

/// Says so; `false`, as it is to be left out.
fn unusable(id: &flow::Id) -> bool {
    error!(flow = %id, "The store has a current flow whose name cannot be that of a file; it is left out.");
    false
}

/// As a person would like to find it in a file.
pub(super) fn pretty(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(value) => format!("{value:#}\n"),
        Err(_unreadable) => text.to_owned(),
    }
}
