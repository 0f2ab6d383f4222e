/*
 * Memory that lasts until a call ends: pieces cut from large blocks, freed together. It never gives a piece back alone.
 */
#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BYTES = 32 * 1024, BLOCK_BYTES = 16 * 1024, ALIGNMENT = 16 };

typedef struct block {
    struct block *before;
    size_t used;
    size_t size;
    _Alignas(ALIGNMENT) unsigned char bytes[];
} block;

static block *last;

/* Where every call begins. It is there with the sandbox: to grow its memory costs more than most calls do. */
static _Alignas(ALIGNMENT) unsigned char first[sizeof(block) + FIRST_BYTES];

static block *another(size_t size) {
    if (!last && size <= FIRST_BYTES) {
        block *begun = (block *)first;
        *begun = (block){ .before = NULL, .used = 0, .size = FIRST_BYTES };
        return begun;
    }
    size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;
    block *made = malloc(sizeof(block) + room);
    if (!made) abort(); /* The host says that the memory limit was reached. */
    *made = (block){ .before = last, .used = 0, .size = room };
    return made;
}

void *cicerone_alloc(size_t size) {
    if (size > SIZE_MAX / 2) abort();
    size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (!last || last->size - last->used < size) last = another(size);
    void *piece = last->bytes + last->used;
    last->used += size;
    return memset(piece, 0, size);
}

void cicerone_release(void) {
    while (last) {
        block *before = last->before;
        if (last != (block *)first) free(last);
        last = before;
    }
}

const char *cicerone_copy(const char *text, size_t length) {
    char *copy = cicerone_alloc(length + 1);
    if (length) memcpy(copy, text, length);
    return copy;
}

const char *cicerone_format_list(const char *format, va_list list) {
    va_list again;
    va_copy(again, list);
    int length = vsnprintf(NULL, 0, format, list);
    char *text = cicerone_alloc(length < 0 ? 1 : (size_t)length + 1);
    if (length > 0) vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

const char *cicerone_format(const char *format, ...) {
    va_list list;
    va_start(list, format);
    const char *text = cicerone_format_list(format, list);
    va_end(list);
    return text;
}

cicerone_bytes cicerone_bytes_of(const char *text) {
    return (cicerone_bytes){ (const uint8_t *)text, text ? strlen(text) : 0 };
}

void cicerone_add(cicerone_buffer *buffer, const char *text, size_t length) {
    if (buffer->room - buffer->length < length) {
        size_t room = (buffer->length + length) * 2 + 64;
        char *grown = cicerone_alloc(room);
        if (buffer->length) memcpy(grown, buffer->text, buffer->length);
        buffer->text = grown;
        buffer->room = room;
    }
    if (length) memcpy(buffer->text + buffer->length, text, length);
    buffer->length += length;
}

/* The length of the UTF-8 sequence that begins here, 0 if none does. */
size_t cicerone_sequence(const unsigned char *at, size_t left) {
    if (at[0] < 0x80) return 1;
    size_t length = at[0] >= 0xC2 && at[0] <= 0xDF ? 2 : at[0] >= 0xE0 && at[0] <= 0xEF ? 3 : at[0] >= 0xF0 && at[0] <= 0xF4 ? 4 : 0;
    if (!length || length > left) return 0;
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80) return 0;
    }
    /* Too long, surrogates, beyond Unicode. */
    if ((at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xED && at[1] > 0x9F)) return 0;
    if ((at[0] == 0xF0 && at[1] < 0x90) || (at[0] == 0xF4 && at[1] > 0x8F)) return 0;
    return length;
}

const char *cicerone_utf8(const char *text, size_t *length) {
    const unsigned char *at = (const unsigned char *)text;
    size_t good = 0;
    while (good < *length) {
        size_t step = cicerone_sequence(at + good, *length - good);
        if (!step) break;
        good += step;
    }
    if (good == *length) return text;
    cicerone_buffer buffer = { 0 };
    for (size_t i = 0; i < *length;) {
        size_t step = cicerone_sequence(at + i, *length - i);
        if (step) cicerone_add(&buffer, text + i, step);
        else cicerone_add(&buffer, "\xEF\xBF\xBD", 3);
        i += step ? step : 1;
    }
    *length = buffer.length;
    return buffer.text;
}
