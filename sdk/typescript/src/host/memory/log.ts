import { here } from "./memory.ts";

export function emit(level: string, message: string, fields: { key: string; value: string }[]): void {
  here.memory.lines.push({ level, message, fields: Object.fromEntries(fields.map(({ key, value }) => [key, value])) });
}
