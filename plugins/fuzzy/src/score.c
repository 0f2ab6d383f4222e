/*
 * Two views of likeness, the better of which counts: the texts as they stand, and word by word in any order. The distance
 * is that of optimal string alignment, computed for all letters of a pattern at once in the bits of a word (Hyyrö 2003).
 */
#include "score.h"

#include <string.h>

static void prepare_pattern(const uint32_t *letters, size_t length, pattern *into) {
    memset(into, 0, sizeof *into);
    into->length = length < PATTERN_MAX ? length : PATTERN_MAX;
    for (size_t i = 0; i < into->length; i++) {
        uint64_t bit = (uint64_t)1 << i;
        if (letters[i] < 128) {
            into->ascii[letters[i]] |= bit;
            continue;
        }
        size_t place = 0;
        while (place < into->count && into->others[place] != letters[i]) place++;
        if (place == into->count) into->others[into->count++] = letters[i];
        into->bits[place] |= bit;
    }
}

static uint64_t places(const pattern *pattern, uint32_t letter) {
    if (letter < 128) return pattern->ascii[letter];
    for (size_t i = 0; i < pattern->count; i++) {
        if (pattern->others[i] == letter) return pattern->bits[i];
    }
    return 0;
}

void prepare(const folded *text, wanted *into) {
    prepare_pattern(text->letters, text->length, &into->whole);
    into->count = text->count;
    for (size_t i = 0; i < text->count; i++) {
        prepare_pattern(text->letters + text->words[i].start, text->words[i].length, &into->words[i]);
    }
}

size_t distance(const pattern *pattern, const uint32_t *letters, size_t length) {
    if (!pattern->length) return length;
    uint64_t last = (uint64_t)1 << (pattern->length - 1);
    uint64_t up = ~(uint64_t)0, down = 0, diagonal = 0, before = 0;
    size_t distance = pattern->length;
    for (size_t i = 0; i < length; i++) {
        uint64_t here = places(pattern, letters[i]);
        uint64_t swapped = ((~diagonal & here) << 1) & before;
        diagonal = (((here & up) + up) ^ up) | here | down | swapped;
        uint64_t more = down | ~(diagonal | up), less = up & diagonal;
        distance += (more & last) != 0;
        distance -= (less & last) != 0;
        more = more << 1 | 1;
        less <<= 1;
        up = less | ~(diagonal | more);
        down = more & diagonal;
        before = here;
    }
    return distance;
}

static double likeness(const pattern *pattern, const uint32_t *letters, size_t length) {
    size_t longer = pattern->length > length ? pattern->length : length;
    if (!longer) return 0;
    return 1.0 - (double)distance(pattern, letters, length) / (double)longer;
}

/* The beginning of a word is nearly the word: people type until they are understood. */
static double word_likeness(const pattern *pattern, const uint32_t *letters, size_t length) {
    double whole = likeness(pattern, letters, length);
    if (pattern->length < 3 || length <= pattern->length) return whole;
    double beginning = 0.9 * likeness(pattern, letters, pattern->length);
    return beginning > whole ? beginning : whole;
}

/* Each wanted word's best partner, weighed by its letters; words of the candidate that nobody wants cost a little. */
static double by_words(const wanted *wanted, const folded *candidate) {
    double sum = 0;
    size_t weight = 0, letters = 0, used = 0;
    uint32_t taken = 0;
    for (size_t i = 0; i < candidate->count; i++) letters += candidate->words[i].length;
    for (size_t i = 0; i < wanted->count; i++) {
        double best = 0;
        size_t partner = candidate->count;
        for (size_t j = 0; j < candidate->count; j++) {
            const word *other = &candidate->words[j];
            double alike = taken >> j & 1 ? 0 : word_likeness(&wanted->words[i], candidate->letters + other->start, other->length);
            if (alike > best) best = alike, partner = j;
        }
        /* Less than half alike is chance. */
        if (best >= 0.5) {
            taken |= (uint32_t)1 << partner;
            used += candidate->words[partner].length;
            sum += best * (double)wanted->words[i].length;
        }
        weight += wanted->words[i].length;
    }
    if (!weight || !letters) return 0;
    return sum / (double)weight * (0.85 + 0.15 * (double)used / (double)letters);
}

double score(const wanted *wanted, const folded *candidate) {
    double whole = likeness(&wanted->whole, candidate->letters, candidate->length);
    double words = 0.97 * by_words(wanted, candidate);
    return whole > words ? whole : words;
}
