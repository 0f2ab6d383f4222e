//! States that a session's context names for transitions that look them up (`@path`). With a move they get the names that
//! they have in the new version; a session that could come to look up one that is gone there is not safe to move.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::context;
use super::fit::{Place, Stays};
use super::turn::{Turn, flow_of};
use super::{Session, Waits};
use crate::event::Map;
use crate::flow::{Assign, FallbackStep, Flow, Migration, State, Target, Transition, Verb};

/// Places that are looked at for one session; where there are more, a missing state may be met.
const SEEN_MAX: usize = 4_096;

/// The root of what an expression reads of the context.
const CONTEXT: &str = "ctx";

/// Keys of the context, from the outermost on.
type Keys = Vec<String>;

/// One way on from a state: what is assigned, list by list, and where it leads; nowhere is an internal reaction.
struct Way<'f> {
    assigns: [&'f [Assign]; 2],
    to: Option<&'f Target>,
}

/// Where a session could be, and the paths of its context that may name a state which is gone.
type Spot<'f> = (&'f str, BTreeSet<Keys>);

/// The context with the new names of the states that it names, as far as `migration` gives them others; what is another
/// value goes to `changed`. `here` is the state that the session is in, by its old name.
pub(super) fn renamed(
    ctx: &Arc<Map>,
    (old, new): (&Flow, &Flow),
    (migration, here): (&Migration, &str),
    changed: &mut Map,
) -> Arc<Map> {
    if migration.states.is_empty() {
        return Arc::clone(ctx);
    }
    let name = |text: &str| {
        let (mark, named) = split(text);
        let to = migration.states.get(&resolved(old, here, named)?)?;
        new.states.contains_key(to).then(|| format!("{mark}{to}"))
    };
    let mut next = Arc::clone(ctx);
    let paths = paths(old, new);
    for keys in &paths {
        // What is inside of another one is renamed with that, and once.
        let is_inside = |other: &Keys| other.len() < keys.len() && keys.starts_with(other);
        if keys.is_empty() || paths.iter().any(|other| !other.is_empty() && is_inside(other)) {
            continue;
        }
        let Some(value) = context::read(ctx, keys) else { continue };
        let mut other = value.clone();
        each_text(&mut other, &mut |text| {
            if let Some(name) = name(text) {
                *text = name;
            }
        });
        if other != *value {
            changed.insert(keys.join("."), other.clone());
            context::write(Arc::make_mut(&mut next), keys, other);
        }
    }
    next
}

impl Place<'_> {
    /// Whether the session, once it is in state `name` of the new version, never looks up a state that was there in the
    /// old version and is not in the new one.
    pub(super) fn check_named(&self, name: &str, session: &Session) -> Result<(), Stays> {
        let paths = paths(self.old, self.new);
        if paths.is_empty() {
            return Ok(());
        }
        let ctx = self.context_after(session)?;
        let mut gone: Option<String> = None;
        let mut bad: BTreeSet<Keys> = BTreeSet::new();
        for keys in paths {
            let value = if keys.is_empty() {
                Some(Value::Object(Map::clone(&ctx)))
            } else {
                context::read(&ctx, &keys).cloned()
            };
            let mut is_bad = false;
            each_text(&mut value.unwrap_or_default(), &mut |text| {
                let missing = self.missing(split(text).1);
                is_bad |= missing.is_some();
                gone = gone.take().or(missing);
            });
            if is_bad {
                bad.insert(keys);
            }
        }
        let Some(named) = gone else { return Ok(()) };
        match looks_up(self.new, (name, bad)) {
            Some(path) => Err(Stays::Named { path, named }),
            None => Ok(()),
        }
    }

    /// A state of the old version that this names, perhaps within a part of the flow, and that the new one does not have.
    fn missing(&self, named: &str) -> Option<String> {
        let is_it = |state: &&String| {
            *state == named
                || state.strip_suffix(named).is_some_and(|part| part.ends_with('.'))
                    && !named.is_empty()
        };
        let mut meant = self.old.states.keys().filter(is_it);
        meant.find(|state| !self.new.states.contains_key(*state)).cloned()
    }

    /// The context that the frame works on, as it is after the move. It is that of the innermost part which shares it.
    fn context_after(&self, session: &Session) -> Result<Arc<Map>, Stays> {
        let shares = |waits: &Option<Box<Waits>>| waits.as_ref().is_some_and(|one| one.shares);
        let above = session.frames.iter().skip(self.depth);
        let depth = self.depth + above.take_while(|frame| shares(&frame.waits)).count();
        let depth = depth.min(session.depth());
        let flow = flow_of(self.flows, session)?;
        let mut turn = Turn::begin(self.flows, flow, session, session.updated_at);
        turn.migrate_context(depth, self.old, self.new);
        let frame = turn.session.frames.get(depth);
        Ok(frame.map(|frame| Arc::clone(&frame.context)).unwrap_or_default())
    }
}

/// Every path of the context whose value may come to name a state: those that are looked up, and those that their values
/// are taken from.
fn paths(old: &Flow, new: &Flow) -> BTreeSet<Keys> {
    let mut found = BTreeSet::new();
    for flow in [old, new] {
        for way in flow.states.values().flat_map(|state| ways(flow, state)) {
            if let Some(Target::Lookup(path)) = way.to {
                found.insert(path.keys.clone());
            }
        }
    }
    while !found.is_empty() {
        let before = found.len();
        for flow in [old, new] {
            for assign in flow.states.values().flat_map(|state| assigns(flow, state)) {
                if found.iter().any(|keys| overlap(keys, &assign.path.keys)) {
                    found.extend(reads(assign));
                }
            }
        }
        if found.len() == before {
            break;
        }
    }
    found
}

/// All that is ever assigned in a state, and on the way out of it.
fn assigns<'f>(flow: &'f Flow, state: &'f State) -> impl Iterator<Item = &'f Assign> {
    let sets = state.on_enter.iter().chain(&state.on_exit).filter_map(|action| set(&action.verb));
    let ways = ways(flow, state).into_iter().flat_map(|way| way.assigns);
    sets.chain(ways).flatten()
}

fn set(verb: &Verb) -> Option<&[Assign]> {
    if let Verb::Set(assigns) = verb { Some(assigns) } else { None }
}

/// The paths of the context that a value is taken from.
fn reads(assign: &Assign) -> impl Iterator<Item = Keys> {
    assign.value.reads().into_iter().filter_map(|read| {
        let mut keys = read.split('.');
        // A place in a list stands for the whole list.
        let is_place = |key: &&str| key.parse::<usize>().is_ok();
        (keys.next() == Some(CONTEXT))
            .then(|| keys.take_while(|key| !is_place(key)).map(str::to_owned).collect())
    })
}

/// Every way that there is in a state.
fn ways<'f>(flow: &'f Flow, state: &'f State) -> Vec<Way<'f>> {
    let mut all = Vec::new();
    for Transition { assign, branch, to, .. } in flow.ways_of(state) {
        let arms =
            branch.iter().map(|arm| Way { assigns: [assign, &arm.assign], to: Some(&arm.to) });
        all.extend(arms);
        if to.is_some() || branch.is_empty() {
            all.push(Way { assigns: [assign, &[]], to: to.as_ref() });
        }
    }
    let no_match: &[FallbackStep] = state.no_match.as_ref().unwrap_or(&flow.no_match);
    let silence = state.silence.as_ref().or(flow.silence.as_ref());
    let steps = no_match.iter().chain(silence.into_iter().flat_map(|silence| &silence.steps));
    let others = state.after.iter().map(|after| &after.to);
    let others = others.chain(steps.filter_map(|step| step.to.as_ref()));
    all.extend(others.map(|to| Way { assigns: [&[], &[]], to: Some(to) }));
    all
}

/// The first path that could be looked up while it names a state which is gone, going on from `spot`. What guards hinder
/// counts as possible.
fn looks_up<'f>(flow: &'f Flow, spot: Spot<'f>) -> Option<String> {
    let mut seen: BTreeSet<Spot<'f>> = BTreeSet::new();
    let mut open = vec![spot];
    while let Some((name, bad)) = open.pop() {
        let Some(state) = flow.states.get(name).filter(|_| !bad.is_empty()) else { continue };
        if !seen.insert((name, bad.clone())) {
            continue;
        }
        if seen.len() > SEEN_MAX {
            return bad.first().map(|keys| keys.join("."));
        }
        for part in begun(state) {
            open.push((part, entered(flow, part, bad.clone())));
        }
        // What is left of the actions may still come.
        let mut still = bad;
        for assigns in state.on_enter.iter().filter_map(|action| set(&action.verb)) {
            assign(assigns, &mut still, false);
        }
        for way in ways(flow, state) {
            let mut bad = still.clone();
            way.assigns.iter().for_each(|assigns| assign(assigns, &mut bad, true));
            if let Some(Target::Lookup(path)) = way.to
                && bad.iter().any(|keys| path.keys.starts_with(keys))
            {
                return Some(path.text.clone());
            }
            if !matches!(way.to, None | Some(Target::Leave(_))) {
                for assigns in state.on_exit.iter().filter_map(|action| set(&action.verb)) {
                    assign(assigns, &mut bad, true);
                }
            }
            let all = next(flow, state, way.to).into_iter();
            open.extend(all.map(|to| (to, entered(flow, to, bad.clone()))));
        }
    }
    None
}

/// Where a target may lead in this flow, over others too.
fn next<'f>(flow: &'f Flow, state: &'f State, to: Option<&'f Target>) -> Vec<&'f str> {
    match to {
        None => vec![&*state.id],
        Some(Target::State(to)) => vec![&**to],
        // Another flow keeps the context and may lead back.
        Some(Target::Flow(_)) => vec![&*flow.start],
        // Back to whoever may have begun a part here.
        Some(Target::Leave(_)) => {
            let calls = flow.states.values().filter(|state| begun(state).next().is_some());
            calls.map(|state| &*state.id).collect()
        }
        Some(Target::Lookup(_)) => flow.states.keys().map(String::as_str).collect(),
    }
}

/// States of the flow in which parts begin that a state calls.
fn begun(state: &State) -> impl Iterator<Item = &str> {
    state.on_enter.iter().filter_map(|action| match &action.verb {
        Verb::Call { begin, .. } => begin.as_deref(),
        _ => None,
    })
}

/// What may be bad after a state was entered: what it sets at once is not, unless it is taken from what is.
fn entered(flow: &Flow, name: &str, mut bad: BTreeSet<Keys>) -> BTreeSet<Keys> {
    let Some(state) = flow.states.get(name) else { return bad };
    for action in &state.on_enter {
        match &action.verb {
            Verb::Set(assigns) => assign(assigns, &mut bad, true),
            // If this fails, the rest of the list is left out.
            Verb::Tool { .. } | Verb::Llm(_) | Verb::Call { .. } | Verb::Hangup => break,
            Verb::Say(_) | Verb::Ask { .. } | Verb::Transfer(_) | Verb::Emit { .. } => {}
        }
    }
    bad
}

/// What is bad after these were assigned, all of whose right sides see what was before. If it is not `certain` that they
/// are, what was bad may stay so.
fn assign(assigns: &[Assign], bad: &mut BTreeSet<Keys>, certain: bool) {
    let before = bad.clone();
    for one in assigns {
        let keys = &one.path.keys;
        if certain {
            bad.retain(|other| !other.starts_with(keys));
        }
        if reads(one).any(|read| before.iter().any(|other| overlap(other, &read))) {
            bad.insert(keys.clone());
        }
    }
}

/// Whether one of the paths leads to the other or is it.
fn overlap(one: &[String], other: &[String]) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

/// The state that a name means to a session in state `here`, as a look-up finds it.
fn resolved(flow: &Flow, here: &str, named: &str) -> Option<String> {
    let near = here.rsplit_once('.').map(|(part, _)| format!("{part}.{named}"));
    let mut names = near.into_iter().chain([named.to_owned()]);
    names.find(|name| flow.states.contains_key(name.as_str()))
}

/// A name and the word that may stand before it.
fn split(text: &str) -> (&str, &str) {
    text.split_at(if text.starts_with("state:") { "state:".len() } else { 0 })
}

/// Looks at every text in a value, or changes it.
fn each_text(value: &mut Value, look: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) => look(text),
        Value::Array(items) => items.iter_mut().for_each(|item| each_text(item, look)),
        Value::Object(fields) => fields.values_mut().for_each(|field| each_text(field, look)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
