// A component is built by running its modules once and keeping what they have made; the host is there only later.
let calls = 0;

/** Whether a tool runs now. */
export function calling(): boolean {
  return calls > 0;
}

/** Runs a call. */
export function call<T>(work: () => T): T {
  calls++;
  try {
    return work();
  } finally {
    calls--;
  }
}

/** Asks the host, if it is there. */
export function during<T>(question: () => T): T {
  if (calls > 0) return question();
  throw new Error("the host can be asked only while a tool runs: move this from the top of the module into `run`");
}
