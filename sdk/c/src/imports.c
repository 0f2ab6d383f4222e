/*
 * The sandbox's imports in the SDK's own types. It is in components only, and decides nothing. The linker drops what a
 * tool does not use, and with it the import.
 */
#ifdef __wasm__
#include "../bindings/wit.h"
#include "inside.h"

#include <string.h>

static wit_string_t out(const char *text) {
    size_t length = text ? strlen(text) : 0;
    const char *good = cicerone_utf8(text ? text : "", &length);
    return (wit_string_t){ (uint8_t *)good, length };
}

static const char *in(wit_string_t text) {
    return text.len ? (const char *)text.ptr : "";
}

static wit_list_u8_t out_bytes(cicerone_bytes bytes) {
    return (wit_list_u8_t){ (uint8_t *)bytes.data, bytes.length };
}

static cicerone_bytes in_bytes(wit_list_u8_t bytes) {
    return (cicerone_bytes){ bytes.len ? bytes.ptr : (const uint8_t *)"", bytes.len };
}

void cicerone_host_log(cicerone_level level, const char *message, const cicerone_field *fields, size_t count) {
    wit_string_t text = out(message);
    cicerone_plugin_types_field_t *told = cicerone_alloc(count * sizeof *told + 1);
    for (size_t i = 0; i < count; i++) {
        told[i] = (cicerone_plugin_types_field_t){ out(fields[i].key), out(fields[i].value) };
    }
    cicerone_plugin_log_list_field_t list = { told, count };
    cicerone_plugin_log_emit((cicerone_plugin_log_level_t)level, &text, &list);
}

uint64_t cicerone_now_ms(void) {
    return cicerone_plugin_runtime_now_ms();
}

uint64_t cicerone_remaining_ms(void) {
    return cicerone_plugin_runtime_remaining_ms();
}

bool cicerone_is_cancelled(void) {
    return cicerone_plugin_runtime_cancelled();
}

void cicerone_random(void *bytes, size_t length) {
    enum { AT_ONCE = 1024 };
    for (size_t done = 0, part; done < length; done += part) {
        wit_list_u8_t given;
        part = length - done < AT_ONCE ? length - done : AT_ONCE;
        cicerone_plugin_runtime_random((uint32_t)part, &given);
        memcpy((uint8_t *)bytes + done, given.ptr, given.len < part ? given.len : part);
    }
}

const char *cicerone_config(const char *key) {
    wit_string_t name = out(key), value;
    return cicerone_plugin_config_get(&name, &value) ? in(value) : NULL;
}

const cicerone_error *cicerone_host_session(const char *pointer, cicerone_bytes *text) {
    wit_string_t path = out(pointer);
    wit_option_string_t value;
    cicerone_plugin_session_session_error_t error;
    if (cicerone_plugin_session_get(&path, &value, &error)) {
        if (value.is_some) *text = (cicerone_bytes){ (const uint8_t *)in(value.val), value.val.len };
        return NULL;
    }
    if (error.tag == CICERONE_PLUGIN_SESSION_SESSION_ERROR_NOT_GRANTED) return cicerone_refused("session.not-granted", 0, "");
    return cicerone_refused("session.bad-pointer", 0, in(error.val.bad_pointer));
}

static cicerone_plugin_kv_scope_t scope_of(cicerone_space space) {
    return space.is_plugin ? CICERONE_PLUGIN_KV_SCOPE_PLUGIN : CICERONE_PLUGIN_KV_SCOPE_SESSION;
}

static const cicerone_error *kv_error(cicerone_plugin_kv_kv_error_t error) {
    switch (error.tag) {
    case CICERONE_PLUGIN_KV_KV_ERROR_NOT_GRANTED: return cicerone_refused("kv.not-granted", 0, "");
    case CICERONE_PLUGIN_KV_KV_ERROR_TOO_LARGE: return cicerone_refused("kv.too-large", error.val.too_large, "");
    case CICERONE_PLUGIN_KV_KV_ERROR_QUOTA: return cicerone_refused("kv.quota", error.val.quota, "");
    default: return cicerone_refused("kv.unavailable", 0, in(error.val.unavailable));
    }
}

const cicerone_error *cicerone_host_kv_get(cicerone_space space, const char *key, cicerone_bytes *value) {
    wit_string_t name = out(key);
    wit_option_list_u8_t found;
    cicerone_plugin_kv_kv_error_t error;
    if (!cicerone_plugin_kv_get(scope_of(space), &name, &found, &error)) return kv_error(error);
    if (found.is_some) *value = in_bytes(found.val);
    return NULL;
}

const cicerone_error *cicerone_host_kv_set(cicerone_space space, const char *key, cicerone_bytes value) {
    wit_string_t name = out(key);
    wit_list_u8_t bytes = out_bytes(value);
    cicerone_plugin_kv_kv_error_t error;
    uint64_t *ttl = space.ttl_ms ? &space.ttl_ms : NULL;
    return cicerone_plugin_kv_set(scope_of(space), &name, &bytes, ttl, &error) ? NULL : kv_error(error);
}

const cicerone_error *cicerone_kv_delete(cicerone_space space, const char *key, bool *was_there) {
    wit_string_t name = out(key);
    cicerone_plugin_kv_kv_error_t error;
    return cicerone_plugin_kv_delete(scope_of(space), &name, was_there, &error) ? NULL : kv_error(error);
}

const cicerone_error *cicerone_kv_increment(cicerone_space space, const char *key, int64_t by, int64_t *sum) {
    wit_string_t name = out(key);
    cicerone_plugin_kv_kv_error_t error;
    uint64_t *ttl = space.ttl_ms ? &space.ttl_ms : NULL;
    return cicerone_plugin_kv_increment(scope_of(space), &name, by, ttl, sum, &error) ? NULL : kv_error(error);
}

const cicerone_error *cicerone_kv_compare_and_set(cicerone_space space, const char *key, cicerone_bytes expected,
                                                  cicerone_bytes value, bool *was_set) {
    wit_string_t name = out(key);
    wit_list_u8_t before = out_bytes(expected), after = out_bytes(value);
    cicerone_plugin_kv_kv_error_t error;
    uint64_t *ttl = space.ttl_ms ? &space.ttl_ms : NULL;
    bool done = cicerone_plugin_kv_compare_and_set(scope_of(space), &name, expected.data ? &before : NULL, &after, ttl,
                                                   was_set, &error);
    return done ? NULL : kv_error(error);
}

const cicerone_error *cicerone_host_http(const cicerone_request *request, cicerone_response *response) {
    static const char *const codes[] = { "http.denied",  "http.invalid-request", "http.timeout",
                                         "http.dns",     "http.connect",         "http.tls",
                                         "http.too-large", "http.quota",         "http.protocol" };
    size_t count = 0;
    while (request->headers && request->headers[count].name) count++;
    wit_tuple2_string_string_t *headers = cicerone_alloc(count * sizeof *headers + 1);
    for (size_t i = 0; i < count; i++) {
        headers[i] = (wit_tuple2_string_string_t){ out(request->headers[i].name), out(request->headers[i].value) };
    }
    cicerone_plugin_http_request_t asked = {
        .method = out(request->method ? request->method : "GET"),
        .url = out(request->url),
        .headers = { headers, count },
        .body = { request->body.data != NULL, out_bytes(request->body) },
        .timeout_ms = { request->timeout_ms != 0, request->timeout_ms },
    };
    cicerone_plugin_http_response_t told;
    cicerone_plugin_http_http_error_t error;
    if (!cicerone_plugin_http_send(&asked, &told, &error)) {
        return cicerone_refused(error.kind < sizeof codes / sizeof *codes ? codes[error.kind] : "http.protocol", 0,
                                in(error.message));
    }
    cicerone_header *got = cicerone_alloc((told.headers.len + 1) * sizeof *got);
    for (size_t i = 0; i < told.headers.len; i++) {
        got[i] = (cicerone_header){ in(told.headers.ptr[i].f0), in(told.headers.ptr[i].f1) };
    }
    *response = (cicerone_response){ told.status, got, in_bytes(told.body) };
    return NULL;
}

static const cicerone_error *secret_error(cicerone_plugin_secrets_secret_error_t error, const char *name) {
    bool is_missing = error.tag == CICERONE_PLUGIN_SECRETS_SECRET_ERROR_MISSING;
    return cicerone_refused(is_missing ? "secrets.missing" : "secrets.not-granted", 0, name);
}

const cicerone_error *cicerone_secret(const char *name, const char **placeholder) {
    wit_string_t asked = out(name), given;
    cicerone_plugin_secrets_secret_error_t error;
    if (!cicerone_plugin_secrets_placeholder(&asked, &given, &error)) return secret_error(error, name);
    *placeholder = in(given);
    return NULL;
}

const cicerone_error *cicerone_reveal(const char *name, const char **value) {
    wit_string_t asked = out(name), given;
    cicerone_plugin_secrets_secret_error_t error;
    if (!cicerone_plugin_secrets_reveal(&asked, &given, &error)) return secret_error(error, name);
    *value = in(given);
    return NULL;
}

void cicerone_progress(int percent, const char *message) {
    wit_string_t text = out(message);
    uint8_t part = percent > 100 ? 100 : (uint8_t)percent;
    cicerone_plugin_progress_update(percent < 0 ? NULL : &part, &text);
}

const cicerone_error *cicerone_host_publish(const char *topic, const char *payload) {
    wit_string_t name = out(topic), text = out(payload);
    cicerone_plugin_events_publish_error_t error;
    if (cicerone_plugin_events_publish(&name, &text, &error)) return NULL;
    switch (error.tag) {
    case CICERONE_PLUGIN_EVENTS_PUBLISH_ERROR_TOO_LARGE: return cicerone_refused("events.too-large", error.val.too_large, "");
    case CICERONE_PLUGIN_EVENTS_PUBLISH_ERROR_QUOTA: return cicerone_refused("events.quota", error.val.quota, "");
    default: return cicerone_refused("events.not-granted", 0, "");
    }
}
#endif
