// Live updates to the waiting chat client. Needs `progress` in `[capabilities]`.
import * as host from "#host/progress";

/** Tells how far the call is: words, and a percentage where it is known. */
export function update(message: string, percent?: number): void {
  host.update(percent === undefined ? null : Math.max(0, Math.min(100, Math.round(percent))), message);
}
