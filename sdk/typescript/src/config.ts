// The operator's settings from `plugin.toml`. Never secrets.
import * as host from "#host/config";
import { ToolError } from "./error.ts";

/** The setting `key` as it is written, if it is. */
export function get(key: string): string | undefined {
  return host.get(key) ?? undefined;
}

/** The setting `key`, as whatever type `otherwise` has, which it is where nothing is written. */
export function getOr(key: string, otherwise: string): string;
export function getOr(key: string, otherwise: number): number;
export function getOr(key: string, otherwise: boolean): boolean;
export function getOr(key: string, otherwise: string | number | boolean): string | number | boolean {
  const text = get(key);
  if (text === undefined || typeof otherwise === "string") return text ?? otherwise;
  if (typeof otherwise === "boolean") {
    if (text === "true" || text === "false") return text === "true";
    throw invalid(key, text, "it is neither `true` nor `false`");
  }
  const number = text.trim() === "" ? NaN : Number(text);
  if (Number.isFinite(number)) return number;
  throw invalid(key, text, "it is no number");
}

function invalid(key: string, text: string, why: string): ToolError {
  return ToolError.internal(`the setting \`${key}\` cannot be \`${text}\`: ${why}`, { code: "config.invalid" });
}
