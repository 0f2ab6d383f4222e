/*
 * Small letters without accents, for Latin, Greek and Cyrillic; digits of any width; everything else that is no letter
 * parts words. Scripts without capitals pass as they are.
 */
#include "fold.h"

#include <string.h>

/* One code point of UTF-8, and how many bytes it took; a bad byte counts as a space. */
static uint32_t decode(const unsigned char *at, size_t left, size_t *taken) {
    static const uint8_t masks[] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };
    size_t length = at[0] < 0x80 ? 1 : at[0] >= 0xF0 ? 4 : at[0] >= 0xE0 ? 3 : at[0] >= 0xC2 ? 2 : 0;
    *taken = 1;
    if (!length || length > left) return ' ';
    uint32_t code = at[0] & masks[length];
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80) return ' ';
        code = code << 6 | (at[i] & 0x3F);
    }
    *taken = length;
    return code;
}

/* U+00C0 to U+017F without accents; a capital stands for "two letters", spelled below. */
static const char LATIN[] =
    "aaaaaaAceeeeiiiidnooooo ouuuuytSaaaaaaAceeeeiiiidnooooo ouuuuyty"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiIIjjkkklllllll"
    "lllnnnnnnnnnooooooOOrrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

static const char *pair(char of) {
    switch (of) {
    case 'A': return "ae";
    case 'I': return "ij";
    case 'O': return "oe";
    default: return "ss";
    }
}

/* Greek with tonos and final sigma, and the few Cyrillic letters that are written either way. */
static uint32_t alike(uint32_t code) {
    switch (code) {
    case 0x3AC: return 0x3B1;
    case 0x3AD: return 0x3B5;
    case 0x3AE: return 0x3B7;
    case 0x3AF: case 0x390: case 0x3CA: return 0x3B9;
    case 0x3CC: return 0x3BF;
    case 0x3CD: case 0x3B0: case 0x3CB: return 0x3C5;
    case 0x3CE: return 0x3C9;
    case 0x3C2: return 0x3C3;
    case 0x451: return 0x435;
    default: return code;
    }
}

static uint32_t small(uint32_t code) {
    if (code >= 'A' && code <= 'Z') return code + 32;
    if (code >= 0x391 && code <= 0x3A9) return code + 32;
    if (code >= 0x410 && code <= 0x42F) return code + 32;
    if (code >= 0x400 && code <= 0x40F) return alike(code + 80);
    if (code == 0x386) return 0x3B1;
    if (code >= 0x388 && code <= 0x38A) return code == 0x388 ? 0x3B5 : code == 0x389 ? 0x3B7 : 0x3B9;
    if (code == 0x38C) return 0x3BF;
    if (code == 0x38E) return 0x3C5;
    if (code == 0x38F) return 0x3C9;
    if (code >= 0xFF10 && code <= 0xFF19) return code - 0xFF10 + '0';
    if (code >= 0xFF21 && code <= 0xFF3A) return code - 0xFF21 + 'a';
    if (code >= 0xFF41 && code <= 0xFF5A) return code - 0xFF41 + 'a';
    return alike(code);
}

static int parts_words(uint32_t code) {
    if (code < 0x80) return !((code >= 'a' && code <= 'z') || (code >= '0' && code <= '9'));
    return code < 0xC0 || code == 0xD7 || code == 0xF7 || (code >= 0x2000 && code <= 0x206F) || (code >= 0x3000 && code <= 0x303F) ||
           (code >= 0xFF00 && code <= 0xFF65);
}

static void add(folded *into, uint32_t letter) {
    if (into->length == LETTERS_MAX) return;
    if (parts_words(letter)) {
        if (into->length && into->letters[into->length - 1] != ' ') into->letters[into->length++] = ' ';
        return;
    }
    if (!into->length || into->letters[into->length - 1] == ' ') {
        if (into->count == WORDS_MAX) return;
        into->words[into->count++] = (word){ into->length, 0 };
    }
    into->letters[into->length++] = letter;
    into->words[into->count - 1].length++;
}

void fold(const char *utf8, size_t length, folded *into) {
    const unsigned char *at = (const unsigned char *)utf8;
    into->length = into->count = 0;
    for (size_t i = 0, taken; i < length; i += taken) {
        uint32_t code = decode(at + i, length - i, &taken);
        /* Accents that stand alone, and apostrophes, are as if they were not there. */
        if ((code >= 0x300 && code <= 0x36F) || code == '\'' || code == 0x2019) continue;
        char latin = code >= 0xC0 && code <= 0x17F ? LATIN[code - 0xC0] : 0;
        if (latin >= 'A' && latin <= 'Z') {
            add(into, (uint32_t)pair(latin)[0]);
            add(into, (uint32_t)pair(latin)[1]);
        } else {
            add(into, latin ? (uint32_t)latin : small(code));
        }
    }
    if (into->length && into->letters[into->length - 1] == ' ') into->length--;
}
