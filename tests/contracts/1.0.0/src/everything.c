/* Uses every interface of contract 1.0.0 once and tells what came of each. */
#include <cicerone.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *code_of(const cicerone_error *error) {
    return error ? error->code : "ok";
}

static cicerone_reply *everything(const cicerone_context *ctx, const cicerone_json *args) {
    cicerone_json *told = cicerone_object();
    cicerone_put_string(told, "call", *ctx->call_id && ctx->attempt == 1 && ctx->deadline_ms > 0 ? "ok" : "empty");
    cicerone_put_string(told, "state", ctx->state);

    cicerone_log(CICERONE_INFO, "Everything is tried.", "state", ctx->state);

    unsigned char chance[8] = { 0 };
    cicerone_random(chance, sizeof chance);
    cicerone_put_integer(told, "now", (int64_t)cicerone_now_ms());
    cicerone_put_bool(told, "left", cicerone_remaining_ms() > 0 && !cicerone_is_cancelled());
    /* WASI, through the C library: there, and empty. */
    FILE *file = fopen("/etc/hostname", "r");
    cicerone_put_bool(told, "files", file != NULL);
    cicerone_put_bool(told, "clock", time(NULL) > 0);

    const char *unit = cicerone_config("unit");
    cicerone_put_string(told, "config", unit ? unit : "none");

    const cicerone_json *city = NULL;
    const cicerone_error *error = cicerone_session_get("/city", &city);
    cicerone_put_string(told, "session", error ? error->code : cicerone_text(city));
    cicerone_put_string(told, "sessionDenied", code_of(cicerone_session_get("/secret", &city)));

    cicerone_space plugin = cicerone_kv_plugin(), session = cicerone_kv_session();
    int64_t sum = 0;
    bool done = false;
    const cicerone_json *kept = NULL;
    cicerone_put_string(told, "kvSet", code_of(cicerone_kv_set(cicerone_for_at_most(session, 60000), "a", cicerone_integer(7))));
    cicerone_put_string(told, "kvGet", code_of(cicerone_kv_get(session, "a", &kept)));
    cicerone_put_integer(told, "kv", cicerone_integer_of(kept));
    cicerone_put_string(told, "kvAdd", code_of(cicerone_kv_increment(plugin, "n", 3, &sum)));
    cicerone_put_integer(told, "kvSum", sum);
    error = cicerone_kv_compare_and_set(plugin, "n", cicerone_bytes_of("nothing"), cicerone_bytes_of("else"), &done);
    cicerone_put_string(told, "kvSwap", error ? error->code : done ? "swapped" : "left");
    error = cicerone_kv_delete(session, "a", &done);
    cicerone_put_string(told, "kvDelete", error ? error->code : done ? "gone" : "not there");

    const char *placeholder = "", *value = "";
    cicerone_put_string(told, "secret", code_of(cicerone_secret("contract_key", &placeholder)));
    cicerone_put_string(told, "reveal", code_of(cicerone_reveal("contract_key", &value)));
    cicerone_put_integer(told, "revealed", (int64_t)strlen(value));

    cicerone_header headers[] = { { "authorization", placeholder }, { NULL, NULL } };
    cicerone_request request = { .method = "POST", .url = cicerone_get_string(args, "url"), .headers = headers,
                                 .body = cicerone_bytes_of("{\"seen\":true}"), .timeout_ms = 2000 };
    cicerone_response response = { 0 };
    error = cicerone_http_send(&request, &response);
    cicerone_put_string(told, "http", code_of(error));
    cicerone_put_integer(told, "status", response.status);

    cicerone_progress(50, "Half of everything.");
    cicerone_put_string(told, "publish", code_of(cicerone_publish("seen", told)));

    cicerone_reply *reply = cicerone_say(cicerone_ok(told), "That was everything.");
    return cicerone_patch(reply, "/seen", cicerone_bool(true));
}

static cicerone_reply *refuse(const cicerone_context *ctx, const cicerone_json *args) {
    (void)ctx;
    cicerone_error *error = cicerone_error_of(CICERONE_RATE_LIMITED, "slow.down", "too many at once");
    error->retryable = true;
    error->retry_after_ms = 1500;
    cicerone_json *details = cicerone_object();
    cicerone_put_string(details, "who", cicerone_get_string(args, "who"));
    error->details = details;
    return cicerone_failed(error);
}

CICERONE_PLUGIN(
    .name = "everything", .version = "1.0.0", .description = "Uses all of contract 1.0.0.",
    .tools = { {
        .name = "everything",
        .run = everything,
        .title = "Everything",
        .description = "Uses every interface once and tells what came of each.",
        .effects = CICERONE_OPEN_WORLD,
        .timeout_ms = 4000,
        .input_schema = CICERONE_JSON({
            "type": "object", "properties": { "url": { "type": "string" } }, "required": ["url"]
        }),
        .output_schema = CICERONE_JSON({ "type": "object", "required": ["http", "kv", "session"] }),
    }, {
        .name = "refuse",
        .run = refuse,
        .description = "Says no in every way at once.",
        .effects = CICERONE_READ_ONLY | CICERONE_IDEMPOTENT,
        .input_schema = CICERONE_JSON({ "type": "object", "properties": { "who": { "type": "string" } } }),
    } }
);
