/*
 * What the SDK promises, natively: JSON both ways, answers, and each part of the host. `cargo xtask sdk` runs it.
 */
#include <cicerone_test.h>

static const cicerone_error *one_more(const cicerone_json *before, void *with, cicerone_json **after) {
    if (cicerone_integer_of(before) == *(int64_t *)with) {
        return cicerone_error_of(CICERONE_CONFLICT, "full", "the house is full");
    }
    *after = cicerone_integer(cicerone_integer_of(before) + 1);
    return NULL;
}

/* One tool that does what its argument `do` says. */
static cicerone_reply *run(const cicerone_context *ctx, const cicerone_json *args) {
    const char *what = cicerone_get_string(args, "do");
    const cicerone_error *error = NULL;
    if (strcmp(what, "greet") == 0) {
        int64_t met = 0;
        error = cicerone_kv_increment(cicerone_for_at_most(cicerone_kv_plugin(), 1000), "met", 1, &met);
        if (error) return cicerone_failed(error);
        cicerone_log(CICERONE_INFO, "Met somebody.", "call", ctx->call_id);
        return cicerone_say(cicerone_ok(cicerone_integer(met)), "Hello!");
    }
    if (strcmp(what, "sit") == 0) {
        int64_t seats = 2;
        cicerone_json *taken = NULL;
        error = cicerone_kv_update(cicerone_kv_session(), "seats", one_more, &seats, &taken);
        return error ? cicerone_failed(error) : cicerone_patch(cicerone_ok(taken), "/seat", cicerone_integer(1));
    }
    if (strcmp(what, "ask") == 0) {
        const char *key = "";
        cicerone_response response;
        error = cicerone_secret("key", &key);
        if (error) return cicerone_failed(error);
        cicerone_header headers[] = { { "authorization", key }, { 0 } };
        cicerone_request request = { .url = "https://api.example.com/", .headers = headers };
        error = cicerone_http_send(&request, &response);
        if (error) return cicerone_failed(error);
        return cicerone_ok(cicerone_parse((const char *)response.body.data, response.body.length, NULL));
    }
    if (strcmp(what, "look") == 0) {
        const cicerone_json *item = NULL;
        error = cicerone_session_get("/cart/1/name", &item);
        return error ? cicerone_failed(error) : cicerone_ok(cicerone_string(cicerone_text(item)));
    }
    cicerone_progress(50, "Half way.");
    error = cicerone_publish("seen", args);
    return cicerone_fail(CICERONE_RATE_LIMITED, "slow", "come back in %d s", error ? 0 : 5);
}

/* Its context says what is understood. */
static cicerone_commands *understand(const cicerone_text_request *request) {
    const char *what = cicerone_get_string(request->context, "what");
    if (strcmp(what, "cancel") == 0) return cicerone_cancel();
    if (strcmp(what, "none") == 0) return cicerone_none(0.25);
    if (strcmp(what, "fail") == 0) return cicerone_no_commands("the list of %s is empty", "words");
    if (!request->intent_count) return NULL;
    cicerone_commands *commands = cicerone_intent(request->intents[0].name, 0.9);
    cicerone_filled corrected = { .name = "day", .value = cicerone_string("next Friday"), .start = 4, .end = 15, .confidence = 0.5 };
    return cicerone_correct_slot(cicerone_set(commands, request->intents[0].slots[0].name, cicerone_integer(4)), corrected);
}

CICERONE_CLASSIFY(understand);

CICERONE_PLUGIN(.name = "testing", .version = "1.0.0", .description = "Does what it is told.",
                .tools = { { .name = "run", .run = run, .description = "Does something." } });

static void check_json(const char *from, const char *to) {
    const char *why = NULL;
    const cicerone_json *value = cicerone_parse(from, strlen(from), &why);
    CICERONE_SAME(value ? cicerone_write(value) : why, to);
}

static void json_goes_both_ways(void) {
    cicerone_test_host();
    check_json(" {\"a\" : [1, -0.5, 1e3, true, null, \"\"], \"b\":{}} ", "{\"a\":[1,-0.5,1000,true,null,\"\"],\"b\":{}}");
    check_json("\"\\u00e9\\ud83d\\ude00\\n\\u0000\\ud800x\"", "\"é😀\\u000a\\u0000\xEF\xBF\xBDx\"");
    check_json("9223372036854775807", "9223372036854775807");
    check_json("0.1", "0.1");
    check_json("1e999", "a number that is too large at byte 5");
    check_json("[1,]", "no JSON value at byte 3");
    check_json("{\"a\":1,}", "no key at byte 7");
    check_json("[1] 2", "more than one value at byte 4");
    check_json("01", "more than one value at byte 1");
    check_json("\"\n\"", "a text that does not end at byte 1");
    check_json("", "nothing at byte 0");
    char deep[400];
    memset(deep, '[', sizeof deep - 1);
    deep[sizeof deep - 1] = 0;
    check_json(deep, "too deep a nesting at byte 128");
    cicerone_json *object = cicerone_object();
    cicerone_put_integer(object, "a", 1);
    cicerone_put_bool(object, "b", true);
    cicerone_put_string(object, "a", "two\xFF");
    CICERONE_SAME(cicerone_write(object), "{\"a\":\"two\xEF\xBF\xBD\",\"b\":true}");
    CICERONE_SAME(cicerone_get_string(cicerone_get(object, "none"), "deeper"), "");
}

static void state_is_kept_and_passes(void) {
    cicerone_test_host();
    CICERONE_SAME(cicerone_test_call("run", "{\"do\":\"greet\"}").value, "1");
    CICERONE_SAME(cicerone_test_call("run", "{\"do\":\"greet\"}").value, "2");
    cicerone_test_pass(1000);
    cicerone_answered answer = cicerone_test_call("run", "{\"do\":\"greet\"}");
    CICERONE_SAME(answer.value, "1");
    CICERONE_SAME(answer.say, "[\"Hello!\"]");
    cicerone_test_fail("kv.unavailable");
    CICERONE_CHECK(cicerone_is(cicerone_test_call("run", "{\"do\":\"greet\"}").error, "kv.unavailable"));
}

static void an_update_is_one_step_and_can_refuse(void) {
    cicerone_test_host();
    cicerone_test_call("run", "{\"do\":\"sit\"}");
    cicerone_answered second = cicerone_test_call("run", "{\"do\":\"sit\"}");
    CICERONE_SAME(second.value, "2");
    CICERONE_SAME(second.patch, "{\"/seat\":1}");
    CICERONE_CHECK(cicerone_is(cicerone_test_call("run", "{\"do\":\"sit\"}").error, "full"));
}

static void requests_are_answered_by_the_test(void) {
    cicerone_test_host();
    CICERONE_CHECK(cicerone_is(cicerone_test_call("run", "{\"do\":\"ask\"}").error, "secrets.missing"));
    cicerone_test_secret("key", "s3cret");
    CICERONE_CHECK(cicerone_is(cicerone_test_call("run", "{\"do\":\"ask\"}").error, "http.denied"));
    cicerone_test_http(200, "{\"ok\":true}");
    CICERONE_SAME(cicerone_test_call("run", "{\"do\":\"ask\"}").value, "{\"ok\":true}");
    CICERONE_CHECK(strstr(cicerone_test_done(), "\"authorization\":\"{secret:key}\"") != NULL);
    CICERONE_CHECK(strstr(cicerone_test_done(), "s3cret") == NULL);
}

static void the_context_is_read_by_pointer(void) {
    cicerone_test_host();
    cicerone_test_session("{\"cart\":[{},{\"name\":\"tea\"}]}");
    CICERONE_SAME(cicerone_test_call("run", "{\"do\":\"look\"}").value, "\"tea\"");
}

static void what_goes_wrong_is_an_error_of_its_kind(void) {
    cicerone_test_host();
    cicerone_answered answer = cicerone_test_call("run", "{\"do\":\"else\"}");
    CICERONE_CHECK(answer.error->kind == CICERONE_RATE_LIMITED && answer.error->retryable);
    CICERONE_SAME(answer.error->message, "come back in 5 s");
    CICERONE_CHECK(strstr(cicerone_test_done(), "{\"did\":\"progress\",\"percent\":50,\"message\":\"Half way.\"}") != NULL);
    CICERONE_CHECK(strstr(cicerone_test_done(), "{\"did\":\"event\",\"topic\":\"seen\",\"payload\":{\"do\":\"else\"}}") != NULL);
    CICERONE_CHECK(cicerone_test_call("other", "{}").error->kind == CICERONE_NOT_FOUND);
    CICERONE_CHECK(cicerone_test_call("run", "{").error->kind == CICERONE_INVALID_INPUT);
}

static void a_text_is_understood_as_commands(void) {
    cicerone_test_host();
    cicerone_text_slot slots[] = { { .name = "size", .kind = "integer" } };
    cicerone_text_intent intents[] = { { .name = "BOOK", .slots = slots, .slot_count = 1 } };
    cicerone_text_request request = { .text = "on  next Friday", .intents = intents, .intent_count = 1 };
    CICERONE_SAME(cicerone_test_classify(&request).commands,
                  "[{\"intent\":\"BOOK\",\"confidence\":0.9},{\"setSlot\":\"size\",\"value\":4},"
                  "{\"correctSlot\":\"day\",\"value\":\"next Friday\",\"span\":[4,15],\"confidence\":0.5}]");
    request.context = cicerone_parse("{\"what\":\"cancel\"}", 17, NULL);
    CICERONE_SAME(cicerone_test_classify(&request).commands, "[{\"cancel\":true}]");
    request.context = cicerone_parse("{\"what\":\"none\"}", 15, NULL);
    CICERONE_SAME(cicerone_test_classify(&request).commands, "[{\"none\":true,\"confidence\":0.25}]");
    request.context = cicerone_parse("{\"what\":\"fail\"}", 15, NULL);
    CICERONE_SAME(cicerone_test_classify(&request).error, "the list of words is empty");
    CICERONE_CHECK(!cicerone_test_classify(&request).commands);
    CICERONE_SAME(cicerone_test_classify(&(cicerone_text_request){ 0 }).error, "the plugin gave no answer");
}

int main(void) {
    json_goes_both_ways();
    state_is_kept_and_passes();
    an_update_is_one_step_and_can_refuse();
    requests_are_answered_by_the_test();
    the_context_is_read_by_pointer();
    what_goes_wrong_is_an_error_of_its_kind();
    a_text_is_understood_as_commands();
    puts("all of it holds");
    return 0;
}
