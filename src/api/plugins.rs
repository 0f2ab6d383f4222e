//! `/api/plugins`: which versions of plugins are called, why others are not, and loading one anew.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::{Value, json};

use super::body::Path;
use super::problem::Problem;
use super::{Shared, admin_only};
use crate::reload::{PluginReport, Rejection, Reloaded};

/// All plugins.
#[utoipa::path(get, path = "/api/plugins", tag = "tools",
    responses((status = 200, description = "name, kind, version, digest, source, signed_by, memory, capabilities, since, tools, classifies (whether it understands texts) and last_error of each"),
        (status = 403)))]
pub(super) async fn list(State(parts): State<Shared>) -> Result<Json<Value>, Problem> {
    admin_only(&parts)?;
    let offers = parts.tools.offers();
    let with_tools = |report: PluginReport| {
        let of = |name: &str| name.split_once('/').is_some_and(|(plugin, _)| plugin == report.name);
        let names = offers.iter().map(|offer| offer.name.as_str());
        let tools: Vec<&str> = names.filter(|name| of(name)).collect();
        let classifies = parts.tools.understands(&report.name);
        json!(Shown { tools, classifies, report })
    };
    let plugins: Vec<Value> = parts.plugins.plugins().into_iter().map(with_tools).collect();
    Ok(Json(json!({ "plugins": plugins })))
}

/// A plugin with the tools that it offers.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    report: PluginReport,
    tools: Vec<&'a str>,
    /// Whether it understands texts.
    classifies: bool,
}

/// Has a plugin's folder read again at once; its new version passes the same gate as when a file changes.
#[utoipa::path(post, path = "/api/plugins/{name}/reload", tag = "tools",
    responses((status = 200, description = "status: `replaced` (with version and digest), `unchanged` or `removed`"),
        (status = 403), (status = 404),
        (status = 422, description = "the version before stays in force; findings say why")))]
pub(super) async fn reload(
    State(parts): State<Shared>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Problem> {
    admin_only(&parts)?;
    let reloaded = parts.plugins.reload(&name).await;
    let unknown = || Problem::new(404, "plugin.unknown", format!("no plugin `{name}`"));
    match reloaded.ok_or_else(unknown)? {
        Reloaded::Replaced(Some(about)) => {
            let (version, digest) = (about.version, about.digest);
            Ok(Json(json!({ "status": "replaced", "version": version, "digest": digest })))
        }
        Reloaded::Replaced(None) => Ok(Json(json!({ "status": "removed" }))),
        Reloaded::Unchanged => Ok(Json(json!({ "status": "unchanged" }))),
        Reloaded::Rejected(Rejection { message, findings, .. }) => {
            Err(Problem::new(422, "plugin.rejected", message).with("findings", findings))
        }
    }
}
