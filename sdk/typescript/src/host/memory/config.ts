import { here } from "./memory.ts";

export const get = (key: string): string | null => here.memory.config.get(key) ?? null;
