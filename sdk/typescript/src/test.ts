// Runs tools in Node, in plain tests, on a host in memory. There is one such host; making another empties it.
import type { Command, Intent, Request, Slot } from "./classify.ts";
import type { Context } from "./context.ts";
import { type ErrorOptions, ToolError } from "./error.ts";
import { here, Memory, type Answered, type Line, type Sent } from "./host/memory/memory.ts";
import { type Plugin, run } from "./index.ts";

export type { Answered, Line, Sent };

/** What the host has at the beginning; all of it may be left out. */
export interface HostOptions {
  /** The clock, milliseconds since the Unix epoch. */
  readonly nowMs?: number;
  /** Settings of `plugin.toml`. */
  readonly config?: { readonly [key: string]: string };
  /** The conversation's context. */
  readonly session?: unknown;
  readonly secrets?: { readonly [name: string]: string };
  /** What the other side answers; without it, every request is denied. */
  readonly http?: (request: Sent) => Answered;
}

/** The host of the tests. */
export class Host {
  readonly #memory = new Memory();

  constructor(options: HostOptions = {}) {
    const memory = this.#memory;
    memory.nowMs = options.nowMs ?? 0;
    memory.config = new Map(Object.entries(options.config ?? {}));
    memory.session = options.session ?? {};
    memory.secrets = new Map(Object.entries(options.secrets ?? {}));
    memory.answer = options.http;
    here.memory = memory;
  }

  /** Moves the clock on. */
  pass(ms: number): void {
    this.#memory.nowMs += ms;
  }

  /** From now on nobody waits for the answer. */
  cancel(): void {
    this.#memory.cancelled = true;
  }

  /** From now on every use of `kv` fails like this; without a reason it works again. */
  failKv(reason?: "not-granted" | "too-large" | "quota" | "unavailable", detail?: string | number): void {
    this.#memory.kvFailure = reason && { tag: reason, ...(detail !== undefined && { val: detail }) };
  }

  /** What was logged so far. */
  get lines(): readonly Line[] {
    return this.#memory.lines;
  }

  /** What was sent so far. */
  get sent(): readonly Sent[] {
    return this.#memory.sent;
  }

  /** What the chat client was told so far. */
  get progress(): readonly { percent: number | undefined; message: string }[] {
    return this.#memory.progress;
  }

  /** What was published so far. */
  get events(): readonly { topic: string; payload: unknown }[] {
    return this.#memory.events;
  }
}

/** A first attempt at a call. */
export function context(over: Partial<Context> = {}): Context {
  return {
    callId: "call-1",
    attempt: 1,
    deadlineMs: Number.MAX_SAFE_INTEGER,
    sessionId: "session",
    flow: "flow",
    state: "State",
    locale: undefined,
    traceparent: undefined,
    extra: {},
    ...over,
  };
}

/** What a tool answered, with everything that goes with the value. */
export interface Answer {
  readonly value: any;
  readonly say: readonly string[];
  readonly patch: { readonly [pointer: string]: unknown };
}

/** Calls a tool as the host would, and gives its value. The schemas are the host's to check, not checked here. */
export function call(plugin: Plugin, tool: string, args: unknown = {}, ctx: Context = context()): any {
  return reply(plugin, tool, args, ctx).value;
}

/** As {@link call}, with what the tool says and the changes that it wishes for. */
export function reply(plugin: Plugin, tool: string, args: unknown = {}, ctx: Context = context()): Answer {
  // What a tool throws by mistake is thrown on, so that the test shows where.
  const output = run(plugin, ctx, tool, JSON.stringify(args), (error) => {
    throw error;
  });
  const patch = Object.fromEntries(output.patch.map(([pointer, value]) => [pointer, JSON.parse(value)]));
  return { value: JSON.parse(output.value), say: output.say, patch };
}

/** Calls a tool that has no answer, and says why; throws if it has one. */
export function failure(plugin: Plugin, tool: string, args: unknown = {}, ctx: Context = context()): ToolError {
  let value: unknown;
  try {
    value = call(plugin, tool, args, ctx);
  } catch (error) {
    if (error instanceof ToolError) return error;
    throw error;
  }
  throw new Error(`\`${tool}\` should fail, and answers ${JSON.stringify(value)}`);
}

/** A text and what it can mean now, of which a test says what matters to it. */
export type Asked = Partial<Omit<Request, "intents">> & {
  readonly intents?: readonly (Partial<Omit<Intent, "slots">> & { readonly slots?: readonly Partial<Slot>[] })[];
};

/** Asks a plugin about a text as the host would. What it throws is thrown on. */
export function classify(plugin: Plugin, asked: Asked | string): readonly Command[] {
  if (!plugin.classify) throw new Error(`\`${plugin.name}\` has no \`classify\``);
  return plugin.classify(request(typeof asked === "string" ? { text: asked } : asked));
}

function request({ intents = [], ...given }: Asked): Request {
  const slot = { name: "", kind: "string", values: [], required: false, asked: false };
  const all = intents.map(({ slots = [], ...intent }) => {
    return { name: "", description: undefined, examples: [], ...intent, slots: slots.map((one) => ({ ...slot, ...one })) };
  });
  return {
    text: "",
    question: undefined,
    context: {},
    locale: "en-US",
    today: "1970-01-01",
    timeZone: "UTC",
    deadlineMs: Number.MAX_SAFE_INTEGER,
    extra: {},
    ...given,
    intents: all,
  };
}

export type { ErrorOptions };
