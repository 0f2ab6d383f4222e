//! Categories of flows: those that flows say they are in (`meta.categories`), and those that somebody has named before any
//! flow is in them.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::problem::Problem;
use super::{Parts, Shared, admin_only, body};
use crate::clock::Clock;
use crate::runtime;
use crate::store::{Entry, KvError, Quota, Space, Terms};

/// Where the names are kept: beside the data of plugins, none of which can be called so.
const SPACE: &str = "host:flows";
const KEY: &str = "categories";

/// Characters of a category's name, and of its description.
const NAME_CHARS_MAX: usize = 100;
const DESCRIPTION_CHARS_MAX: usize = 1_000;

/// Categories that are named.
const NAMED_MAX: usize = 1_000;

/// How often another host may be first.
const TURNS_MAX: usize = 16;

/// What there may be of them.
const QUOTA: Quota = Quota { value_max: 8 << 20, bytes_max: 9 << 20, keys_max: 1 };

/// By name.
type Named = BTreeMap<String, About>;

/// What is known of a category that was named.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct About {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

/// A category and the flows that say they are in it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Category {
    name: String,
    /// What it is for; null for one that only flows speak of.
    description: Option<String>,
    flows: Vec<String>,
}

/// All categories.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Categories {
    categories: Vec<Category>,
}

/// A category to name.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCategory {
    name: String,
    /// What it is for.
    description: Option<String>,
}

/// The categories that current flows say they are in (`meta.categories`), and those that were named.
#[utoipa::path(get, path = "/api/flow-categories", tag = "flows",
    responses((status = 200, body = Categories)))]
pub(super) async fn list(State(parts): State<Shared>) -> Result<Json<Categories>, Problem> {
    let named = kept(&parts).await?.1;
    let mut all: BTreeMap<String, Category> = named.into_iter().map(category).collect();
    for flow in parts.catalog.current().linked.iter() {
        for name in &flow.meta.categories {
            let new = || category((name.clone(), About::default())).1;
            all.entry(name.clone()).or_insert_with(new).flows.push(flow.id.to_string());
        }
    }
    Ok(Json(Categories { categories: all.into_values().collect() }))
}

/// Names a category, so that flows can be put in it.
#[utoipa::path(post, path = "/api/flow-categories", tag = "flows", request_body = NewCategory,
    responses((status = 201, body = Category), (status = 400), (status = 403),
        (status = 409, description = "it was named before, or there are too many")))]
pub(super) async fn create(State(parts): State<Shared>, body: Body) -> Result<Response, Problem> {
    admin_only(&parts)?;
    let NewCategory { name, description } = body::json(&parts, body).await?;
    let name = checked(&name)?;
    if description.as_ref().is_some_and(|text| text.chars().count() > DESCRIPTION_CHARS_MAX) {
        let message = format!("a description has at most {DESCRIPTION_CHARS_MAX} characters");
        return Err(Problem::at("body.invalid", "/description", message));
    }
    for _ in 0..TURNS_MAX {
        let (before, mut named) = kept(&parts).await?;
        if named.contains_key(&name) {
            let message = format!("there is a category `{name}` already");
            return Err(Problem::new(409, "category.exists", message));
        }
        if named.len() >= NAMED_MAX {
            let message = format!("there are {NAMED_MAX} categories, which is the most");
            return Err(Problem::new(409, "category.too_many", message));
        }
        named.insert(name.clone(), About { description: description.clone() });
        if put(&parts, before.as_deref(), &named).await? {
            let mut made = category((name, About { description })).1;
            let flows = parts.catalog.current();
            let has = |categories: &[String]| categories.contains(&made.name);
            let inside = flows.linked.iter().filter(|flow| has(&flow.meta.categories));
            made.flows = inside.map(|flow| flow.id.to_string()).collect();
            return Ok((StatusCode::CREATED, Json(made)).into_response());
        }
    }
    Err(runtime::Error::Unavailable("others name categories all the time".to_owned()).into())
}

fn category((name, About { description }): (String, About)) -> (String, Category) {
    (name.clone(), Category { name, description, flows: Vec::new() })
}

fn checked(name: &str) -> Result<String, Problem> {
    let name = name.trim();
    let fits = !name.is_empty() && name.chars().count() <= NAME_CHARS_MAX;
    if fits && !name.contains(char::is_control) {
        return Ok(name.to_owned());
    }
    let message = format!("a category's name has 1 to {NAME_CHARS_MAX} characters, on one line");
    Err(Problem::at("body.invalid", "/name", message))
}

fn entry() -> Entry {
    let space = Space { plugin: SPACE.to_owned(), session: None };
    Entry { space, key: KEY.to_owned() }
}

/// The names as they are kept, and as they are read.
async fn kept(parts: &Parts) -> Result<(Option<Vec<u8>>, Named), Problem> {
    let bytes = parts.store.kv_get(&entry(), Clock::System.now()).await.map_err(away)?;
    let named = match &bytes {
        Some(bytes) => serde_json::from_slice(bytes).unwrap_or_else(|error| {
            tracing::error!(%error, "The categories that were named cannot be read.");
            Named::default()
        }),
        None => Named::default(),
    };
    Ok((bytes, named))
}

/// `false` if somebody else was first.
async fn put(parts: &Parts, before: Option<&[u8]>, named: &Named) -> Result<bool, Problem> {
    let value = json!(named).to_string();
    let terms = Terms { quota: QUOTA, ttl_ms: None, now: Clock::System.now() };
    let entry = entry();
    let put = parts.store.kv_compare_and_set(&entry, before, value.as_bytes(), terms);
    put.await.map_err(away)
}

fn away(error: KvError) -> Problem {
    runtime::Error::Unavailable(error.to_string()).into()
}
