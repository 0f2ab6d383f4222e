/*
 * Understanding texts: what the host asks of a plugin that a flow names for it, and the commands in which it answers. A
 * plugin only chooses: the host refuses what cannot be taken at the moment, and checks every value.
 *
 * Whatever these functions give lasts until the answer is taken and is freed with it: free nothing.
 */
#ifndef CICERONE_CLASSIFY_H
#define CICERONE_CLASSIFY_H

#include "cicerone.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A value that an intent has; those that are personal are not here. */
typedef struct {
    const char *name;          /* unique in the intent */
    const char *kind;          /* as flows write it: "integer", "date", "enum", "string", ... */
    const char *const *values; /* of an enum */
    size_t value_count;
    bool required;             /* without it the intent does not hold */
    bool asked;                /* whether the person was asked for it */
} cicerone_text_slot;

/* An intent that the conversation can take now. */
typedef struct {
    const char *name;            /* as the flow calls it */
    const char *description;     /* in the flow's words; NULL for none */
    const char *const *examples; /* what people say who mean it */
    size_t example_count;
    const cicerone_text_slot *slots;
    size_t slot_count;
} cicerone_text_intent;

/* One text, and what it can mean now. Of a text that the test makes, everything but the text may be left out. */
typedef struct {
    const char *text; /* as the person wrote it, with marks such as [phone-a] in place of what the flow calls personal */
    const cicerone_text_intent *intents;
    size_t intent_count;
    const char *question;         /* what the person was asked last, where the flow shows it; NULL for none */
    const cicerone_json *context; /* what of the context the flow shows, an object */
    const char *locale;           /* BCP 47 */
    const char *today;            /* in the conversation's time zone: "2026-11-22" */
    const char *time_zone;        /* IANA name */
    uint64_t deadline_ms;         /* when the host goes on without an answer; milliseconds since the Unix epoch */
    const cicerone_field *extra;  /* what newer hosts tell besides */
    size_t extra_count;
} cicerone_text_request;

/* What a text asks for. */
typedef struct cicerone_commands cicerone_commands;

/* It means this intent of the request, with a confidence from 0 to 1. Values are added to it. */
cicerone_commands *cicerone_intent(const char *name, double confidence);
/* It gives up what is being done. No values go with it. */
cicerone_commands *cicerone_cancel(void);
/* It means none of the intents; how near the nearest was, 0 to 1. No values go with it. */
cicerone_commands *cicerone_none(double confidence);
/* There is no answer, and the host's own holds. A sentence for the operator's log: no word of the text belongs in it. */
cicerone_commands *cicerone_no_commands(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A value for a slot of the intent. What is left out is zero. */
typedef struct {
    const char *name;     /* the slot */
    cicerone_json *value; /* text will do: the host reads what the slot holds, as in "next Friday" for a date */
    size_t start, end;    /* where it stands, bytes of the text; the same twice for nowhere */
    double confidence;    /* above 0, to 1; 0 for that of the intent */
} cicerone_filled;

/* It gives this value; and: it takes back a value and gives this one. At most 255 in one answer. */
cicerone_commands *cicerone_set_slot(cicerone_commands *commands, cicerone_filled filled);
cicerone_commands *cicerone_correct_slot(cicerone_commands *commands, cicerone_filled filled);
/* It gives this value, wherever it stands. */
cicerone_commands *cicerone_set(cicerone_commands *commands, const char *slot, cicerone_json *value);

/* Names the function that understands texts; written once, beside CICERONE_PLUGIN, and in plugin.toml below [build]:
 * classify = true. */
typedef cicerone_commands *(*cicerone_classify)(const cicerone_text_request *request);
#if defined(__wasm__) && !defined(CICERONE_UNDERSTANDS)
#define CICERONE_CLASSIFY(function) \
    _Static_assert(0, "it understands texts: write `classify = true` in [build] of plugin.toml")
#else
#define CICERONE_CLASSIFY(function) const cicerone_classify cicerone_this_classify = (function)
#endif
extern const cicerone_classify cicerone_this_classify;

#ifdef __cplusplus
}
#endif
#endif
