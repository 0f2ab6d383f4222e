// Lines for the host's log. The host bounds them and removes control characters; it never shows them to the person.
import * as host from "#host/log";

/** How much a line matters. */
export type Level = "trace" | "debug" | "info" | "warn" | "error";

/** Values that belong to a line. */
export type Fields = { readonly [key: string]: unknown };

/** A constant message and the values that belong to it: `log.info("Held a table.", { seats: 4 })`. */
export function info(message: string, fields: Fields = {}): void {
  emit("info", message, fields);
}

/** As {@link info}, for whoever looks for a fault. */
export function debug(message: string, fields: Fields = {}): void {
  emit("debug", message, fields);
}

/** As {@link info}, when something is odd and the tool coped. */
export function warn(message: string, fields: Fields = {}): void {
  emit("warn", message, fields);
}

/** As {@link info}, when somebody must act. */
export function error(message: string, fields: Fields = {}): void {
  emit("error", message, fields);
}

/** A line of any level. */
export function emit(level: Level, message: string, fields: Fields = {}): void {
  host.emit(level, message, Object.entries(fields).map(([key, value]) => ({ key, value: text(value) })));
}

/** As people would write it: texts and errors as they are, objects as JSON. */
export function text(value: unknown): string {
  if (value instanceof Error) return value.stack ? `${value}\n${value.stack}` : String(value);
  if (typeof value !== "object" || value === null) return String(value);
  try {
    return JSON.stringify(value);
  } catch {
    return String(value);
  }
}
