/* The tools of the plugin `{{name}}`. */
#include <cicerone.h>

/* Tells what the weather will be like in a city. */
static cicerone_reply *forecast(const cicerone_context *ctx, const cicerone_json *args) {
    (void)ctx; /* Which call this is: its id, attempt, deadline and conversation. */
    const char *city = cicerone_get_string(args, "city");
    int64_t days = cicerone_get_integer(args, "days");
    if (!*city) return cicerone_fail(CICERONE_INVALID_INPUT, "city.empty", "a forecast needs a city");

    /* Every city has its own weather; replace this with yours. */
    int64_t letters = 0;
    for (const char *at = city; *at; at++) letters++;
    int64_t celsius = 10 + letters + days;

    cicerone_json *answer = cicerone_object();
    cicerone_put_string(answer, "city", city);
    cicerone_put_string(answer, "summary", celsius > 20 ? "sunny" : "cloudy");
    cicerone_put_integer(answer, "celsius", celsius);
    return cicerone_ok(answer);
}

CICERONE_PLUGIN(
    .name = "{{name}}", .version = "0.1.0", .description = "Says what the weather is like.",
    .tools = { {
        .name = "forecast",
        .run = forecast,
        .description = "Tells what the weather will be like in a city.",
        .effects = CICERONE_READ_ONLY,
        .input_schema = CICERONE_JSON({
            "type": "object",
            "properties": {
                "city": { "type": "string", "description": "The city." },
                "days": { "type": "integer", "description": "Days from now.", "minimum": 0, "maximum": 7 }
            },
            "required": ["city"],
            "additionalProperties": false
        }),
        .output_schema = CICERONE_JSON({
            "type": "object",
            "properties": {
                "city": { "type": "string" },
                "summary": { "type": "string" },
                "celsius": { "type": "integer" }
            },
            "required": ["city", "summary", "celsius"]
        }),
    } }
);
