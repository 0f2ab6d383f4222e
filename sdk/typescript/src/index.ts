// Tools for Cicerone conversations: `tool` and `plugin` make them, `s` says what they take, `ToolError` why there is no
// answer. What the host lends to a call lies in modules of their own (`@cicerone/sdk/kv`), so that a component imports only
// what its author does.
import type { Classify } from "./classify.ts";
import type { Context } from "./context.ts";
import { ToolError } from "./error.ts";
import { parse, write } from "./json.ts";
import { Reply } from "./reply.ts";
import { type Schema } from "./schema.ts";

export type { Context } from "./context.ts";
export { ToolError, type ErrorKind, type ErrorOptions } from "./error.ts";
export { Reply } from "./reply.ts";
export { s, type Infer, type JsonSchema, type Schema } from "./schema.ts";

/** What a tool does to the world. Hints for people, flows and models; never a right. */
export type Effect =
  /** It changes nothing. */
  | "read-only"
  /** The same call id twice does the thing once. */
  | "idempotent"
  /** What it does cannot be undone. */
  | "destructive"
  /** It reaches systems beyond the host's. */
  | "open-world";

/** What a tool is made of. */
export interface ToolSpec<I, O> {
  /** Unique in the plugin: `check-availability`. */
  readonly name: string;
  /** A name for people. */
  readonly title?: string;
  /** What people and language models read. */
  readonly description: string;
  /** An object: the arguments. */
  readonly input: Schema<I>;
  /** The value. */
  readonly output?: Schema<O>;
  readonly effects?: readonly Effect[];
  /** How long a call may take, if the tool has a wish. */
  readonly timeoutMs?: number;
  /** Not `async`: the host waits while an import waits, and nothing else runs in a sandbox. */
  run(args: I, ctx: Context): NoInfer<O> | Reply<NoInfer<O>>;
}

/** One tool; made by {@link tool}. */
export type Tool = ToolSpec<any, any>;

/** What a plugin offers; made by {@link plugin}. */
export interface Plugin {
  /** As in `plugin.toml`. */
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** In this order. */
  readonly tools: readonly Tool[];
  /** What understands texts, in a plugin that flows name for it; `plugin.toml` then says `classify = true` in `[build]`. */
  readonly classify?: Classify;
}

/** Makes a tool of a function and what is to know about it. */
export function tool<I, O = unknown>(spec: ToolSpec<I, O>): Tool {
  return spec;
}

/** Makes the plugin: what the module `src/index.ts` exports as its default. */
export function plugin(spec: Plugin): Plugin {
  return spec;
}

/** An answer as it leaves the sandbox: all JSON is text. */
export interface Output {
  readonly value: string;
  readonly say: readonly string[];
  readonly patch: readonly (readonly [pointer: string, value: string])[];
}

/** Runs the tool `name`. Whatever it throws comes out as a {@link ToolError}; `threw` hears of what was none. */
export function run(plugin: Plugin, ctx: Context, name: string, args: string, threw: (error: unknown) => void): Output {
  const found = plugin.tools.find((tool) => tool.name === name);
  if (!found) throw ToolError.notFound(`no tool \`${name}\` in plugin \`${plugin.name}\``);
  try {
    return output(found.run(parse(args), ctx));
  } catch (error) {
    if (error instanceof ToolError) throw error;
    threw(error);
    throw ToolError.internal(`the tool threw ${error}`, { code: "exception" });
  }
}

function output(answer: unknown): Output {
  if (answer instanceof Promise) {
    // Nobody would ever look at it, and its failure would be reported somewhere else.
    answer.catch(() => {});
    throw ToolError.internal("`run` is `async`; a sandbox runs one call to its end, so write it without", {
      code: "async",
    });
  }
  const reply = answer instanceof Reply ? answer : new Reply(answer);
  const patch = reply.patches.map(([pointer, value]) => [pointer, write(value, `the patch of ${pointer}`)] as const);
  return { value: write(reply.value, "the result"), say: reply.says, patch };
}
