import { here } from "./memory.ts";

export const nowMs = (): number => here.memory.nowMs;
export const remainingMs = (): number => here.memory.remainingMs;
export const isCancelled = (): boolean => here.memory.cancelled;

/** The high byte of a multiplicative hash: spread, and the same in every run. */
export function random(length: number): Uint8Array {
  return Uint8Array.from({ length }, () => Math.imul(++here.memory.randomGiven, 0x9e3779b1) >>> 24);
}
