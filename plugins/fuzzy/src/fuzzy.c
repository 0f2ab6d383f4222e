/*
 * The tool: which of some candidates does a text mean, though it is misspelled? It asks the host for nothing.
 */
#include <cicerone.h>

#include <string.h>

#include "fold.h"
#include "score.h"

enum { MATCHES_MAX = 20, MATCHES = 5 };

/* The best is sure when it is good, and clearly better than the next. */
static const double SURE = 0.75, LEAD = 0.05, LEAST = 0.5;

typedef struct {
    const cicerone_json *candidate;
    int64_t index;
    double score;
} match;

/* The text of a candidate: itself, or its `text`. */
static const cicerone_json *text_of(const cicerone_json *candidate) {
    return cicerone_kind_of(candidate) == CICERONE_OBJECT ? cicerone_get(candidate, "text") : candidate;
}

/* Keeps the best, the earlier one of equals. */
static size_t keep(match *best, size_t count, size_t most, match new) {
    size_t place = count < most ? count : most - 1;
    if (count == most && best[place].score >= new.score) return count;
    while (place > 0 && best[place - 1].score < new.score) {
        best[place] = best[place - 1];
        place--;
    }
    best[place] = new;
    return count < most ? count + 1 : count;
}

static double rounded(double score) {
    return (double)(int)(score * 1000 + 0.5) / 1000;
}

static cicerone_reply *best_matches(const cicerone_context *ctx, const cicerone_json *args) {
    (void)ctx;
    match best[MATCHES_MAX];
    size_t count = 0, most = MATCHES, shown = 0;
    double least = cicerone_has(args, "minScore") ? cicerone_get_number(args, "minScore") : LEAST;
    if (cicerone_has(args, "limit")) most = (size_t)cicerone_get_integer(args, "limit");
    if (most < 1 || most > MATCHES_MAX) most = MATCHES;

    folded text;
    wanted wanted;
    cicerone_bytes bytes = cicerone_text_bytes(cicerone_get(args, "text"));
    fold((const char *)bytes.data, bytes.length, &text);
    if (!text.length) return cicerone_fail(CICERONE_INVALID_INPUT, "text.empty", "the text has no letters or digits");
    prepare(&text, &wanted);

    int64_t index = 0;
    const cicerone_json *candidate = cicerone_first(cicerone_get(args, "candidates"));
    for (; candidate; candidate = cicerone_next(candidate), index++) {
        bytes = cicerone_text_bytes(text_of(candidate));
        fold((const char *)bytes.data, bytes.length, &text);
        match new = { candidate, index, score(&wanted, &text) };
        /* Who asks for one has to be told of a second that is as good. */
        if (new.score >= least) count = keep(best, count, most > 1 ? most : 2, new);
    }

    cicerone_json *answer = cicerone_object(), *matches = cicerone_array();
    shown = count < most ? count : most;
    for (size_t i = 0; i < shown; i++) {
        cicerone_json *item = cicerone_object();
        const char *id = cicerone_get_string(best[i].candidate, "id");
        cicerone_put_string(item, "text", cicerone_text(text_of(best[i].candidate)));
        if (*id) cicerone_put_string(item, "id", id);
        cicerone_put_integer(item, "index", best[i].index);
        cicerone_put_number(item, "score", rounded(best[i].score));
        cicerone_push(matches, item);
    }
    bool leads = count == 1 || (count > 1 && best[0].score - best[1].score >= LEAD);
    cicerone_put_bool(answer, "sure", leads && best[0].score >= SURE);
    cicerone_put(answer, "matches", matches);
    return cicerone_ok(answer);
}

CICERONE_PLUGIN(
    .name = "fuzzy", .version = "0.1.0", .description = "Finds what a misspelled text means.",
    .tools = { {
        .name = "best-matches",
        .run = best_matches,
        .title = "Best matches",
        .description = "Finds the candidates that a text most likely means, though it is misspelled, shortened or in another order.",
        .effects = CICERONE_READ_ONLY | CICERONE_IDEMPOTENT,
        .input_schema = CICERONE_JSON({
            "type": "object",
            "properties": {
                "text": { "type": "string", "description": "What somebody wrote.", "minLength": 1, "maxLength": 200 },
                "candidates": {
                    "type": "array",
                    "description": "What it may mean: texts, or objects with an id.",
                    "maxItems": 5000,
                    "items": {
                        "anyOf": [
                            { "type": "string", "maxLength": 200 },
                            {
                                "type": "object",
                                "properties": {
                                    "id": { "type": "string" },
                                    "text": { "type": "string", "maxLength": 200 }
                                },
                                "required": ["text"]
                            }
                        ]
                    }
                },
                "limit": { "type": "integer", "description": "How many matches, at most.", "minimum": 1, "maximum": 20, "default": 5 },
                "minScore": { "type": "number", "description": "Leave out what is less alike.", "minimum": 0, "maximum": 1, "default": 0.5 }
            },
            "required": ["text", "candidates"],
            "additionalProperties": false
        }),
        .output_schema = CICERONE_JSON({
            "type": "object",
            "properties": {
                "sure": { "type": "boolean", "description": "Whether the first is good, and clearly better than the second." },
                "matches": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "text": { "type": "string" },
                            "id": { "type": "string" },
                            "index": { "type": "integer", "description": "Its place among the candidates, from 0." },
                            "score": { "type": "number", "description": "1 is the same, 0 is nothing in common." }
                        },
                        "required": ["text", "index", "score"]
                    }
                }
            },
            "required": ["sure", "matches"]
        }),
    } }
);
