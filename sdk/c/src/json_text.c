/*
 * JSON to text and back, by RFC 8259. The reader takes nothing more than the RFC does, refuses what nests deeper than
 * DEPTH_MAX, and reads integers of 64 bits exactly.
 */
#include "json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 128 };

typedef struct {
    const char *start;
    const char *at;
    const char *end;
    const char *why;
    int depth;
} reader;

static cicerone_json *value(reader *r);

static void *wrong(reader *r, const char *why) {
    if (!r->why) r->why = cicerone_format("%s at byte %zu", why, (size_t)(r->at - r->start));
    return NULL;
}

static void space(reader *r) {
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\t' || *r->at == '\r')) r->at++;
}

static bool eat(reader *r, char c) {
    space(r);
    if (r->at == r->end || *r->at != c) return false;
    r->at++;
    return true;
}

static cicerone_json *word(reader *r, const char *word, cicerone_json *meaning) {
    size_t length = strlen(word);
    if ((size_t)(r->end - r->at) < length || memcmp(r->at, word, length) != 0) return wrong(r, "no JSON value");
    r->at += length;
    return meaning;
}

static bool digits(reader *r) {
    const char *from = r->at;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9') r->at++;
    return r->at > from;
}

static cicerone_json *number(reader *r) {
    const char *from = r->at;
    bool is_integer = true;
    if (*r->at == '-') r->at++;
    if (r->at < r->end && *r->at == '0') r->at++;
    else if (!digits(r)) return wrong(r, "no number");
    if (r->at < r->end && *r->at == '.') {
        is_integer = false;
        r->at++;
        if (!digits(r)) return wrong(r, "no digit after the point");
    }
    if (r->at < r->end && (*r->at == 'e' || *r->at == 'E')) {
        is_integer = false;
        r->at++;
        if (r->at < r->end && (*r->at == '+' || *r->at == '-')) r->at++;
        if (!digits(r)) return wrong(r, "no digit in the exponent");
    }
    const char *text = cicerone_copy(from, (size_t)(r->at - from));
    errno = 0;
    long long integer = is_integer ? strtoll(text, NULL, 10) : 0;
    if (is_integer && errno == 0) return cicerone_integer(integer);
    cicerone_json *made = cicerone_number(strtod(text, NULL));
    return made->kind == CICERONE_NUMBER ? made : wrong(r, "a number that is too large");
}

static int hex4(reader *r) {
    int code = 0;
    if (r->end - r->at < 4) return -1;
    for (int i = 0; i < 4; i++) {
        char c = *r->at++;
        int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
        if (digit < 0) return -1;
        code = code * 16 + digit;
    }
    return code;
}

static void add_code(cicerone_buffer *buffer, uint32_t code) {
    char bytes[4];
    size_t length = 0;
    if (code < 0x80) {
        bytes[length++] = (char)code;
    } else if (code < 0x800) {
        bytes[length++] = (char)(0xC0 | code >> 6);
        bytes[length++] = (char)(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        bytes[length++] = (char)(0xE0 | code >> 12);
        bytes[length++] = (char)(0x80 | (code >> 6 & 0x3F));
        bytes[length++] = (char)(0x80 | (code & 0x3F));
    } else {
        bytes[length++] = (char)(0xF0 | code >> 18);
        bytes[length++] = (char)(0x80 | (code >> 12 & 0x3F));
        bytes[length++] = (char)(0x80 | (code >> 6 & 0x3F));
        bytes[length++] = (char)(0x80 | (code & 0x3F));
    }
    cicerone_add(buffer, bytes, length);
}

/* After a backslash and a `u`. A half of a surrogate pair alone is U+FFFD. */
static bool escaped_code(reader *r, cicerone_buffer *buffer) {
    int code = hex4(r);
    if (code < 0) return false;
    if (code >= 0xD800 && code <= 0xDBFF && r->end - r->at >= 2 && r->at[0] == '\\' && r->at[1] == 'u') {
        const char *back = r->at;
        r->at += 2;
        int low = hex4(r);
        if (low < 0) return false;
        if (low >= 0xDC00 && low <= 0xDFFF) {
            add_code(buffer, 0x10000 + ((uint32_t)(code - 0xD800) << 10) + (uint32_t)(low - 0xDC00));
            return true;
        }
        r->at = back;
    }
    add_code(buffer, code >= 0xD800 && code <= 0xDFFF ? 0xFFFD : (uint32_t)code);
    return true;
}

static bool escape(reader *r, cicerone_buffer *buffer) {
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (r->at == r->end) return false;
    char c = *r->at++;
    if (c == 'u') return escaped_code(r, buffer);
    const char *found = c ? strchr(from, c) : NULL;
    if (found) cicerone_add(buffer, to + (found - from), 1);
    return found != NULL;
}

/* After the opening quote. */
static bool text(reader *r, cicerone_buffer *buffer) {
    while (r->at < r->end) {
        const char *plain = r->at;
        while (r->at < r->end && *r->at != '"' && *r->at != '\\' && (unsigned char)*r->at >= 0x20) r->at++;
        cicerone_add(buffer, plain, (size_t)(r->at - plain));
        if (r->at == r->end || (unsigned char)*r->at < 0x20) break;
        if (*r->at++ == '"') return true;
        if (!escape(r, buffer)) {
            wrong(r, "no such escape");
            return false;
        }
    }
    wrong(r, "a text that does not end");
    return false;
}

static cicerone_json *string(reader *r) {
    cicerone_buffer buffer = { 0 };
    if (!text(r, &buffer)) return NULL;
    return cicerone_string_of(buffer.text, buffer.length);
}

static cicerone_json *list(reader *r, char end) {
    cicerone_json *made = end == ']' ? cicerone_array() : cicerone_object();
    if (eat(r, end)) return made;
    do {
        cicerone_buffer key = { 0 };
        if (end == '}') {
            if (!eat(r, '"')) return wrong(r, "no key");
            if (!text(r, &key)) return NULL;
            if (!eat(r, ':')) return wrong(r, "no `:`");
        }
        cicerone_json *part = value(r);
        if (!part) return NULL;
        if (end == '}') part->key = cicerone_copy(key.text, key.length);
        cicerone_push(made, part);
    } while (eat(r, ','));
    return eat(r, end) ? made : wrong(r, end == ']' ? "no `]`" : "no `}`");
}

static cicerone_json *value(reader *r) {
    space(r);
    if (r->at == r->end) return wrong(r, "nothing");
    if (r->depth == DEPTH_MAX) return wrong(r, "too deep a nesting");
    r->depth++;
    cicerone_json *made = NULL;
    switch (*r->at) {
    case '{': r->at++; made = list(r, '}'); break;
    case '[': r->at++; made = list(r, ']'); break;
    case '"': r->at++; made = string(r); break;
    case 't': made = word(r, "true", cicerone_bool(true)); break;
    case 'f': made = word(r, "false", cicerone_bool(false)); break;
    case 'n': made = word(r, "null", cicerone_null()); break;
    case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
        made = number(r);
        break;
    default: wrong(r, "no JSON value");
    }
    r->depth--;
    return made;
}

cicerone_json *cicerone_parse(const char *text, size_t length, const char **why) {
    reader r = { .start = text, .at = text, .end = text + length };
    cicerone_json *made = value(&r);
    space(&r);
    if (made && r.at < r.end) made = wrong(&r, "more than one value");
    if (why) *why = made ? NULL : r.why;
    return made;
}

static void write_text(cicerone_buffer *buffer, const char *text, size_t length) {
    text = cicerone_utf8(text, &length);
    cicerone_add(buffer, "\"", 1);
    for (size_t i = 0; i < length; i++) {
        size_t plain = i;
        while (i < length && text[i] != '"' && text[i] != '\\' && (unsigned char)text[i] >= 0x20) i++;
        cicerone_add(buffer, text + plain, i - plain);
        if (i == length) break;
        char escaped[8];
        if (text[i] == '"' || text[i] == '\\') snprintf(escaped, sizeof escaped, "\\%c", text[i]);
        else snprintf(escaped, sizeof escaped, "\\u%04x", (unsigned char)text[i]);
        cicerone_add(buffer, escaped, strlen(escaped));
    }
    cicerone_add(buffer, "\"", 1);
}

/* The shortest of three lengths that reads back as the same number. */
static void write_number(cicerone_buffer *buffer, double number) {
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number) break;
    }
    cicerone_add(buffer, text, strlen(text));
}

static void write_value(cicerone_buffer *buffer, const cicerone_json *value) {
    char integer[24];
    switch (value->kind) {
    case CICERONE_NULL: cicerone_add(buffer, "null", 4); break;
    case CICERONE_BOOL: cicerone_add(buffer, value->integer ? "true" : "false", value->integer ? 4 : 5); break;
    case CICERONE_INTEGER:
        snprintf(integer, sizeof integer, "%lld", (long long)value->integer);
        cicerone_add(buffer, integer, strlen(integer));
        break;
    case CICERONE_NUMBER: write_number(buffer, value->number); break;
    case CICERONE_STRING: write_text(buffer, value->text, value->length); break;
    case CICERONE_ARRAY:
    case CICERONE_OBJECT:
        cicerone_add(buffer, value->kind == CICERONE_ARRAY ? "[" : "{", 1);
        for (const cicerone_json *part = value->first; part; part = part->next) {
            if (part != value->first) cicerone_add(buffer, ",", 1);
            if (value->kind == CICERONE_OBJECT) {
                write_text(buffer, part->key, strlen(part->key));
                cicerone_add(buffer, ":", 1);
            }
            write_value(buffer, part);
        }
        cicerone_add(buffer, value->kind == CICERONE_ARRAY ? "]" : "}", 1);
        break;
    }
}

const char *cicerone_write(const cicerone_json *value) {
    cicerone_buffer buffer = { 0 };
    if (value) write_value(&buffer, value);
    else cicerone_add(&buffer, "null", 4);
    cicerone_add(&buffer, "", 1);
    return buffer.text;
}
