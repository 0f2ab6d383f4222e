// What a tool is told about the call it answers. Plain data; nothing of it asks the host.

/** The call that a tool answers. */
export interface Context {
  /** The same for every attempt at one call: the key that makes a repeated call harmless. */
  readonly callId: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** When the host gives up, in milliseconds since the Unix epoch. */
  readonly deadlineMs: number;
  /** The conversation. */
  readonly sessionId: string;
  /** The flow it runs. */
  readonly flow: string;
  /** The state that called. */
  readonly state: string;
  /** The person's language, as BCP 47, where it is known. */
  readonly locale: string | undefined;
  /** W3C trace context, to pass on in outgoing requests. */
  readonly traceparent: string | undefined;
  /** What newer hosts tell besides. */
  readonly extra: { readonly [key: string]: string };
}
