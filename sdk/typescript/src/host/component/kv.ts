import kv from "cicerone:plugin/kv@1.0.0";
import { during } from "./during.ts";

type Bytes = Uint8Array | null;
type Ttl = number | null;

export const get = (scope: string, key: string): Bytes => during(() => kv.get(scope, key));
export const set = (scope: string, key: string, value: Uint8Array, ttlMs: Ttl): void =>
  during(() => kv.set(scope, key, value, ttlMs));
export const remove = (scope: string, key: string): boolean => during(() => kv.delete(scope, key));
export const increment = (scope: string, key: string, by: number, ttlMs: Ttl): number =>
  during(() => kv.increment(scope, key, by, ttlMs));
export const compareAndSet = (scope: string, key: string, expected: Bytes, value: Uint8Array, ttlMs: Ttl): boolean =>
  during(() => kv.compareAndSet(scope, key, expected, value, ttlMs));
