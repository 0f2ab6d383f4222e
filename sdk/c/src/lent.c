/*
 * What the host lends, as tools see it: JSON instead of bytes, and steps made of smaller ones. What the host does itself
 * is behind the functions of `inside.h`.
 */
#include "inside.h"

#include <string.h>

enum { FIELDS_MAX = 32, UPDATES_MAX = 64 };

void cicerone_log_fields(cicerone_level level, const char *message, ...) {
    cicerone_field fields[FIELDS_MAX];
    size_t count = 0;
    va_list list;
    va_start(list, message);
    for (const char *key; count < FIELDS_MAX && (key = va_arg(list, const char *)); count++) {
        const char *value = va_arg(list, const char *);
        fields[count] = (cicerone_field){ key, value ? value : "" };
        if (!value) break;
    }
    va_end(list);
    cicerone_host_log(level, message, fields, count);
}

static const cicerone_error *parsed(cicerone_bytes text, const char *wrong, const cicerone_json **value) {
    const char *why = NULL;
    *value = text.data ? cicerone_parse((const char *)text.data, text.length, &why) : NULL;
    return why ? cicerone_refused(wrong, 0, why) : NULL;
}

const cicerone_error *cicerone_session_get(const char *pointer, const cicerone_json **value) {
    cicerone_bytes text = { 0 };
    *value = NULL;
    const cicerone_error *error = cicerone_host_session(pointer, &text);
    return error ? error : parsed(text, "session.bad-pointer", value);
}

const cicerone_error *cicerone_kv_get_bytes(cicerone_space space, const char *key, cicerone_bytes *value) {
    *value = (cicerone_bytes){ 0 };
    return cicerone_host_kv_get(space, key, value);
}

const cicerone_error *cicerone_kv_set_bytes(cicerone_space space, const char *key, cicerone_bytes value) {
    return cicerone_host_kv_set(space, key, value);
}

const cicerone_error *cicerone_kv_get(cicerone_space space, const char *key, const cicerone_json **value) {
    cicerone_bytes bytes;
    *value = NULL;
    const cicerone_error *error = cicerone_kv_get_bytes(space, key, &bytes);
    return error ? error : parsed(bytes, "kv.wrong-type", value);
}

const cicerone_error *cicerone_kv_set(cicerone_space space, const char *key, const cicerone_json *value) {
    return cicerone_kv_set_bytes(space, key, cicerone_bytes_of(cicerone_write(value)));
}

static bool are_same(cicerone_bytes a, cicerone_bytes b) {
    return a.data && b.data && a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
}

const cicerone_error *cicerone_kv_update(cicerone_space space, const char *key, cicerone_change change, void *with,
                                         cicerone_json **after) {
    for (int attempt = 0; attempt < UPDATES_MAX; attempt++) {
        cicerone_bytes before;
        const cicerone_json *value = NULL;
        const cicerone_error *error = cicerone_kv_get_bytes(space, key, &before);
        if (!error) error = parsed(before, "kv.wrong-type", &value);
        if (!error) error = change(value, with, after);
        if (error) return error;
        cicerone_bytes bytes = cicerone_bytes_of(cicerone_write(*after));
        bool was_set = are_same(before, bytes);
        if (!was_set) error = cicerone_kv_compare_and_set(space, key, before, bytes, &was_set);
        if (error || was_set) return error;
    }
    const char *why = cicerone_format("`%s` changed %d times during one update", key, UPDATES_MAX);
    return cicerone_refused("kv.unavailable", 0, why);
}

const cicerone_error *cicerone_http_send(const cicerone_request *request, cicerone_response *response) {
    static const cicerone_header none = { 0 };
    *response = (cicerone_response){ .headers = &none };
    return cicerone_host_http(request, response);
}

/* Names of headers are ASCII and do not tell capitals from small letters. */
static bool is_name(const char *a, const char *b) {
    for (; *a && *b; a++, b++) {
        char x = *a >= 'A' && *a <= 'Z' ? (char)(*a | 32) : *a, y = *b >= 'A' && *b <= 'Z' ? (char)(*b | 32) : *b;
        if (x != y) return false;
    }
    return *a == *b;
}

const char *cicerone_header_of(const cicerone_response *response, const char *name) {
    for (const cicerone_header *header = response->headers; header->name; header++) {
        if (is_name(header->name, name)) return header->value;
    }
    return "";
}

const cicerone_error *cicerone_publish(const char *topic, const cicerone_json *payload) {
    return cicerone_host_publish(topic, cicerone_write(payload));
}
