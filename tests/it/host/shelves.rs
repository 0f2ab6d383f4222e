//! Finding flows: the categories that they are in or could be, and those that are worked on or retired.

use reqwest::Method;
use serde_json::{Value, json};

use super::Host;
use super::versions::{asking, host};

async fn listed(host: &Host, status: &str) -> Vec<Value> {
    let found = host.get(&format!("/api/flows?status={status}")).await.ok();
    found["flows"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_category_can_be_named_before_a_flow_is_in_it_and_stays() {
    let (host, place) = host();
    let named = json!({ "name": " billing ", "description": "Bills and refunds" });
    let made = host.post("/api/flow-categories", named.clone()).await;
    let billing = json!({ "name": "billing", "description": "Bills and refunds", "flows": [] });
    assert_eq!(made.ok(), billing);
    host.post("/api/flow-categories", named).await.refused(409, "category.exists");
    let small = host.post("/api/flow-categories", json!({ "name": "small" })).await.ok();
    assert_eq!(small["flows"], json!(["hello"]), "a flow is in it already");
    for bad in ["", "  ", "two\nlines", &"x".repeat(101)] {
        let answer = host.post("/api/flow-categories", json!({ "name": bad })).await;
        answer.refused(400, "body.invalid");
    }
    drop(host);
    let host = Host::start(&place);
    let all = host.get("/api/flow-categories").await.ok();
    let of_flows = |name: &str| json!({ "name": name, "description": null, "flows": ["hello"] });
    assert_eq!(all["categories"], json!([billing, of_flows("greetings"), of_flows("small")]));
}

#[tokio::test]
async fn flows_are_found_that_are_worked_on_or_retired() {
    let (host, _place) = host();
    assert_eq!(listed(&host, "active").await.len(), 1);
    assert_eq!(listed(&host, "draft").await, [] as [Value; 0]);
    let new = json!({ "id": "new", "definition": asking("New?") });
    assert_eq!(host.post("/api/flows", new).await.status, 201);
    let changed = json!({ "definition": asking("Two?") });
    host.ask(Method::PUT, "/api/flows/hello", Some("*"), changed).await.ok();
    let drafts = listed(&host, "draft").await;
    let brief: Vec<_> = drafts
        .iter()
        .map(|flow| (&flow["id"], &flow["name"], flow["version"].is_null(), &flow["status"]))
        .collect();
    let (name, draft) = (json!("Hello"), json!("draft"));
    let (hello, new) = (json!("hello"), json!("new"));
    assert_eq!(brief, [(&hello, &name, false, &draft), (&new, &name, true, &draft)]);
    let few = host.get("/api/flows?status=draft&search=new").await.ok();
    assert_eq!(few["flows"].as_array().unwrap().len(), 1);
    host.ask(Method::DELETE, "/api/flows/hello", None, json!({})).await.ok();
    assert_eq!(listed(&host, "active").await, [] as [Value; 0]);
    let retired = listed(&host, "retired").await;
    assert_eq!(retired.len(), 1);
    assert_eq!(
        (&retired[0]["id"], &retired[0]["version"], &retired[0]["categories"]),
        (&hello, &Value::Null, &json!(["greetings", "small"]))
    );
    host.post("/api/flows/hello/rollback", json!({ "version": "1" })).await.ok();
    assert_eq!(listed(&host, "retired").await, [] as [Value; 0]);
    host.get("/api/flows?status=odd").await.refused(400, "query.invalid");
}
