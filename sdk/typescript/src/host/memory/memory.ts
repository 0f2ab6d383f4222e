// A host in memory, so that tools run in plain tests. Its clock stands still until it is moved, and its chance is a counter.

/** A line that a tool logged. */
export interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: { readonly [key: string]: string };
}

/** A request that a tool sent, its body as text. */
export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: string | undefined;
}

/** A response for a tool; `failure` instead of `status` when there shall be none. */
export interface Answered {
  readonly status?: number;
  readonly headers?: { readonly [name: string]: string };
  /** Bytes or text; anything else goes as JSON. */
  readonly body?: unknown;
  readonly failure?: string;
}

/** Everything that the host of the tests knows. */
export class Memory {
  nowMs = 0;
  remainingMs = 60_000;
  cancelled = false;
  config = new Map<string, string>();
  session: unknown = {};
  kv = new Map<string, { value: Uint8Array; untilMs: number }>();
  kvFailure: { tag: string; val?: string | number } | undefined;
  secrets = new Map<string, string>();
  answer: ((request: Sent) => Answered) | undefined;
  sent: Sent[] = [];
  lines: Line[] = [];
  progress: { percent: number | undefined; message: string }[] = [];
  events: { topic: string; payload: unknown }[] = [];
  randomGiven = 0;
}

/** The one host; `test.ts` puts a new one here. */
export const here = { memory: new Memory() };
