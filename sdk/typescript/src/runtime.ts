// The clock, the time left and chance, all by the host, whose clock tests can freeze. In a component `Date`,
// `Math.random` and `crypto.getRandomValues` ask here too.
import * as host from "#host/runtime";

/** The most random bytes that the host gives at once. */
const RANDOM_MAX = 1024;

/** Milliseconds since the Unix epoch. */
export function nowMs(): number {
  return host.nowMs();
}

/** How long the host still waits for this call, in milliseconds. */
export function remainingMs(): number {
  return host.remainingMs();
}

/** Whether nobody waits for the answer any more: the conversation moved on, or the client cancelled. */
export function isCancelled(): boolean {
  return host.isCancelled();
}

/** Fresh random bytes. */
export function random(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let from = 0; from < length; from += RANDOM_MAX) {
    bytes.set(host.random(Math.min(RANDOM_MAX, length - from)), from);
  }
  return bytes;
}
