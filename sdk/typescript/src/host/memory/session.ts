import { here } from "./memory.ts";

export function get(pointer: string): string | null {
  if (pointer !== "" && !pointer.startsWith("/")) {
    throw { tag: "bad-pointer", val: `\`${pointer}\` does not begin with \`/\`` };
  }
  let value = here.memory.session;
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return null;
    value = (value as Record<string, unknown>)[key];
  }
  return value === undefined ? null : JSON.stringify(value);
}
