def everything(request):
    """What the README's example does not: every other command, what is asked, and how there is no answer."""
    if "cancel" in request.text:
        return [Command.cancel()]
    if "correct" in request.text:
        return [Command.intent("BOOK", 1), Command.correct("size", 7, confidence=0.25)]
    if "refuse" in request.text:
        raise ToolError.unavailable("the words are away")
    if "crash" in request.text:
        return request.nothing
    if "told" in request.text:
        intent = request.intents[0]
        asked = next(slot for slot in intent.slots if slot.asked)
        values = ",".join(value for slot in intent.slots for value in slot.values)
        told = [request.question, request.context["city"], request.locale, request.today, request.time_zone]
        told += [intent.description, intent.examples[0], asked.name, asked.kind, values]
        return [Command.intent("BOOK", 1), Command.set("note", "|".join(told))]
    return understand(request)


