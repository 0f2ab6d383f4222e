// Small durable state, one name space per plugin. Calls run at the same time, in sandboxes that share nothing else: what two
// of them may change goes through `update`, `increment` or `compareAndSet`. Needs `kv` in `[capabilities]`.
import * as host from "#host/kv";
import { ToolError } from "./error.ts";
import { said } from "./host/said.ts";
import { parse, write } from "./json.ts";

/** How often `update` tries before it says that the key is contended. */
export const UPDATES_MAX = 64;

/** Who shares the state: the calls of one conversation, gone when it is; or all calls of the plugin. */
export type Scope = "session" | "plugin";

/** Why the state cannot be read or written. */
export type Reason = "not-granted" | "too-large" | "quota" | "unavailable" | "wrong-type";

/** What the state's failures are thrown as; uncaught, it is the tool's failure. */
export class KvError extends ToolError {
  readonly reason: Reason;

  constructor(reason: Reason, detail?: string | number) {
    const kind = reason === "not-granted" ? "forbidden" : reason === "unavailable" ? "unavailable" : "internal";
    super(kind, words(reason, detail), { code: `kv.${reason.replace("-", "_")}` });
    this.name = "KvError";
    this.reason = reason;
  }
}

function words(reason: Reason, detail: string | number | undefined): string {
  switch (reason) {
    case "not-granted":
      return "this scope of `kv` is not granted; ask for it in `[capabilities]`";
    case "too-large":
      return `the value is larger than ${detail} bytes`;
    case "quota":
      return `the plugin's state would pass its quota of ${detail}`;
    case "unavailable":
      return `the state cannot be reached: ${detail}`;
    case "wrong-type":
      return `the state holds another type: ${detail}`;
  }
}

/** The state of one scope. */
export class Space {
  readonly #scope: Scope;
  readonly #ttlMs: number | null;

  constructor(scope: Scope, ttlMs: number | null = null) {
    this.#scope = scope;
    this.#ttlMs = ttlMs;
  }

  /** The same, but what it writes is gone after `ttlMs` milliseconds. */
  forAtMost(ttlMs: number): Space {
    return new Space(this.#scope, ttlMs);
  }

  /** The JSON value of `key`, if there is one. What it is, nobody checks: the type is yours to know. */
  get<T>(key: string): T | undefined {
    return decode(this.getBytes(key));
  }

  /** Writes a JSON value, whatever was there. */
  set(key: string, value: unknown): void {
    this.setBytes(key, encode(value, key));
  }

  /** The bytes of `key`, if it is there. */
  getBytes(key: string): Uint8Array | undefined {
    return ask(() => host.get(this.#scope, key)) ?? undefined;
  }

  /** Writes bytes, whatever was there. */
  setBytes(key: string, value: Uint8Array): void {
    ask(() => host.set(this.#scope, key, value, this.#ttlMs));
  }

  /** Removes `key`; says whether it was there. */
  delete(key: string): boolean {
    return ask(() => host.remove(this.#scope, key));
  }

  /** Adds to a counter, which begins at 0, and gives the sum, in one step. */
  increment(key: string, by = 1): number {
    return ask(() => host.increment(this.#scope, key, by, this.#ttlMs));
  }

  /** Writes `value` if the bytes of `key` are still `expected`; says whether they were. */
  compareAndSet(key: string, expected: Uint8Array | undefined, value: Uint8Array): boolean {
    return ask(() => host.compareAndSet(this.#scope, key, expected ?? null, value, this.#ttlMs));
  }

  /**
   * Changes a JSON value as one step, though others change it too: `change` gets what is there and gives what shall be there,
   * and runs again when somebody was faster. Gives what was written. What `change` throws ends it, and nothing is written.
   *
   *     const seats = kv.plugin().update<number>("seats/19:00", (taken = 0) => taken + 4);
   */
  update<T>(key: string, change: (before: T | undefined) => T): T {
    for (let tries = 0; tries < UPDATES_MAX; tries++) {
      const before = this.getBytes(key);
      const after = change(decode(before));
      const bytes = encode(after, key);
      if (same(before, bytes) || this.compareAndSet(key, before, bytes)) return after;
    }
    throw new KvError("unavailable", `\`${key}\` changed ${UPDATES_MAX} times during one update`);
  }
}

/** The state that all calls of the plugin share. */
export function plugin(): Space {
  return new Space("plugin");
}

/** The state that the calls of this conversation share. */
export function session(): Space {
  return new Space("session");
}

function ask<T>(question: () => T): T {
  try {
    return question();
  } catch (error) {
    const why = said<{ tag?: Reason; val?: string | number }>(error);
    throw why.tag === undefined ? error : new KvError(why.tag, why.val);
  }
}

function encode(value: unknown, key: string): Uint8Array {
  return new TextEncoder().encode(write(value, `the value of \`${key}\``));
}

function decode<T>(bytes: Uint8Array | undefined): T | undefined {
  if (bytes === undefined) return undefined;
  try {
    return parse(new TextDecoder().decode(bytes)) as T;
  } catch (error) {
    throw new KvError("wrong-type", String(error));
  }
}

function same(one: Uint8Array | undefined, other: Uint8Array): boolean {
  return one?.length === other.length && one.every((byte, at) => byte === other[at]);
}
