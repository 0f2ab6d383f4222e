/*
 * Folding: what people take for the same letters becomes the same letters.
 */
#ifndef FUZZY_FOLD_H
#define FUZZY_FOLD_H

#include <stddef.h>
#include <stdint.h>

enum { LETTERS_MAX = 256, WORDS_MAX = 32 };

typedef struct {
    size_t start;
    size_t length;
} word;

/* A folded text: small letters, words parted by one space. What is over the bounds is left out. */
typedef struct {
    uint32_t letters[LETTERS_MAX];
    size_t length;
    word words[WORDS_MAX];
    size_t count;
} folded;

void fold(const char *utf8, size_t length, folded *into);

#endif
