// Why a tool has no answer, in words that a flow can branch on. It never carries a stack trace or other insides.

/** What sort of failure it was. The set is closed; detail goes into `code`. */
export type ErrorKind =
  | "invalid-input"
  | "not-found"
  | "unauthenticated"
  | "forbidden"
  | "conflict"
  | "rate-limited"
  | "unavailable"
  | "internal";

/** What can be said beside kind and message. */
export interface ErrorOptions {
  /** Short and stable, for branches in flows: `card_declined`. */
  readonly code?: string;
  /** Whether the same call may succeed later; the host then tries again if the tool allows it. */
  readonly retryable?: boolean;
  /** How long to wait before that, in milliseconds. It makes the failure retryable. */
  readonly retryAfterMs?: number;
  /** Anything else worth telling, as JSON. */
  readonly details?: unknown;
}

/** Why a tool has no answer. Throw it: `throw ToolError.notFound("no such order")`. */
export class ToolError extends Error {
  readonly kind: ErrorKind;
  readonly code: string | undefined;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly details: unknown;

  /** A failure of this kind; `rate-limited` and `unavailable` are taken as passing, the others as lasting. */
  constructor(kind: ErrorKind, message: string, options: ErrorOptions = {}) {
    super(message);
    this.name = "ToolError";
    this.kind = kind;
    this.code = options.code;
    const passing = kind === "rate-limited" || kind === "unavailable";
    this.retryable = options.retryable ?? (passing || options.retryAfterMs !== undefined);
    this.retryAfterMs = options.retryAfterMs;
    this.details = options.details;
  }

  /** The arguments make no sense together, though they fit the schema. */
  static invalidInput(message: string, options?: ErrorOptions): ToolError {
    return new ToolError("invalid-input", message, options);
  }

  /** There is no such thing. */
  static notFound(message: string, options?: ErrorOptions): ToolError {
    return new ToolError("not-found", message, options);
  }

  /** The tool could not say who it is. */
  static unauthenticated(message: string, options?: ErrorOptions): ToolError {
    return new ToolError("unauthenticated", message, options);
  }

  /** The tool, or the person, may not do this. */
  static forbidden(message: string, options?: ErrorOptions): ToolError {
    return new ToolError("forbidden", message, options);
  }

  /** Somebody else was first, or the thing is in another state. */
  static conflict(message: string, options?: ErrorOptions): ToolError {
    return new ToolError("conflict", message, options);
  }

  /** Too many calls. */
  static rateLimited(message: string, options?: ErrorOptions): ToolError {
    return new ToolError("rate-limited", message, options);
  }

  /** Something the tool needs is away. */
  static unavailable(message: string, options?: ErrorOptions): ToolError {
    return new ToolError("unavailable", message, options);
  }

  /** The tool is at fault. */
  static internal(message: string, options?: ErrorOptions): ToolError {
    return new ToolError("internal", message, options);
  }
}
