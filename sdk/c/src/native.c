/*
 * A host in memory, so that tools run in plain programs. It grants everything and keeps what it is told until it is made
 * new; it is in no component.
 */
#ifndef __wasm__
#include "cicerone_test.h"
#include "inside.h"

typedef struct held {
    struct held *next;
    bool is_plugin;
    const char *key;
    cicerone_bytes value;
    uint64_t until_ms; /* 0 for never */
} held;

static struct {
    uint64_t now_ms;
    bool is_cancelled;
    uint64_t random_given;
    const char *failing;
    cicerone_json *config, *secrets, *answers, *done;
    const cicerone_json *session, *next_answer;
    held *kv;
} host;

void cicerone_test_host(void) {
    cicerone_release();
    memset(&host, 0, sizeof host);
}

static cicerone_json *made(cicerone_json **place, cicerone_json *(*make)(void)) {
    if (!*place) *place = make();
    return *place;
}

void cicerone_test_config(const char *key, const char *value) {
    cicerone_put_string(made(&host.config, cicerone_object), key, value);
}

void cicerone_test_secret(const char *name, const char *value) {
    cicerone_put_string(made(&host.secrets, cicerone_object), name, value);
}

void cicerone_test_session(const char *context_as_json) {
    const char *why = NULL;
    host.session = cicerone_parse(context_as_json, strlen(context_as_json), &why);
    if (why) cicerone_test_same(__FILE__, __LINE__, why, "JSON");
}

void cicerone_test_now(uint64_t now_ms) {
    host.now_ms = now_ms;
}

void cicerone_test_pass(uint64_t ms) {
    host.now_ms += ms;
}

void cicerone_test_cancel(void) {
    host.is_cancelled = true;
}

void cicerone_test_fail(const char *code) {
    host.failing = code ? cicerone_copy(code, strlen(code)) : NULL;
}

void cicerone_test_http(uint16_t status, const char *body) {
    cicerone_json *answer = cicerone_object();
    cicerone_put_integer(answer, "status", status);
    cicerone_put_string(answer, "body", body);
    cicerone_push(made(&host.answers, cicerone_array), answer);
    if (!host.next_answer) host.next_answer = answer;
}

const char *cicerone_test_done(void) {
    return cicerone_write(made(&host.done, cicerone_array));
}

cicerone_answered cicerone_test_call_as(const cicerone_context *context, const char *tool, const char *args) {
    const cicerone_reply *reply = cicerone_answer(context, tool, args, strlen(args));
    return (cicerone_answered){
        .value = reply->error ? NULL : cicerone_write(reply->value),
        .error = reply->error,
        .say = cicerone_write(reply->say),
        .patch = cicerone_write(reply->patch),
    };
}

cicerone_answered cicerone_test_call(const char *tool, const char *args) {
    cicerone_context context = {
        .call_id = "call-1", .attempt = 1, .deadline_ms = UINT64_MAX, .session_id = "session", .flow = "flow", .state = "State",
    };
    return cicerone_test_call_as(&context, tool, args);
}

cicerone_understood cicerone_test_understood(const cicerone_commands *commands) {
    if (!commands) return (cicerone_understood){ .error = "the plugin gave no answer" };
    return (cicerone_understood){ commands->error ? NULL : cicerone_write(commands->list), commands->error };
}

/* The error that a part fails with now, if it does. */
static const cicerone_error *failure(const char *part) {
    size_t length = strlen(part);
    bool is_meant = host.failing && strncmp(host.failing, part, length) == 0 && host.failing[length] == '.';
    return is_meant ? cicerone_refused(host.failing, 0, "the test wants it so") : NULL;
}

static cicerone_json *noted(const char *what) {
    cicerone_json *note = cicerone_object();
    cicerone_put_string(note, "did", what);
    cicerone_push(made(&host.done, cicerone_array), note);
    return note;
}

void cicerone_host_log(cicerone_level level, const char *message, const cicerone_field *fields, size_t count) {
    static const char *const words[] = { "trace", "debug", "info", "warn", "error" };
    cicerone_json *note = noted("log"), *told = cicerone_object();
    for (size_t i = 0; i < count; i++) cicerone_put_string(told, fields[i].key, fields[i].value);
    cicerone_put_string(note, "level", words[level]);
    cicerone_put_string(note, "message", message);
    cicerone_put(note, "fields", told);
}

uint64_t cicerone_now_ms(void) {
    return host.now_ms;
}

uint64_t cicerone_remaining_ms(void) {
    return 60000;
}

bool cicerone_is_cancelled(void) {
    return host.is_cancelled;
}

void cicerone_random(void *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        /* The high byte of a multiplicative hash: spread, and the same in every run. */
        ((uint8_t *)bytes)[i] = (uint8_t)((++host.random_given * 0x9E3779B97F4A7C15u) >> 56);
    }
}

const char *cicerone_config(const char *key) {
    return cicerone_has(host.config, key) ? cicerone_get_string(host.config, key) : NULL;
}

const cicerone_error *cicerone_host_session(const char *pointer, cicerone_bytes *text) {
    const cicerone_error *error = failure("session");
    const cicerone_json *at = host.session;
    if (error) return error;
    if (*pointer && *pointer != '/') return cicerone_refused("session.bad-pointer", 0, pointer);
    while (*pointer && at) {
        size_t length = strcspn(++pointer, "/");
        const char *key = cicerone_copy(pointer, length);
        bool is_list = cicerone_kind_of(at) == CICERONE_ARRAY;
        at = is_list ? cicerone_at(at, (size_t)strtoul(key, NULL, 10)) : cicerone_get(at, key);
        pointer += length;
    }
    if (at) *text = cicerone_bytes_of(cicerone_write(at));
    return NULL;
}

static held *find(cicerone_space space, const char *key) {
    for (held *one = host.kv; one; one = one->next) {
        if (one->is_plugin == space.is_plugin && strcmp(one->key, key) == 0) return one;
    }
    return NULL;
}

const cicerone_error *cicerone_host_kv_get(cicerone_space space, const char *key, cicerone_bytes *value) {
    held *one = find(space, key);
    if (one && one->value.data && (!one->until_ms || host.now_ms < one->until_ms)) *value = one->value;
    return failure("kv");
}

const cicerone_error *cicerone_host_kv_set(cicerone_space space, const char *key, cicerone_bytes value) {
    const cicerone_error *error = failure("kv");
    held *one = find(space, key);
    if (error) return error;
    if (!one) {
        one = cicerone_alloc(sizeof *one);
        *one = (held){ .next = host.kv, .is_plugin = space.is_plugin, .key = cicerone_copy(key, strlen(key)) };
        host.kv = one;
    }
    one->value = (cicerone_bytes){ (const uint8_t *)cicerone_copy((const char *)value.data, value.length), value.length };
    one->until_ms = space.ttl_ms ? host.now_ms + space.ttl_ms : 0;
    return NULL;
}

const cicerone_error *cicerone_kv_delete(cicerone_space space, const char *key, bool *was_there) {
    cicerone_bytes before = { 0 };
    const cicerone_error *error = cicerone_host_kv_get(space, key, &before);
    *was_there = before.data != NULL;
    if (!error && *was_there) find(space, key)->value.data = NULL;
    return error;
}

const cicerone_error *cicerone_kv_increment(cicerone_space space, const char *key, int64_t by, int64_t *sum) {
    const cicerone_json *before = NULL;
    const cicerone_error *error = cicerone_kv_get(space, key, &before);
    if (!error && before && cicerone_kind_of(before) != CICERONE_INTEGER) {
        return cicerone_refused("kv.unavailable", 0, cicerone_format("`%s` holds no counter", key));
    }
    *sum = cicerone_integer_of(before) + by;
    return error ? error : cicerone_kv_set(space, key, cicerone_integer(*sum));
}

const cicerone_error *cicerone_kv_compare_and_set(cicerone_space space, const char *key, cicerone_bytes expected,
                                                  cicerone_bytes value, bool *was_set) {
    cicerone_bytes now = { 0 };
    const cicerone_error *error = cicerone_host_kv_get(space, key, &now);
    bool both = now.data && expected.data && now.length == expected.length;
    *was_set = !error && (both ? memcmp(now.data, expected.data, now.length) == 0 : !now.data && !expected.data);
    return *was_set ? cicerone_host_kv_set(space, key, value) : error;
}

const cicerone_error *cicerone_host_http(const cicerone_request *request, cicerone_response *response) {
    const cicerone_error *error = failure("http");
    cicerone_json *note = noted("request"), *headers = cicerone_object();
    for (const cicerone_header *header = request->headers; header && header->name; header++) {
        cicerone_put_string(headers, header->name, header->value);
    }
    cicerone_put_string(note, "method", request->method ? request->method : "GET");
    cicerone_put_string(note, "url", request->url);
    cicerone_put(note, "headers", headers);
    if (request->body.data) {
        cicerone_put_string(note, "body", cicerone_copy((const char *)request->body.data, request->body.length));
    }
    if (error) return error;
    if (!host.next_answer) return cicerone_refused("http.denied", 0, "the test has no answer to it");
    response->status = (uint16_t)cicerone_get_integer(host.next_answer, "status");
    response->body = cicerone_text_bytes(cicerone_get(host.next_answer, "body"));
    host.next_answer = cicerone_next(host.next_answer);
    return NULL;
}

const cicerone_error *cicerone_secret(const char *name, const char **placeholder) {
    if (!cicerone_has(host.secrets, name)) return cicerone_refused("secrets.missing", 0, name);
    *placeholder = cicerone_format("{secret:%s}", name);
    return failure("secrets");
}

const cicerone_error *cicerone_reveal(const char *name, const char **value) {
    if (!cicerone_has(host.secrets, name)) return cicerone_refused("secrets.missing", 0, name);
    *value = cicerone_get_string(host.secrets, name);
    return failure("secrets");
}

void cicerone_progress(int percent, const char *message) {
    cicerone_json *note = noted("progress");
    if (percent >= 0) cicerone_put_integer(note, "percent", percent);
    cicerone_put_string(note, "message", message);
}

const cicerone_error *cicerone_host_publish(const char *topic, const char *payload) {
    const cicerone_error *error = failure("events");
    if (error) return error;
    cicerone_json *note = noted("event");
    cicerone_put_string(note, "topic", topic);
    cicerone_put(note, "payload", cicerone_parse(payload, strlen(payload), NULL));
    return NULL;
}
#endif
