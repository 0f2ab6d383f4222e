//! A plugin in C whose sandbox is used again: what the host handed over in one call is the SDK's to let go, and `malloc` has
//! nothing of it in the next.

use std::fs;

use cicerone::plugin::Request;
use serde_json::json;
use tokio::time::Instant;

use super::{emptied, run_in};
use crate::guest::{LONG, NOW, Place};

/// It takes memory of many sizes, writes all over it, and then looks at what it was called with.
const TOOL: &str = r#"
#include <cicerone.h>
#include <stdlib.h>
#include <string.h>

static cicerone_reply *look(const cicerone_context *ctx, const cicerone_json *args) {
    (void)ctx;
    char *all[64];
    for (size_t i = 0; i < 64; i++) {
        size_t size = (size_t)16 << (i % 12);
        all[i] = malloc(size);
        if (!all[i]) return cicerone_fail(CICERONE_INTERNAL, "memory", "there is no memory");
        memset(all[i], 'x', size);
    }
    cicerone_json *seen = cicerone_string(cicerone_get_string(args, "note"));
    for (size_t i = 0; i < 64; i++) free(all[i]);
    return cicerone_ok(seen);
}

CICERONE_PLUGIN(.name = "testing", .version = "0.1.0", .description = "Looks.",
                .tools = { { .name = "do", .run = look, .description = "Looks.",
                             .input_schema = CICERONE_JSON({ "type": "object" }) } });
"#;

#[tokio::test]
async fn a_sandbox_in_c_that_is_used_again_has_its_arguments_to_itself() {
    if std::env::var_os("CICERONE_PREBUILT").is_some_and(|value| !value.is_empty()) {
        eprintln!("NOT TESTED: CICERONE_PREBUILT is set, no plugin in C is built");
        return;
    }
    let folder = emptied("c-reused");
    let ran = run_in(&folder, &["plugin", "new", "testing", "--lang", "c"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    fs::write(folder.join("testing/src/tools.c"), TOOL).unwrap();
    let ran = run_in(&folder, &["plugin", "build", "testing"]);
    let absent = ["could not find `python3`", "could not run `python -m pip"];
    if absent.iter().any(|said| ran.err.contains(said)) {
        eprintln!("NOT TESTED: no compiler for C here: {}", ran.err);
        return;
    }
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let component = fs::read(folder.join("testing/target/testing.wasm")).unwrap();
    let place = Place::new();
    let warm = place.load(&component, "[instance]\nmode = \"warm\"\n", "").await.unwrap();
    for times in 1..20 {
        let note = format!("{times}-").repeat(100 * times);
        let call = crate::tool::call("testing/do", json!({ "note": note }));
        let deadline = Instant::now() + LONG;
        let request = Request { call: &call, tool: "do", attempt: 1, now: NOW, deadline };
        let (outcome, report) = warm.call(request).await;
        let answer = outcome.unwrap_or_else(|failed| panic!("{times}: {failed:?} {report:?}"));
        assert!(answer.value == note, "{times}: {}", answer.value);
    }
}
