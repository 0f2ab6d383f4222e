// The conversation's context, read only, and only the paths granted in `plugin.toml`. To change it, answer with
// `new Reply(value).patch(pointer, value)`. Needs `session` in `[capabilities]`.
import * as host from "#host/session";
import { ToolError } from "./error.ts";
import { said } from "./host/said.ts";
import { parse } from "./json.ts";

/** Why the context cannot be read at a pointer. */
export type Reason = "not-granted" | "bad-pointer";

/** Thrown; uncaught, it is the tool's failure. */
export class SessionError extends ToolError {
  readonly reason: Reason;

  constructor(reason: Reason, detail?: string) {
    const granted = reason !== "not-granted";
    const words = granted
      ? `not a JSON Pointer: ${detail}`
      : "the context is not granted here; ask for it in `[capabilities]`";
    super(granted ? "internal" : "forbidden", words, { code: `session.${reason.replace("-", "_")}` });
    this.name = "SessionError";
    this.reason = reason;
  }
}

/** The value at a JSON Pointer such as `/cart/items`, if there is one. The type is yours to know. */
export function get<T>(pointer: string): T | undefined {
  let text: string | null;
  try {
    text = host.get(pointer);
  } catch (error) {
    const why = said<{ tag?: Reason; val?: string }>(error);
    throw why.tag === undefined ? error : new SessionError(why.tag, why.val);
  }
  return text === null ? undefined : (parse(text) as T);
}
