/*
 * The edge of the sandbox: the contract's records to the SDK's types and back. It is in components only.
 *
 * Everything that goes in or out lies in the call's memory, which the last word of a call releases: strings of the host
 * are given room for a zero byte, so that they are C strings without a copy.
 */
#ifdef __wasm__
#include "../bindings/wit.h"
#include "inside.h"

#include <string.h>

/* The bindings ask for an object file that carries the contract; the builder puts it in afterwards. */
void __component_type_object_force_link_wit(void) {
}

__attribute__((export_name("cabi_realloc"))) void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
    (void)align; /* Every piece is aligned for any type. */
    void *piece = cicerone_alloc(size + 1);
    return old_size ? memcpy(piece, old, old_size < size ? old_size : size) : piece;
}

__attribute__((export_name("cabi_post_cicerone:plugin/tools@1.0.0#describe"))) void
__wasm_export_exports_cicerone_plugin_tools_describe_post_return(uint8_t *result) {
    (void)result;
    cicerone_release();
}

__attribute__((export_name("cabi_post_cicerone:plugin/tools@1.0.0#call"))) void
__wasm_export_exports_cicerone_plugin_tools_call_post_return(uint8_t *result) {
    (void)result;
    cicerone_release();
}

static wit_string_t out(const char *text) {
    size_t length = text ? strlen(text) : 0;
    const char *good = cicerone_utf8(text ? text : "", &length);
    return (wit_string_t){ (uint8_t *)good, length };
}

static wit_option_string_t maybe_out(const char *text) {
    return (wit_option_string_t){ text != NULL, out(text) };
}

static const char *in(wit_string_t text) {
    return text.len ? (const char *)text.ptr : "";
}

static const char *maybe_in(wit_option_string_t text) {
    return text.is_some ? in(text.val) : NULL;
}

void exports_cicerone_plugin_tools_describe(exports_cicerone_plugin_tools_plugin_info_t *info) {
    static const char no_arguments[] = "{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}";
    const cicerone_plugin *plugin = &cicerone_this_plugin;
    size_t count = cicerone_tools();
    cicerone_plugin_types_tool_def_t *tools = cicerone_alloc(count * sizeof *tools + 1);
    for (size_t i = 0; i < count; i++) {
        const cicerone_tool *tool = &plugin->tools[i];
        tools[i] = (cicerone_plugin_types_tool_def_t){
            .name = out(tool->name),
            .title = maybe_out(tool->title),
            .description = out(tool->description),
            .input_schema = out(tool->input_schema ? tool->input_schema : no_arguments),
            .output_schema = maybe_out(tool->output_schema),
            .effects = (uint8_t)tool->effects,
            .timeout_ms = { tool->timeout_ms != 0, tool->timeout_ms },
        };
    }
    *info = (exports_cicerone_plugin_tools_plugin_info_t){
        .name = out(plugin->name),
        .version = out(plugin->version),
        .description = out(plugin->description),
        .tools = { tools, count },
    };
}

static void tell_error(const cicerone_error *error, exports_cicerone_plugin_tools_tool_error_t *told) {
    *told = (exports_cicerone_plugin_tools_tool_error_t){
        .kind = (cicerone_plugin_types_error_kind_t)error->kind,
        .code = maybe_out(error->code),
        .message = out(error->message),
        .retryable = error->retryable,
        .retry_after_ms = { error->retry_after_ms != 0, error->retry_after_ms },
        .details = maybe_out(error->details ? cicerone_write(error->details) : NULL),
    };
}

static void tell_value(const cicerone_reply *reply, exports_cicerone_plugin_tools_tool_output_t *told) {
    size_t says = cicerone_count(reply->say), patches = cicerone_count(reply->patch);
    wit_string_t *say = cicerone_alloc(says * sizeof *say + 1);
    cicerone_plugin_types_field_t *patch = cicerone_alloc(patches * sizeof *patch + 1);
    size_t i = 0;
    for (const cicerone_json *text = cicerone_first(reply->say); text; text = cicerone_next(text)) {
        say[i++] = out(cicerone_text(text));
    }
    i = 0;
    for (const cicerone_json *part = cicerone_first(reply->patch); part; part = cicerone_next(part)) {
        patch[i++] = (cicerone_plugin_types_field_t){ out(cicerone_key(part)), out(cicerone_write(part)) };
    }
    *told = (exports_cicerone_plugin_tools_tool_output_t){
        .value = out(cicerone_write(reply->value)),
        .context_patch = { patch, patches },
        .say = { say, says },
    };
}

bool exports_cicerone_plugin_tools_call(exports_cicerone_plugin_tools_call_context_t *told, wit_string_t *name,
                                        wit_string_t *args, exports_cicerone_plugin_tools_tool_output_t *output,
                                        exports_cicerone_plugin_tools_tool_error_t *error) {
    cicerone_field *extra = cicerone_alloc(told->extra.len * sizeof *extra + 1);
    for (size_t i = 0; i < told->extra.len; i++) {
        extra[i] = (cicerone_field){ in(told->extra.ptr[i].key), in(told->extra.ptr[i].value) };
    }
    cicerone_context context = {
        .call_id = in(told->call_id),
        .attempt = told->attempt,
        .deadline_ms = told->deadline_ms,
        .session_id = in(told->session_id),
        .flow = in(told->flow),
        .state = in(told->state),
        .locale = maybe_in(told->locale),
        .traceparent = maybe_in(told->traceparent),
        .extra = extra,
        .extra_count = told->extra.len,
    };
    const cicerone_reply *reply = cicerone_answer(&context, in(*name), in(*args), args->len);
    if (reply->error) tell_error(reply->error, error);
    else tell_value(reply, output);
    return reply->error == NULL;
}
#endif
