// JSON with one rule more: a whole number that JavaScript cannot hold exactly is an error, not another number.
import { ToolError } from "./error.ts";

const HINT = "JavaScript holds whole numbers up to 2^53 - 1 exactly; let it travel as a string";

/** Reads JSON text. */
export function parse(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (holdsLarge(value)) refuseLarge(text);
  return value;
}

/** Whether there is a number that the text may have said more exactly. */
function holdsLarge(value: unknown): boolean {
  if (typeof value === "number") return Number.isInteger(value) && !Number.isSafeInteger(value);
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(holdsLarge);
  for (const key in value) if (holdsLarge((value as Record<string, unknown>)[key])) return true;
  return false;
}

/** Strings are skipped; numbers with a fraction or an exponent are taken as they come. */
function refuseLarge(text: string): void {
  const tokens = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
  for (const [token] of text.matchAll(tokens)) {
    if (/^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token))) {
      throw ToolError.invalidInput(`the number ${token} is too large: ${HINT}`, { code: "number.too_large" });
    }
  }
}

/** Writes JSON text; `what` says what is written, should it be no JSON. */
export function write(value: unknown, what: string): string {
  const seen: unknown = JSON.stringify(value === undefined ? null : value, (key, part: unknown) => {
    const where = key === "" ? what : `\`${key}\` of ${what}`;
    if (typeof part === "bigint") {
      throw ToolError.internal(`${where} is a bigint: ${HINT}`, { code: "number.too_large" });
    }
    if (typeof part !== "number") return part;
    if (!Number.isFinite(part)) {
      throw ToolError.internal(`${where} is ${part}, which JSON cannot say`, { code: "number.not_finite" });
    }
    if (Number.isInteger(part) && !Number.isSafeInteger(part)) {
      throw ToolError.internal(`${where} is ${part}: ${HINT}`, { code: "number.too_large" });
    }
    return part;
  });
  if (typeof seen === "string") return seen;
  throw ToolError.internal(`${what} is a ${typeof value}, which JSON cannot say`);
}
