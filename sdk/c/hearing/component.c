/*
 * The edge of the sandbox for texts: the records of `cicerone:understanding` to the SDK's types and back. It is only in
 * components whose plugin.toml says that they understand texts. Memory is as in `../src/component.c`.
 */
#ifdef __wasm__
#include "../bindings/understanding.h"
#include "../src/inside.h"

#include <math.h>
#include <string.h>

/* The bindings ask for an object file that carries the contract; the builder puts it in afterwards. */
void __component_type_object_force_link_understanding(void) {
}

__attribute__((export_name("cabi_post_cicerone:understanding/classify@1.0.0#classify"))) void
__wasm_export_exports_cicerone_understanding_classify_classify_post_return(uint8_t *result) {
    (void)result;
    cicerone_release();
}

static understanding_string_t out(const char *text) {
    size_t length = strlen(text);
    const char *good = cicerone_utf8(text, &length);
    return (understanding_string_t){ (uint8_t *)good, length };
}

static const char *in(understanding_string_t text) {
    return text.len ? (const char *)text.ptr : "";
}

static const char *maybe_in(understanding_option_string_t text) {
    return text.is_some ? in(text.val) : NULL;
}

static const char *const *all_in(understanding_list_string_t list) {
    const char **texts = cicerone_alloc(list.len * sizeof *texts + 1);
    for (size_t i = 0; i < list.len; i++) texts[i] = in(list.ptr[i]);
    return texts;
}

static cicerone_text_intent intent_in(const exports_cicerone_understanding_classify_intent_t *told) {
    cicerone_text_slot *slots = cicerone_alloc(told->slots.len * sizeof *slots + 1);
    for (size_t i = 0; i < told->slots.len; i++) {
        const exports_cicerone_understanding_classify_slot_t *slot = &told->slots.ptr[i];
        slots[i] = (cicerone_text_slot){
            .name = in(slot->name),
            .kind = in(slot->kind),
            .values = all_in(slot->values),
            .value_count = slot->values.len,
            .required = slot->required,
            .asked = slot->asked,
        };
    }
    return (cicerone_text_intent){
        .name = in(told->name),
        .description = maybe_in(told->description),
        .examples = all_in(told->examples),
        .example_count = told->examples.len,
        .slots = slots,
        .slot_count = told->slots.len,
    };
}

/* What JSON has no number for was none. */
static double number(const cicerone_json *value) {
    return cicerone_kind_of(value) == CICERONE_NULL ? NAN : cicerone_number_of(value);
}

static exports_cicerone_understanding_classify_filled_t filled(const cicerone_json *command, const char *how) {
    const cicerone_json *span = cicerone_get(command, "span");
    exports_cicerone_understanding_classify_filled_t told = {
        .name = out(cicerone_get_string(command, how)),
        .value = out(cicerone_write(cicerone_get(command, "value"))),
    };
    told.span.is_some = span != NULL;
    told.span.val.start = (uint32_t)cicerone_integer_of(cicerone_at(span, 0));
    told.span.val.end = (uint32_t)cicerone_integer_of(cicerone_at(span, 1));
    told.confidence.is_some = cicerone_has(command, "confidence");
    if (told.confidence.is_some) told.confidence.val = number(cicerone_get(command, "confidence"));
    return told;
}

static exports_cicerone_understanding_classify_command_t command_out(const cicerone_json *command) {
    exports_cicerone_understanding_classify_command_t told = { .tag = EXPORTS_CICERONE_UNDERSTANDING_CLASSIFY_COMMAND_CANCEL };
    if (cicerone_has(command, "intent")) {
        told.tag = EXPORTS_CICERONE_UNDERSTANDING_CLASSIFY_COMMAND_INTENT;
        told.val.intent.name = out(cicerone_get_string(command, "intent"));
        told.val.intent.confidence = number(cicerone_get(command, "confidence"));
    } else if (cicerone_has(command, "setSlot")) {
        told.tag = EXPORTS_CICERONE_UNDERSTANDING_CLASSIFY_COMMAND_SET_SLOT;
        told.val.set_slot = filled(command, "setSlot");
    } else if (cicerone_has(command, "correctSlot")) {
        told.tag = EXPORTS_CICERONE_UNDERSTANDING_CLASSIFY_COMMAND_CORRECT_SLOT;
        told.val.correct_slot = filled(command, "correctSlot");
    } else if (cicerone_has(command, "none")) {
        told.tag = EXPORTS_CICERONE_UNDERSTANDING_CLASSIFY_COMMAND_NONE;
        told.val.none = number(cicerone_get(command, "confidence"));
    }
    return told;
}

bool exports_cicerone_understanding_classify_classify(exports_cicerone_understanding_classify_request_t *ask,
                                                      exports_cicerone_understanding_classify_list_command_t *answer,
                                                      understanding_string_t *error) {
    cicerone_text_intent *intents = cicerone_alloc(ask->intents.len * sizeof *intents + 1);
    for (size_t i = 0; i < ask->intents.len; i++) intents[i] = intent_in(&ask->intents.ptr[i]);
    cicerone_field *extra = cicerone_alloc(ask->extra.len * sizeof *extra + 1);
    for (size_t i = 0; i < ask->extra.len; i++) {
        extra[i] = (cicerone_field){ in(ask->extra.ptr[i].key), in(ask->extra.ptr[i].value) };
    }
    const cicerone_json *context = cicerone_parse(in(ask->context), ask->context.len, NULL);
    cicerone_text_request request = {
        .text = in(ask->text),
        .intents = intents,
        .intent_count = ask->intents.len,
        .question = maybe_in(ask->question),
        .context = context ? context : cicerone_object(),
        .locale = in(ask->locale),
        .today = in(ask->today),
        .time_zone = in(ask->time_zone),
        .deadline_ms = ask->deadline_ms,
        .extra = extra,
        .extra_count = ask->extra.len,
    };
    const cicerone_commands *commands = cicerone_this_classify(&request);
    if (!commands || commands->error) {
        *error = out(commands ? commands->error : "the plugin gave no answer");
        return false;
    }
    size_t count = cicerone_count(commands->list), i = 0;
    answer->ptr = cicerone_alloc(count * sizeof *answer->ptr + 1);
    answer->len = count;
    for (const cicerone_json *one = cicerone_first(commands->list); one; one = cicerone_next(one)) {
        answer->ptr[i++] = command_out(one);
    }
    return true;
}
#endif
