import { here } from "./memory.ts";

type Bytes = Uint8Array | null;
type Ttl = number | null;

export function get(scope: string, key: string): Bytes {
  const { kv, kvFailure, nowMs } = here.memory;
  if (kvFailure) throw kvFailure;
  const held = kv.get(`${scope}/${key}`);
  return held !== undefined && nowMs < held.untilMs ? held.value.slice() : null;
}

export function set(scope: string, key: string, value: Uint8Array, ttlMs: Ttl): void {
  get(scope, key);
  const untilMs = ttlMs === null ? Infinity : here.memory.nowMs + ttlMs;
  here.memory.kv.set(`${scope}/${key}`, { value: value.slice(), untilMs });
}

export function remove(scope: string, key: string): boolean {
  const wasThere = get(scope, key) !== null;
  here.memory.kv.delete(`${scope}/${key}`);
  return wasThere;
}

export function increment(scope: string, key: string, by: number, ttlMs: Ttl): number {
  const held = get(scope, key);
  const before = held === null ? 0 : Number(new TextDecoder().decode(held));
  if (!Number.isInteger(before)) throw { tag: "unavailable", val: `\`${key}\` holds no counter` };
  set(scope, key, new TextEncoder().encode(String(before + by)), ttlMs);
  return before + by;
}

export function compareAndSet(scope: string, key: string, expected: Bytes, value: Uint8Array, ttlMs: Ttl): boolean {
  const held = get(scope, key);
  if (String(held) !== String(expected)) return false;
  set(scope, key, value, ttlMs);
  return true;
}
