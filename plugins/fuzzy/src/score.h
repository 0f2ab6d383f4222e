/*
 * How alike two folded texts are.
 */
#ifndef FUZZY_SCORE_H
#define FUZZY_SCORE_H

#include "fold.h"

/* A pattern of at most 64 letters: for each letter the places where it stands, as bits. */
enum { PATTERN_MAX = 64 };

typedef struct {
    size_t length;
    uint64_t ascii[128];
    uint32_t others[PATTERN_MAX];
    uint64_t bits[PATTERN_MAX];
    size_t count;
} pattern;

/* The text that is looked for, prepared once for all candidates. */
typedef struct {
    pattern whole;
    pattern words[WORDS_MAX];
    size_t count;
} wanted;

void prepare(const folded *text, wanted *into);

/* Wrong, missing, additional and swapped letters between a pattern and letters. */
size_t distance(const pattern *pattern, const uint32_t *letters, size_t length);

/* 1 is the same, 0 is nothing in common. */
double score(const wanted *wanted, const folded *candidate);

#endif
