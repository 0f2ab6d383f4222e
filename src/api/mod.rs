//! The port that clients speak to: REST, WebSocket and SSE over one router, and its OpenAPI document. It shapes JSON
//! and maps errors to statuses; it decides nothing and keeps nothing.

mod answer;
mod body;
mod difference;
mod edit;
mod flows;
mod graph;
mod health;
mod host_events;
mod impact;
mod input;
mod log;
mod replay;
#[cfg(feature = "mcp")]
mod mcp;
mod origin;
mod problem;
mod sessions;
mod sse;
mod step;
mod tools;
mod metrics;
mod naming;
mod plugins;
mod publish;
mod retire;
mod rollout;
mod usage;
mod categories;
mod ws;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderValue, Method};
use axum::middleware;
use axum::response::IntoResponse;
#[cfg(feature = "mcp")]
use axum::routing::any;
use axum::routing::get;
use tower_http::cors::{AllowOrigin, CorsLayer};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::bus::Bus;
use crate::catalog::Catalog;
use crate::event::Timestamp;
use crate::nlu::Classifier;
use crate::reload;
use crate::runtime::Runtime;
use crate::store::Store;
use crate::tool::Registry;

use problem::Problem;
pub use step::Tokens;

/// What clients may do and how much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Bytes of a request's body; more is 413.
    pub body_bytes_max: usize,
    /// Bytes of one text of a person; more is 413.
    pub text_bytes_max: usize,
    /// How long an answer is waited for when the client does not say.
    pub wait: Duration,
    /// The longest that a client may ask to wait.
    pub wait_max: Duration,
    /// How long a socket may take to take one message before it is closed.
    pub send_timeout: Duration,
    /// Pages of other origins that may call, such as `https://shop.example`; none by default.
    pub cors_origins: Vec<String>,
    /// Whether routes that show or change more than one session answer. The host turns this on for loopback only.
    pub admin: bool,
    /// What `ws_url` begins with, `ws://127.0.0.1:3000`; none takes the request's `Host`.
    pub public_ws_url: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            body_bytes_max: 1024 * 1024,
            text_bytes_max: 16 * 1024,
            wait: Duration::from_secs(30),
            wait_max: Duration::from_secs(120),
            send_timeout: Duration::from_secs(10),
            cors_origins: Vec::new(),
            admin: false,
            public_ws_url: None,
        }
    }
}

/// What the routes work with.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The conversations.
    pub runtime: Runtime,
    /// The flows.
    pub catalog: Arc<Catalog>,
    /// The tools.
    pub tools: Arc<Registry>,
    /// Host events.
    pub bus: Bus,
    /// Lists and probes.
    pub store: Store,
    /// Limits and rights.
    pub options: Options,
    /// When the host started.
    pub started_at: Timestamp,
    /// Clients that are connected, on all ports.
    pub sockets: Sockets,
    /// What understands texts, for its figures.
    pub classifier: Classifier,
    /// The plugins.
    pub plugins: reload::Handle,
    /// For stateless turns; none where hosts that share a store share no keys.
    pub tokens: Option<Tokens>,
    /// Changes the flows.
    pub flows: reload::Flows,
}

/// How many WebSockets are open.
#[derive(Debug, Clone, Default)]
pub struct Sockets(Arc<AtomicUsize>);

impl Sockets {
    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Counts one more until what it gives is dropped.
    fn open(&self) -> OpenSocket {
        self.0.fetch_add(1, Ordering::Relaxed);
        OpenSocket(self.clone())
    }
}

/// One that is open.
struct OpenSocket(Sockets);

impl Drop for OpenSocket {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The state of every handler.
type Shared = Arc<Parts>;

#[derive(OpenApi)]
#[openapi(
    info(title = "Cicerone", description = "Conversations as finite state machines, with tools."),
    tags(
        (name = "sessions", description = "Conversations: begin, speak, listen, end."),
        (name = "flows", description = "What can be talked about."),
        (name = "tools", description = "What can be done."),
        (name = "host", description = "Health and host events."),
    )
)]
struct Document;

/// All routes.
pub fn router(parts: Parts) -> Router {
    let cors = cors(&parts.options);
    let shared = Arc::new(parts);
    let (router, document) = described().split_for_parts();
    let document: &'static str = Box::leak(write_document(&document).into_boxed_str());
    let json = [("content-type", "application/json")];
    #[cfg(feature = "mcp")]
    let router = router.route("/mcp", any(mcp::serve).with_state(mcp::Mcp::new(&shared)));
    router
        .route("/openapi.json", get(move || async move { (json, document) }))
        .route("/ws", get(ws::connect))
        .route("/", get(ws::connect_or_greet))
        .fallback(no_route)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), origin::guard))
        .layer(cors)
        .with_state(shared)
}

/// The OpenAPI document of the routes, as pretty JSON.
#[must_use]
pub fn openapi() -> String {
    write_document(described().get_openapi())
}

fn described() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(session_routes())
        .merge(flow_routes())
        .merge(version_routes())
        .routes(routes!(tools::list))
        .routes(routes!(tools::call))
        .routes(routes!(tools::call_bare))
        .routes(routes!(plugins::list))
        .routes(routes!(plugins::reload))
        .merge(host_routes())
}

fn session_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(sessions::create, sessions::list))
        .routes(routes!(sessions::show, sessions::delete))
        .routes(routes!(sessions::demo))
        .routes(routes!(input::input))
        .routes(routes!(input::event, log::events))
        .routes(routes!(sse::stream))
        .routes(routes!(replay::replay))
}

fn flow_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(flows::list, edit::create))
        .routes(routes!(flows::show, edit::put, retire::retire))
        .routes(routes!(edit::show, edit::drop_draft))
        .routes(routes!(edit::validate))
        .routes(routes!(step::step))
        .routes(routes!(graph::graph))
        .routes(routes!(usage::info))
        .routes(routes!(categories::list, categories::create))
}

fn version_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(publish::publish))
        .routes(routes!(publish::rollback))
        .routes(routes!(rollout::share))
        .routes(routes!(rollout::promote))
        .routes(routes!(publish::versions))
        .routes(routes!(difference::show))
        .routes(routes!(impact::show, impact::of_text))
        .routes(routes!(usage::show))
}

fn host_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(host_events::stream))
        .routes(routes!(metrics::show))
        .routes(routes!(health::health))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
}

fn write_document(document: &utoipa::openapi::OpenApi) -> String {
    document.to_pretty_json().unwrap_or_default()
}

/// Deny first: without listed origins no answer carries a CORS header.
fn cors(options: &Options) -> CorsLayer {
    let origins: Vec<HeaderValue> =
        options.cors_origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    if origins.is_empty() {
        return CorsLayer::new();
    }
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([
            axum::http::header::CONTENT_TYPE,
            axum::http::header::IF_MATCH,
            axum::http::HeaderName::from_static("idempotency-key"),
            axum::http::HeaderName::from_static("last-event-id"),
        ])
        .expose_headers([axum::http::header::ETAG])
}

async fn no_route(method: Method, uri: axum::http::Uri) -> impl IntoResponse {
    let message = format!("no route `{method} {}`; see /openapi.json", uri.path());
    Problem::new(404, "route.unknown", message)
}

async fn wrong_method(method: Method, uri: axum::http::Uri) -> impl IntoResponse {
    let message = format!("`{}` does not take {method}; see /openapi.json", uri.path());
    Problem::new(405, "method.wrong", message)
}

/// Refuses what only the operator may see while nobody can prove to be the operator.
fn admin_only(parts: &Parts) -> Result<(), Problem> {
    if parts.options.admin {
        return Ok(());
    }
    let message = "this route shows or changes more than one session; it answers only while the \
                   host listens on loopback, such as `--listen 127.0.0.1:3000`";
    Err(Problem::new(403, "admin.denied", message))
}
