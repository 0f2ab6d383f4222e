/*
 * What a JSON value is made of; `json.c` and `json_text.c` alone look into it.
 */
#ifndef CICERONE_JSON_H
#define CICERONE_JSON_H

#include "inside.h"

struct cicerone_json {
    cicerone_kind kind;
    const char *key;           /* of a part of an object */
    struct cicerone_json *next; /* the part after it */
    size_t length;             /* bytes of a text, parts of a list */
    union {
        int64_t integer; /* and the truth of a bool */
        double number;
        const char *text;
        struct {
            struct cicerone_json *first;
            struct cicerone_json *last;
        };
    };
};

cicerone_json *cicerone_string_of(const char *text, size_t length);

#endif
