/*
 * JSON values: a tree whose parts are linked in their order, so that making one needs no guess of its size. Objects are
 * searched from front to back: arguments and results are small, and long lists are arrays.
 */
#include "json.h"

#include <string.h>

static cicerone_json *make(cicerone_kind kind) {
    cicerone_json *value = cicerone_alloc(sizeof *value);
    value->kind = kind;
    return value;
}

cicerone_json *cicerone_null(void) {
    return make(CICERONE_NULL);
}

cicerone_json *cicerone_bool(bool truth) {
    cicerone_json *value = make(CICERONE_BOOL);
    value->integer = truth;
    return value;
}

cicerone_json *cicerone_integer(int64_t integer) {
    cicerone_json *value = make(CICERONE_INTEGER);
    value->integer = integer;
    return value;
}

cicerone_json *cicerone_number(double number) {
    cicerone_json *value = make(number - number == 0 ? CICERONE_NUMBER : CICERONE_NULL);
    value->number = number;
    return value;
}

cicerone_json *cicerone_string_of(const char *text, size_t length) {
    cicerone_json *value = make(CICERONE_STRING);
    value->text = cicerone_copy(text, length);
    value->length = length;
    return value;
}

cicerone_json *cicerone_string(const char *text) {
    return text ? cicerone_string_of(text, strlen(text)) : cicerone_null();
}

cicerone_json *cicerone_array(void) {
    return make(CICERONE_ARRAY);
}

cicerone_json *cicerone_object(void) {
    return make(CICERONE_OBJECT);
}

void cicerone_push(cicerone_json *list, cicerone_json *value) {
    if (list->last) list->last->next = value;
    else list->first = value;
    list->last = value;
    list->length++;
}

void cicerone_put(cicerone_json *object, const char *key, cicerone_json *value) {
    value->key = cicerone_copy(key, strlen(key));
    for (cicerone_json **place = &object->first; *place; place = &(*place)->next) {
        cicerone_json *old = *place;
        if (strcmp(old->key, key) != 0) continue;
        value->next = old->next;
        *place = value;
        if (object->last == old) object->last = value;
        return;
    }
    cicerone_push(object, value);
}

void cicerone_put_string(cicerone_json *object, const char *key, const char *text) {
    cicerone_put(object, key, cicerone_string(text));
}

void cicerone_put_integer(cicerone_json *object, const char *key, int64_t value) {
    cicerone_put(object, key, cicerone_integer(value));
}

void cicerone_put_number(cicerone_json *object, const char *key, double value) {
    cicerone_put(object, key, cicerone_number(value));
}

void cicerone_put_bool(cicerone_json *object, const char *key, bool value) {
    cicerone_put(object, key, cicerone_bool(value));
}

cicerone_kind cicerone_kind_of(const cicerone_json *value) {
    return value ? value->kind : CICERONE_NULL;
}

static bool is_list(const cicerone_json *value) {
    return value && (value->kind == CICERONE_ARRAY || value->kind == CICERONE_OBJECT);
}

size_t cicerone_count(const cicerone_json *value) {
    return is_list(value) ? value->length : 0;
}

const cicerone_json *cicerone_first(const cicerone_json *value) {
    return is_list(value) ? value->first : NULL;
}

const cicerone_json *cicerone_next(const cicerone_json *item) {
    return item ? item->next : NULL;
}

const char *cicerone_key(const cicerone_json *item) {
    return item && item->key ? item->key : "";
}

const cicerone_json *cicerone_at(const cicerone_json *array, size_t index) {
    const cicerone_json *item = cicerone_first(array);
    while (item && index--) item = item->next;
    return item;
}

const cicerone_json *cicerone_get(const cicerone_json *object, const char *key) {
    const cicerone_json *found = NULL;
    if (cicerone_kind_of(object) != CICERONE_OBJECT) return NULL;
    for (const cicerone_json *item = object->first; item; item = item->next) {
        if (strcmp(item->key, key) == 0) found = item;
    }
    return found;
}

bool cicerone_has(const cicerone_json *object, const char *key) {
    return cicerone_get(object, key) != NULL;
}

const char *cicerone_text(const cicerone_json *value) {
    return cicerone_kind_of(value) == CICERONE_STRING ? value->text : "";
}

cicerone_bytes cicerone_text_bytes(const cicerone_json *value) {
    size_t length = cicerone_kind_of(value) == CICERONE_STRING ? value->length : 0;
    return (cicerone_bytes){ (const uint8_t *)cicerone_text(value), length };
}

int64_t cicerone_integer_of(const cicerone_json *value) {
    if (cicerone_kind_of(value) == CICERONE_INTEGER) return value->integer;
    double number = cicerone_number_of(value);
    return number >= -9.2e18 && number <= 9.2e18 ? (int64_t)number : 0;
}

double cicerone_number_of(const cicerone_json *value) {
    if (cicerone_kind_of(value) == CICERONE_INTEGER) return (double)value->integer;
    return cicerone_kind_of(value) == CICERONE_NUMBER ? value->number : 0;
}

bool cicerone_bool_of(const cicerone_json *value) {
    return cicerone_kind_of(value) == CICERONE_BOOL && value->integer;
}

const char *cicerone_get_string(const cicerone_json *object, const char *key) {
    return cicerone_text(cicerone_get(object, key));
}

int64_t cicerone_get_integer(const cicerone_json *object, const char *key) {
    return cicerone_integer_of(cicerone_get(object, key));
}

double cicerone_get_number(const cicerone_json *object, const char *key) {
    return cicerone_number_of(cicerone_get(object, key));
}

bool cicerone_get_bool(const cicerone_json *object, const char *key) {
    return cicerone_bool_of(cicerone_get(object, key));
}
