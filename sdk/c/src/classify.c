/*
 * The commands in which a plugin answers that understands texts, as JSON until they leave. It knows no sandbox; a plugin
 * that understands no texts has nothing of it in its component.
 */
#include "inside.h"

static cicerone_commands *with(cicerone_json *command) {
    cicerone_commands *commands = cicerone_alloc(sizeof *commands);
    commands->list = cicerone_array();
    if (command) cicerone_push(commands->list, command);
    return commands;
}

cicerone_commands *cicerone_intent(const char *name, double confidence) {
    cicerone_json *command = cicerone_object();
    cicerone_put_string(command, "intent", name);
    cicerone_put_number(command, "confidence", confidence);
    return with(command);
}

cicerone_commands *cicerone_cancel(void) {
    cicerone_json *command = cicerone_object();
    cicerone_put_bool(command, "cancel", true);
    return with(command);
}

cicerone_commands *cicerone_none(double confidence) {
    cicerone_json *command = cicerone_object();
    cicerone_put_bool(command, "none", true);
    cicerone_put_number(command, "confidence", confidence);
    return with(command);
}

cicerone_commands *cicerone_no_commands(const char *format, ...) {
    cicerone_commands *commands = with(NULL);
    va_list list;
    va_start(list, format);
    commands->error = cicerone_format_list(format, list);
    va_end(list);
    return commands;
}

static cicerone_commands *fill(cicerone_commands *commands, const char *how, cicerone_filled filled) {
    cicerone_json *command = cicerone_object();
    cicerone_put_string(command, how, filled.name);
    cicerone_put(command, "value", filled.value ? filled.value : cicerone_null());
    if (filled.start < filled.end) {
        cicerone_json *span = cicerone_array();
        cicerone_push(span, cicerone_integer((int64_t)filled.start));
        cicerone_push(span, cicerone_integer((int64_t)filled.end));
        cicerone_put(command, "span", span);
    }
    if (filled.confidence != 0) cicerone_put_number(command, "confidence", filled.confidence);
    cicerone_push(commands->list, command);
    return commands;
}

cicerone_commands *cicerone_set_slot(cicerone_commands *commands, cicerone_filled filled) {
    return fill(commands, "setSlot", filled);
}

cicerone_commands *cicerone_correct_slot(cicerone_commands *commands, cicerone_filled filled) {
    return fill(commands, "correctSlot", filled);
}

cicerone_commands *cicerone_set(cicerone_commands *commands, const char *slot, cicerone_json *value) {
    return cicerone_set_slot(commands, (cicerone_filled){ .name = slot, .value = value });
}
