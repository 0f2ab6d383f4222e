/*
 * From a call's arguments to its answer: finds the tool, runs it, and holds what it says. It knows no sandbox.
 */
#include "inside.h"

#include <string.h>

static cicerone_reply *reply_with(cicerone_json *value, const cicerone_error *error) {
    cicerone_reply *reply = cicerone_alloc(sizeof *reply);
    reply->value = value;
    reply->error = error;
    reply->say = cicerone_array();
    reply->patch = cicerone_object();
    return reply;
}

cicerone_reply *cicerone_ok(cicerone_json *value) {
    return reply_with(value ? value : cicerone_null(), NULL);
}

cicerone_reply *cicerone_failed(const cicerone_error *error) {
    return reply_with(NULL, error);
}

cicerone_error *cicerone_error_of(cicerone_error_kind kind, const char *code, const char *message) {
    cicerone_error *error = cicerone_alloc(sizeof *error);
    error->kind = kind;
    error->code = code;
    error->message = message;
    error->retryable = kind == CICERONE_RATE_LIMITED || kind == CICERONE_UNAVAILABLE;
    return error;
}

cicerone_reply *cicerone_fail(cicerone_error_kind kind, const char *code, const char *format, ...) {
    va_list list;
    va_start(list, format);
    const char *message = cicerone_format_list(format, list);
    va_end(list);
    return cicerone_failed(cicerone_error_of(kind, code, message));
}

bool cicerone_is(const cicerone_error *error, const char *code) {
    return error && error->code && strcmp(error->code, code) == 0;
}

cicerone_reply *cicerone_say(cicerone_reply *reply, const char *text) {
    cicerone_push(reply->say, cicerone_string(text));
    return reply;
}

cicerone_reply *cicerone_patch(cicerone_reply *reply, const char *pointer, cicerone_json *value) {
    cicerone_put(reply->patch, pointer, value);
    return reply;
}

size_t cicerone_tools(void) {
    size_t count = 0;
    while (count < CICERONE_TOOLS_MAX && cicerone_this_plugin.tools[count].name) count++;
    return count;
}

cicerone_reply *cicerone_answer(const cicerone_context *ctx, const char *name, const char *args, size_t length) {
    const cicerone_tool *tool = NULL;
    for (size_t i = 0; i < cicerone_tools(); i++) {
        if (strcmp(cicerone_this_plugin.tools[i].name, name) == 0) tool = &cicerone_this_plugin.tools[i];
    }
    if (!tool) return cicerone_fail(CICERONE_NOT_FOUND, "tool.unknown", "this plugin has no tool `%s`", name);
    const char *why = NULL;
    const cicerone_json *given = cicerone_parse(args, length, &why);
    if (!given) return cicerone_fail(CICERONE_INVALID_INPUT, "args.invalid", "the arguments are no JSON: %s", why);
    cicerone_reply *reply = tool->run(ctx, given);
    return reply ? reply : cicerone_fail(CICERONE_INTERNAL, NULL, "tool `%s` gave no answer", name);
}

/* One table for all parts of the host: what its refusals mean to a flow. */
const cicerone_error *cicerone_refused(const char *code, uint64_t limit, const char *why) {
    static const struct {
        const char *code;
        cicerone_error_kind kind;
        const char *message; /* with the limit, or the host's words */
    } meanings[] = {
        { "kv.not-granted", CICERONE_FORBIDDEN, "this scope of `kv` is not granted; ask for it in [capabilities]" },
        { "kv.too-large", CICERONE_INTERNAL, "the value is larger than %llu bytes" },
        { "kv.quota", CICERONE_INTERNAL, "the plugin's state would pass its quota of %llu" },
        { "kv.unavailable", CICERONE_UNAVAILABLE, "the state cannot be reached: %s" },
        { "kv.wrong-type", CICERONE_INTERNAL, "the state holds another type: %s" },
        { "session.not-granted", CICERONE_FORBIDDEN, "this path of the context is not granted; ask for it in [capabilities]" },
        { "session.bad-pointer", CICERONE_INTERNAL, "no JSON pointer: %s" },
        { "http.denied", CICERONE_FORBIDDEN, "the request is not granted: %s" },
        { "http.invalid-request", CICERONE_INTERNAL, "the request makes no sense: %s" },
        { "http.timeout", CICERONE_UNAVAILABLE, "the server did not answer in time: %s" },
        { "http.dns", CICERONE_UNAVAILABLE, "the server's name is not found: %s" },
        { "http.connect", CICERONE_UNAVAILABLE, "the server cannot be reached: %s" },
        { "http.tls", CICERONE_UNAVAILABLE, "the server cannot be trusted: %s" },
        { "http.too-large", CICERONE_INTERNAL, "the request or response is too large: %s" },
        { "http.quota", CICERONE_RATE_LIMITED, "too many requests: %s" },
        { "http.protocol", CICERONE_UNAVAILABLE, "the server's answer makes no sense: %s" },
        { "secrets.not-granted", CICERONE_FORBIDDEN, "secret `%s` is not granted; ask for it in [capabilities]" },
        { "secrets.missing", CICERONE_UNAUTHENTICATED, "secret `%s` has no value; the operator sets it" },
        { "events.not-granted", CICERONE_FORBIDDEN, "this topic is not granted; ask for it in [capabilities]" },
        { "events.too-large", CICERONE_INTERNAL, "the event is larger than %llu bytes" },
        { "events.quota", CICERONE_RATE_LIMITED, "more than %llu events in one call" },
    };
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        if (strcmp(meanings[i].code, code) != 0) continue;
        const char *message = meanings[i].message;
        const char *place = strchr(message, '%');
        if (place && place[1] == 's') message = cicerone_format("%.*s%s%s", (int)(place - message), message, why, place + 2);
        else if (place) message = cicerone_format("%.*s%llu%s", (int)(place - message), message, (unsigned long long)limit, place + 4);
        return cicerone_error_of(meanings[i].kind, meanings[i].code, message);
    }
    return cicerone_error_of(CICERONE_INTERNAL, code, why ? why : code);
}
