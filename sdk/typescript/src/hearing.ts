// The edge of the sandbox for texts: the records of `cicerone:understanding` to the SDK's types and back. It exists only in
// components whose plugin.toml says that they understand texts.
import type { Command, Filled, Intent, Request, Span } from "./classify.ts";
import { ToolError } from "./error.ts";
import { call } from "./host/component/during.ts";
import type { Plugin } from "./index.ts";
import { write } from "./json.ts";
import * as log from "./log.ts";

type WitIntent = Omit<Intent, "description"> & { description: string | null };
type WitRequest = Omit<Request, "intents" | "question" | "context" | "extra"> & {
  intents: WitIntent[];
  question: string | null;
  context: string;
  extra: { key: string; value: string }[];
};

/** What the component exports as `classify`. Made while it is built, so that what is wrong is said there. */
export function hearing(plugin: Plugin) {
  const understand = plugin.classify;
  if (typeof understand !== "function") {
    throw new Error("plugin.toml says `classify = true`, but `plugin({ … })` has no `classify`: name a function there");
  }
  return { classify: (ask: WitRequest) => call(() => answer(plugin, ask)) };
}

function answer({ classify }: Plugin, ask: WitRequest) {
  try {
    const commands: unknown = classify?.(request(ask));
    if (commands instanceof Promise) {
      commands.catch(() => {});
      throw ToolError.internal("`classify` is `async`; a sandbox runs one call to its end, so write it without");
    }
    if (!Array.isArray(commands)) throw ToolError.internal("`classify` gave no list of commands");
    return commands.map((command: Command) => wire(command, ask.text));
  } catch (error) {
    if (error instanceof ToolError) throw error.message;
    // What it says may have the text in it; where it happened has not.
    const { name, stack } = error instanceof Error ? error : { name: typeof error, stack: undefined };
    log.error("The plugin threw.", { error: name, at: stack ?? "" });
    throw `the plugin threw ${name}`;
  }
}

function request(ask: WitRequest): Request {
  const intents = ask.intents.map((intent) => ({ ...intent, description: intent.description ?? undefined }));
  const extra = Object.fromEntries(ask.extra.map(({ key, value }) => [key, value]));
  const context = JSON.parse(ask.context) as Request["context"];
  return { ...ask, intents, question: ask.question ?? undefined, context, deadlineMs: Number(ask.deadlineMs), extra };
}

function wire(command: Command, text: string) {
  switch (command.kind) {
    case "intent":
      return { tag: "intent", val: { name: command.name, confidence: command.confidence } };
    case "set-slot":
    case "correct-slot":
      return { tag: command.kind, val: filled(command, text) };
    case "cancel":
      return { tag: "cancel" };
    case "none":
      return { tag: "none", val: command.confidence };
    default:
      throw ToolError.internal("`classify` gave something that is no command");
  }
}

function filled({ name, value, span, confidence }: Filled, text: string) {
  return {
    name,
    value: json(value, name),
    span: span && lies(span, text) ? { start: bytes(text, span.start), end: bytes(text, span.end) } : null,
    confidence: confidence ?? null,
  };
}

/** What JSON cannot say may be out of the text, so only the slot is told. */
function json(value: unknown, name: string): string {
  try {
    return write(value, "it");
  } catch {
    throw ToolError.internal(`the value of \`${name}\` does not go into JSON`);
  }
}

function lies({ start, end }: Span, text: string): boolean {
  return Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start < end && end <= text.length;
}

/** The place in UTF-8. */
function bytes(text: string, place: number): number {
  return new TextEncoder().encode(text.slice(0, place)).length;
}
