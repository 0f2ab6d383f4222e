//! Understanding by language models that speak as OpenAI's do, where the operator allows it and the flow asks for it. A
//! model only chooses: among the intents that can be taken now, with values that are checked like those that the host
//! finds itself. Whatever goes wrong is a [`Trouble`] within the caller's time; nothing of a text or a key is logged.

mod answer;
mod ask;
mod chat;
mod embed;
mod figures;
mod grant;
mod schema;
mod server;
mod stream;
mod trouble;
#[cfg(test)]
mod tests;

pub use chat::{Chat, ChatTool, Opening, Said, Wanted};
pub(in crate::nlu) use embed::Vector;
pub use figures::ServerFigures;
pub use grant::{ModelServer, ModelServers, ServerError};
pub use trouble::Trouble;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::engine::Classify;
use crate::flow::Flow;
use crate::nlu::Reply;
use crate::nlu::check::Check;
use crate::nlu::mask::Mask;
use crate::nlu::offline::moment;
use crate::secret::Secrets;
use ask::{Ask, Manner};
use embed::Vectors;
use grant::Wish;
use server::{Refusal, Server};

/// Answers that are kept; the one not used for longest goes.
const ANSWERS_MAX: NonZeroUsize = NonZeroUsize::new(1_024).expect("1024 is not zero");

/// Bytes of an answer that is worth keeping.
const KEPT_BYTES_MAX: usize = 8 << 10;

/// Servers and models whose manner is remembered; one more is asked as the flow says again.
const MANNERS_MAX: usize = 256;

/// A request to a server, by its hash.
type Key = [u8; 32];

/// What a model answered with.
type Answer = Arc<Map<String, Value>>;

/// The language models that flows may use.
#[derive(Debug)]
pub struct Models {
    granted: ModelServers,
    servers: BTreeMap<String, Server>,
    answers: Mutex<LruCache<Key, Answer>>,
    vectors: Vectors,
    /// How a server's model wants to be asked, where that is not as the flow says: learnt from its refusals.
    manners: Mutex<BTreeMap<(String, String), Manner>>,
}

impl Default for Models {
    /// None.
    fn default() -> Self {
        Self {
            granted: ModelServers::new(),
            servers: BTreeMap::new(),
            answers: Mutex::new(LruCache::new(ANSWERS_MAX)),
            vectors: Vectors::default(),
            manners: Mutex::default(),
        }
    }
}

impl Models {
    /// Those of the servers that the operator allows. Sends nothing.
    ///
    /// # Errors
    /// [`ServerError`] with what to do about it.
    pub fn open(granted: ModelServers, secrets: &Secrets) -> Result<Self, ServerError> {
        let open = |(name, grant): (&String, &ModelServer)| {
            Ok((name.clone(), Server::open(name, grant, secrets)?))
        };
        let servers = granted.iter().map(open).collect::<Result<_, _>>()?;
        Ok(Self { granted, servers, ..Self::default() })
    }

    /// Whether the flow gets the model that it names.
    ///
    /// # Errors
    /// [`Trouble::Denied`] with the lines to add.
    pub fn check(&self, flow: &Flow) -> Result<(), Trouble> {
        self.server(flow).map(drop)
    }

    /// What a model understands of a text.
    ///
    /// # Errors
    /// [`Trouble`] when there is no answer of use before the deadline.
    pub async fn reply(
        &self,
        flow: &Flow,
        query: &Classify,
        deadline: std::time::Instant,
    ) -> Result<Reply, Trouble> {
        let server = self.server(flow)?;
        let moment = moment(query);
        let mut mask = Mask::of(flow, &moment).knowing(&query.personal);
        let mut ask = Ask::new(flow, query, &mut mask, &moment)?;
        let none = ask.none.clone();
        let check = Check { flow, query, moment: &moment, mask: &mask };
        let mut once_more = true;
        loop {
            let (key, answer) = self.answer(server, flow, &ask, deadline.into()).await?;
            let used = match &answer {
                Ok(answer) => {
                    answer::chosen(answer, &none).and_then(|chosen| check.reply(chosen, "model"))
                }
                Err(why) => Err(*why),
            };
            match (used, answer) {
                (Ok(reply), Ok(answer)) => {
                    self.keep(key, answer);
                    return Ok(reply);
                }
                (Err(why), _) | (Ok(_), Err(why)) if once_more => {
                    once_more = false;
                    server.figures.repairs.add(1);
                    ask.repair(why);
                }
                (Err(why), _) | (Ok(_), Err(why)) => {
                    let trouble = Trouble::BadAnswer(why);
                    server.figures.failed(&trouble);
                    return Err(trouble);
                }
            }
        }
    }

    /// What was counted of each server, by name.
    #[must_use]
    pub fn figures(&self) -> Vec<ServerFigures> {
        self.servers.values().map(Server::figures).collect()
    }

    fn server(&self, flow: &Flow) -> Result<&Server, Trouble> {
        self.granted(&Wish::of(flow))
    }

    fn granted(&self, wish: &Wish<'_>) -> Result<&Server, Trouble> {
        let name = grant::granted(&self.granted, wish)?;
        Ok(self.servers.get(name).expect("a server is opened for each that is granted"))
    }

    /// The answer to a request, kept or new, asked in whatever manner the server takes.
    async fn answer(
        &self,
        server: &Server,
        flow: &Flow,
        ask: &Ask,
        deadline: Instant,
    ) -> Result<(Key, Result<Answer, &'static str>), Trouble> {
        let model = flow.nlu.model.clone().unwrap_or_default();
        let place = (server.name.clone(), model);
        let first = Manner { format: flow.nlu.response_format, steady: true };
        let learnt = lock(&self.manners).get(&place).copied();
        let mut manner = learnt.unwrap_or(first);
        loop {
            let body = ask.body(manner);
            let key = key(&server.name, &body);
            if let Some(kept) = lock(&self.answers).get(&key) {
                server.figures.kept.add(1);
                return Ok((key, Ok(Arc::clone(kept))));
            }
            match server.ask("/chat/completions", &body, deadline).await {
                Ok(answer) => {
                    if learnt != Some(manner) && manner != first {
                        self.learn(place, manner);
                    }
                    return Ok((key, answer::object(&answer).map(Arc::new)));
                }
                Err(Refusal { trouble, words }) => {
                    let refused = matches!(
                        trouble,
                        Trouble::Status { status: 400 | 404 | 415 | 422 | 501, .. }
                    );
                    manner = manner.next(&words).filter(|_| refused).ok_or(trouble)?;
                }
            }
        }
    }

    fn learn(&self, place: (String, String), manner: Manner) {
        let mut manners = lock(&self.manners);
        if manners.len() < MANNERS_MAX || manners.contains_key(&place) {
            manners.insert(place, manner);
        }
    }

    fn keep(&self, key: Key, answer: Answer) {
        let small = serde_json::to_vec(&*answer).is_ok_and(|json| json.len() <= KEPT_BYTES_MAX);
        if small {
            lock(&self.answers).put(key, answer);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The same for the same request to the same server.
fn key(server: &str, body: &[u8]) -> Key {
    let mut hash = Sha256::new();
    hash.update(server.as_bytes());
    hash.update([0]);
    hash.update(body);
    hash.finalize().into()
}
