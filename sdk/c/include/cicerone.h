/*
 * Tools for Cicerone conversations in C. A tool is a function; a plugin is a program of tools, built into one WebAssembly
 * component that the host runs in a fresh sandbox for each call.
 *
 * Whatever these functions give (JSON, texts, errors) lasts until the call ends and is freed with it: free nothing.
 * Texts are UTF-8 and end with a zero byte; one that is not UTF-8 has its bad bytes replaced before it leaves the tool.
 */
#ifndef CICERONE_H
#define CICERONE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes that may hold zeros. `data` of NULL is "not there", which is not the same as empty. */
typedef struct {
    const uint8_t *data;
    size_t length;
} cicerone_bytes;

cicerone_bytes cicerone_bytes_of(const char *text);

/* ---- JSON ---------------------------------------------------------------------------------------------------- */

/* A JSON value. NULL stands for "not there", and every reading function takes it: paths need no checks in between. */
typedef struct cicerone_json cicerone_json;

typedef enum {
    CICERONE_NULL,
    CICERONE_BOOL,
    CICERONE_INTEGER, /* a number without fraction that fits 64 bits */
    CICERONE_NUMBER,  /* any other number */
    CICERONE_STRING,
    CICERONE_ARRAY,
    CICERONE_OBJECT,
} cicerone_kind;

/* JSON as it is written, without quoting its quotes: CICERONE_JSON({ "type": "object" }). */
#define CICERONE_JSON(...) #__VA_ARGS__

/* Reads. A missing value, or one of another type, gives NULL, "", 0 or false; a count is 0. */
cicerone_kind cicerone_kind_of(const cicerone_json *value);
bool cicerone_has(const cicerone_json *object, const char *key);
const cicerone_json *cicerone_get(const cicerone_json *object, const char *key);
const char *cicerone_get_string(const cicerone_json *object, const char *key);
int64_t cicerone_get_integer(const cicerone_json *object, const char *key);
double cicerone_get_number(const cicerone_json *object, const char *key);
bool cicerone_get_bool(const cicerone_json *object, const char *key);

/* A value by itself. */
const char *cicerone_text(const cicerone_json *value);
cicerone_bytes cicerone_text_bytes(const cicerone_json *value); /* for texts that may hold zero bytes */
int64_t cicerone_integer_of(const cicerone_json *value);
double cicerone_number_of(const cicerone_json *value);
bool cicerone_bool_of(const cicerone_json *value);

/* The parts of an array or object: for (item = cicerone_first(list); item; item = cicerone_next(item)). */
size_t cicerone_count(const cicerone_json *value);
const cicerone_json *cicerone_at(const cicerone_json *array, size_t index);
const cicerone_json *cicerone_first(const cicerone_json *value);
const cicerone_json *cicerone_next(const cicerone_json *item);
const char *cicerone_key(const cicerone_json *item);

/* Makes. A value goes into one array or object only. */
cicerone_json *cicerone_null(void);
cicerone_json *cicerone_bool(bool value);
cicerone_json *cicerone_integer(int64_t value);
cicerone_json *cicerone_number(double value); /* what JSON has no number for is null */
cicerone_json *cicerone_string(const char *text);
cicerone_json *cicerone_array(void);
cicerone_json *cicerone_object(void);
void cicerone_push(cicerone_json *array, cicerone_json *value);
void cicerone_put(cicerone_json *object, const char *key, cicerone_json *value); /* in the place of an older one */
void cicerone_put_string(cicerone_json *object, const char *key, const char *text);
void cicerone_put_integer(cicerone_json *object, const char *key, int64_t value);
void cicerone_put_number(cicerone_json *object, const char *key, double value);
void cicerone_put_bool(cicerone_json *object, const char *key, bool value);

/* Text to JSON (NULL when it is none; `why` then says where and may be NULL), and back. */
cicerone_json *cicerone_parse(const char *text, size_t length, const char **why);
const char *cicerone_write(const cicerone_json *value);

/* Memory and text that last until the call ends. Memory that cannot be had ends the call. */
void *cicerone_alloc(size_t size);
const char *cicerone_copy(const char *text, size_t length);
const char *cicerone_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- Answers ------------------------------------------------------------------------------------------------- */

/* What sort of failure it was. The set is closed; detail goes into the code. */
typedef enum {
    CICERONE_INVALID_INPUT,   /* the arguments make no sense together, though they fit the schema */
    CICERONE_NOT_FOUND,       /* there is no such thing */
    CICERONE_UNAUTHENTICATED, /* the tool could not say who it is */
    CICERONE_FORBIDDEN,       /* the tool, or the person, may not do this */
    CICERONE_CONFLICT,        /* somebody else was first, or the thing is in another state */
    CICERONE_RATE_LIMITED,    /* too many calls; taken as passing */
    CICERONE_UNAVAILABLE,     /* something the tool needs is away; taken as passing */
    CICERONE_INTERNAL,        /* the tool is at fault */
} cicerone_error_kind;

/* Why there is no answer. What the host refuses comes as one too, with a code such as "kv.quota" or "http.denied". */
typedef struct {
    cicerone_error_kind kind;
    const char *code;    /* short and stable, for branches in flows; NULL for none */
    const char *message; /* for people: a lower-case fragment */
    bool retryable;
    uint64_t retry_after_ms; /* 0 for none */
    const cicerone_json *details;
} cicerone_error;

/* What a tool answers: a value, or an error. */
typedef struct cicerone_reply cicerone_reply;

cicerone_reply *cicerone_ok(cicerone_json *value);
cicerone_reply *cicerone_fail(cicerone_error_kind kind, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
cicerone_reply *cicerone_failed(const cicerone_error *error);

/* An error alone, to hand on, and its more rarely used parts. */
cicerone_error *cicerone_error_of(cicerone_error_kind kind, const char *code, const char *message);
bool cicerone_is(const cicerone_error *error, const char *code);

/* More than a value: text for the person, and changes of the conversation's context, where they are granted. */
cicerone_reply *cicerone_say(cicerone_reply *reply, const char *text);
cicerone_reply *cicerone_patch(cicerone_reply *reply, const char *pointer, cicerone_json *value);

/* ---- Plugins ------------------------------------------------------------------------------------------------- */

typedef struct {
    const char *key;
    const char *value;
} cicerone_field;

/* The call that a tool answers. */
typedef struct {
    const char *call_id;      /* the same for every attempt: the key that makes a repeated call harmless */
    uint32_t attempt;         /* 1 for the first */
    uint64_t deadline_ms;     /* when the host gives up, in milliseconds since the Unix epoch */
    const char *session_id;   /* the conversation */
    const char *flow;         /* the flow it runs */
    const char *state;        /* the state that called */
    const char *locale;       /* the person's language, as BCP 47; NULL where it is not known */
    const char *traceparent;  /* W3C trace context, to pass on; NULL for none */
    const cicerone_field *extra; /* what newer hosts tell besides */
    size_t extra_count;
} cicerone_context;

/* What a tool does to the world. */
typedef enum {
    CICERONE_READ_ONLY = 1,
    CICERONE_IDEMPOTENT = 2, /* the same call twice is harmless */
    CICERONE_DESTRUCTIVE = 4,
    CICERONE_OPEN_WORLD = 8,
} cicerone_effects;

typedef cicerone_reply *(*cicerone_run)(const cicerone_context *ctx, const cicerone_json *args);

typedef struct {
    const char *name;
    cicerone_run run;
    const char *description;   /* people and language models read it */
    const char *input_schema;  /* JSON Schema 2020-12 of an object; NULL for a tool without arguments */
    const char *output_schema; /* NULL for any value */
    unsigned effects;          /* CICERONE_READ_ONLY | … */
    const char *title;         /* NULL for none */
    uint32_t timeout_ms;       /* a wish; 0 for none */
} cicerone_tool;

enum { CICERONE_TOOLS_MAX = 32 };

typedef struct {
    const char *name;
    const char *version;
    const char *description;
    cicerone_tool tools[CICERONE_TOOLS_MAX];
} cicerone_plugin;

/* Names the plugin and lists its tools; written once. */
#define CICERONE_PLUGIN(...) const cicerone_plugin cicerone_this_plugin = { __VA_ARGS__ }
extern const cicerone_plugin cicerone_this_plugin;

/* ---- What the host lends to a call: each part is imported only where it is used --------------------------------- */

/* A constant message and the texts that belong to it: cicerone_log(CICERONE_INFO, "Held a table.", "slot", slot). */
typedef enum { CICERONE_TRACE, CICERONE_DEBUG, CICERONE_INFO, CICERONE_WARN, CICERONE_ERROR } cicerone_level;
#define cicerone_log(level, ...) cicerone_log_fields((level), __VA_ARGS__, (const char *)NULL)
void cicerone_log_fields(cicerone_level level, const char *message, ...) __attribute__((sentinel));

/* The host's clock, the time left, and chance. Never use the C library's own: the sandbox has none. */
uint64_t cicerone_now_ms(void);
uint64_t cicerone_remaining_ms(void);
bool cicerone_is_cancelled(void);
void cicerone_random(void *bytes, size_t length);

/* A setting of `[config]` in plugin.toml; NULL when it is not there. */
const char *cicerone_config(const char *key);

/* The value at a JSON pointer of the conversation's context; NULL when nothing is there. */
const cicerone_error *cicerone_session_get(const char *pointer, const cicerone_json **value);

/* Small durable state. Calls run at the same time: what two of them may change goes through increment,
 * compare_and_set or update. `code` of errors: kv.not-granted, kv.too-large, kv.quota, kv.unavailable, kv.wrong-type. */
typedef struct {
    bool is_plugin; /* shared by all calls of the plugin, else by those of one conversation */
    uint64_t ttl_ms; /* what is written is gone after that; 0 for never */
} cicerone_space;

static inline cicerone_space cicerone_kv_plugin(void) {
    cicerone_space space = { true, 0 };
    return space;
}

static inline cicerone_space cicerone_kv_session(void) {
    cicerone_space space = { false, 0 };
    return space;
}

static inline cicerone_space cicerone_for_at_most(cicerone_space space, uint64_t ttl_ms) {
    space.ttl_ms = ttl_ms;
    return space;
}

const cicerone_error *cicerone_kv_get(cicerone_space space, const char *key, const cicerone_json **value);
const cicerone_error *cicerone_kv_set(cicerone_space space, const char *key, const cicerone_json *value);
const cicerone_error *cicerone_kv_get_bytes(cicerone_space space, const char *key, cicerone_bytes *value);
const cicerone_error *cicerone_kv_set_bytes(cicerone_space space, const char *key, cicerone_bytes value);
const cicerone_error *cicerone_kv_delete(cicerone_space space, const char *key, bool *was_there);
const cicerone_error *cicerone_kv_increment(cicerone_space space, const char *key, int64_t by, int64_t *sum);
const cicerone_error *cicerone_kv_compare_and_set(cicerone_space space, const char *key, cicerone_bytes expected,
                                                  cicerone_bytes value, bool *was_set);

/* Changes a value as one step, though others change it too: `change` gets what is there (NULL for nothing) and gives
 * what shall be there, and runs again when somebody was faster. `after` is what was written. */
typedef const cicerone_error *(*cicerone_change)(const cicerone_json *before, void *with, cicerone_json **after);
const cicerone_error *cicerone_kv_update(cicerone_space space, const char *key, cicerone_change change, void *with,
                                         cicerone_json **after);

/* HTTP, to the hosts that are granted. `code` of errors: http.denied, http.invalid-request, http.timeout, http.dns,
 * http.connect, http.tls, http.too-large, http.quota, http.protocol. A status of 400 or more is no error here. */
typedef struct {
    const char *name;
    const char *value;
} cicerone_header;

typedef struct {
    const char *method; /* NULL is GET */
    const char *url;
    const cicerone_header *headers; /* the last has no name; NULL for none */
    cicerone_bytes body;
    uint32_t timeout_ms; /* 0 is as long as the call has left */
} cicerone_request;

typedef struct {
    uint16_t status;
    const cicerone_header *headers; /* the last has no name */
    cicerone_bytes body;
} cicerone_response;

const cicerone_error *cicerone_http_send(const cicerone_request *request, cicerone_response *response);
const char *cicerone_header_of(const cicerone_response *response, const char *name); /* "" when it is not there */

/* A secret's placeholder, which the host swaps for the value in requests to the hosts that the secret is bound to; and
 * the value, only where plugin.toml says `expose = true`. `code` of errors: secrets.not-granted, secrets.missing. */
const cicerone_error *cicerone_secret(const char *name, const char **placeholder);
const cicerone_error *cicerone_reveal(const char *name, const char **value);

/* A live update to the waiting client; a negative percent is "unknown". */
void cicerone_progress(int percent, const char *message);

/* An event on the bus, topic `plugin.<name>.<topic>`. `code` of errors: events.not-granted, .too-large, .quota. */
const cicerone_error *cicerone_publish(const char *topic, const cicerone_json *payload);

#ifdef __cplusplus
}
#endif
#endif
