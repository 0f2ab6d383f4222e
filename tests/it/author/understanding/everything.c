/* What the README's example does not: every other command, what is asked, and how there is no answer. */
static cicerone_commands *everything(const cicerone_text_request *request) {
    const char *text = request->text;
    if (strstr(text, "cancel")) return cicerone_cancel();
    if (strstr(text, "correct")) {
        cicerone_filled filled = { .name = "size", .value = cicerone_integer(7), .confidence = 0.25 };
        return cicerone_correct_slot(cicerone_intent("BOOK", 1), filled);
    }
    if (strstr(text, "refuse")) return cicerone_no_commands("the %s are away", "words");
    if (strstr(text, "crash")) abort();
    if (strstr(text, "told")) {
        const cicerone_text_intent *intent = request->intents;
        const cicerone_text_slot *asked = intent->slots, *last = intent->slots + intent->slot_count - 1;
        while (!asked->asked) asked++;
        const char *told = cicerone_format("%s|%s|%s|%s|%s|%s|%s|%s|%s|%s,%s", request->question,
                                           cicerone_get_string(request->context, "city"), request->locale, request->today,
                                           request->time_zone, intent->description, intent->examples[0], asked->name,
                                           asked->kind, last->values[0], last->values[last->value_count - 1]);
        return cicerone_set(cicerone_intent("BOOK", 1), "note", cicerone_string(told));
    }
    return understand(request);
}

