/*
 * What the parts of the SDK share and tools never see: growing texts, and the one door to the host, which is the
 * sandbox's imports in a component (`imports.c`) and a host in memory natively (`native.c`).
 */
#ifndef CICERONE_INSIDE_H
#define CICERONE_INSIDE_H

#include "cicerone.h"
#include "cicerone_classify.h"

typedef struct {
    char *text;
    size_t length;
    size_t room;
} cicerone_buffer;

void cicerone_add(cicerone_buffer *buffer, const char *text, size_t length);
size_t cicerone_sequence(const unsigned char *at, size_t left);
/* The same text, or a copy in which each byte that is no UTF-8 is U+FFFD. */
const char *cicerone_utf8(const char *text, size_t *length);
const char *cicerone_format_list(const char *format, va_list list);
void cicerone_release(void);

struct cicerone_reply {
    const cicerone_error *error; /* NULL for a value */
    cicerone_json *value;
    cicerone_json *say;   /* an array of texts */
    cicerone_json *patch; /* an object, pointer to value */
};

struct cicerone_commands {
    const char *error;   /* NULL for an answer */
    cicerone_json *list; /* {"intent": …, "confidence": …}, {"setSlot": …, "value": …, "span": […]}, {"cancel": true}, … */
};

/* Finds the tool, reads the arguments and runs it; never NULL. */
cicerone_reply *cicerone_answer(const cicerone_context *ctx, const char *name, const char *args, size_t length);
/* The tools that the plugin really has. */
size_t cicerone_tools(void);

/* An error of the host, whose code begins with the part's name: "kv.quota". */
const cicerone_error *cicerone_refused(const char *code, uint64_t limit, const char *why);

/* The host's side. Errors are ready to hand on. */
void cicerone_host_log(cicerone_level level, const char *message, const cicerone_field *fields, size_t count);
const cicerone_error *cicerone_host_session(const char *pointer, cicerone_bytes *text);
const cicerone_error *cicerone_host_kv_get(cicerone_space space, const char *key, cicerone_bytes *value);
const cicerone_error *cicerone_host_kv_set(cicerone_space space, const char *key, cicerone_bytes value);
const cicerone_error *cicerone_host_http(const cicerone_request *request, cicerone_response *response);
const cicerone_error *cicerone_host_publish(const char *topic, const char *payload);

#endif
