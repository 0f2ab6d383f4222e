/*
 * Runs tools natively, in a plain program, on a host in memory: its clock stands still until it is moved, its chance is a
 * counter, and everything is granted. There is one such host; cicerone_test_host() makes it new and releases what was
 * given out before.
 */
#ifndef CICERONE_TEST_H
#define CICERONE_TEST_H

#include "cicerone.h"
#include "cicerone_classify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a tool answered. Schemas are the host's to check and are not checked here. */
typedef struct {
    const char *value;           /* as JSON text; NULL for an error */
    const cicerone_error *error; /* NULL for a value */
    const char *say;             /* what it says to the person, a JSON array */
    const char *patch;           /* what it changes in the context, a JSON object of pointers */
} cicerone_answered;

/* An empty host: no settings, no context, no state, the clock at the Unix epoch. */
void cicerone_test_host(void);
void cicerone_test_config(const char *key, const char *value);
void cicerone_test_session(const char *context_as_json);
void cicerone_test_secret(const char *name, const char *value);
void cicerone_test_now(uint64_t now_ms);
void cicerone_test_pass(uint64_t ms);
void cicerone_test_cancel(void);
/* From now on every use of a part fails with this code, such as "kv.unavailable" or "http.timeout"; NULL mends all. */
void cicerone_test_fail(const char *code);
/* Answers the next request that has no answer yet; one without any is refused as `http.denied`. */
void cicerone_test_http(uint16_t status, const char *body);

/* Calls a tool as the host would; what it gives lasts until the next cicerone_test_host(). */
cicerone_answered cicerone_test_call(const char *tool, const char *args);
cicerone_answered cicerone_test_call_as(const cicerone_context *context, const char *tool, const char *args);

/* What a plugin understood of a text, a JSON array such as [{"intent":"BOOK","confidence":0.9},{"setSlot":"size","value":4}]; or
 * why there is no answer. */
typedef struct {
    const char *commands; /* NULL for no answer */
    const char *error;    /* NULL for an answer */
} cicerone_understood;

cicerone_understood cicerone_test_understood(const cicerone_commands *commands);

/* Asks about a text as the host would; what it gives lasts until the next cicerone_test_host(). */
static inline cicerone_understood cicerone_test_classify(const cicerone_text_request *request) {
    return cicerone_test_understood(cicerone_this_classify(request));
}

/* What the tool did so far, as JSON: lines, requests, progress and events in their order, each an object. */
const char *cicerone_test_done(void);

/* Tell where and stop. */
#define CICERONE_CHECK(condition) \
    ((condition) ? (void)0 : (fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition), exit(1)))
#define CICERONE_SAME(actual, expected) cicerone_test_same(__FILE__, __LINE__, (actual), (expected))

static inline void cicerone_test_same(const char *file, int line, const char *actual, const char *expected) {
    if (actual && expected ? strcmp(actual, expected) == 0 : actual == expected) return;
    fprintf(stderr, "%s:%d:\n   got %s\nwanted %s\n", file, line, actual ? actual : "nothing", expected ? expected : "nothing");
    exit(1);
}

#endif
