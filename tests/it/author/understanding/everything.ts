
// What the README's example does not: every other command, what is asked, and how there is no answer.
function everything(request: Request): Command[] {
  const says = (word: string) => request.text.includes(word);
  const { question, context, locale, today, timeZone, intents } = request;
  if (says("cancel")) return [Command.cancel()];
  if (says("correct")) return [Command.intent("BOOK", 1), Command.correct("size", 7, { confidence: 0.25 })];
  if (says("refuse")) throw ToolError.unavailable("the words are away");
  if (says("crash")) return (request as any).nothing.there;
  if (says("told")) {
    const { description, examples, slots } = intents[0]!;
    const asked = slots.find((slot) => slot.asked)!;
    const values = slots.flatMap((slot) => slot.values).join(",");
    const told = [question, context["city"], locale, today, timeZone, description, examples[0], asked.name, asked.kind, values];
    return [Command.intent("BOOK", 1), Command.set("note", told.join("|"))];
  }
  return understand(request);
}
