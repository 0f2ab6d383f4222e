// Understanding texts: what the host asks of a plugin that a flow names for it, and the commands in which it answers. A
// plugin only chooses: the host refuses what cannot be taken at the moment, and checks every value.

/** One text, and what it can mean now. */
export interface Request {
  /** As the person wrote it, with marks such as `[phone-a]` in place of what the flow calls personal. */
  readonly text: string;
  /** The intents that the conversation can take now. */
  readonly intents: readonly Intent[];
  /** What the person was asked last, where the flow shows it. */
  readonly question: string | undefined;
  /** What of the context the flow shows. */
  readonly context: { readonly [key: string]: unknown };
  /** BCP 47. */
  readonly locale: string;
  /** In the conversation's time zone: `2026-11-22`. */
  readonly today: string;
  /** IANA name. */
  readonly timeZone: string;
  /** When the host goes on without an answer, milliseconds since the Unix epoch. */
  readonly deadlineMs: number;
  /** What newer hosts tell besides. */
  readonly extra: { readonly [key: string]: string };
}

/** An intent that can be taken. */
export interface Intent {
  /** As the flow calls it. */
  readonly name: string;
  /** In the flow's words. */
  readonly description: string | undefined;
  /** What people say who mean it. */
  readonly examples: readonly string[];
  /** Its values; not those that are personal. */
  readonly slots: readonly Slot[];
}

/** A value that an intent has. */
export interface Slot {
  /** Unique in the intent. */
  readonly name: string;
  /** As flows write it: `integer`, `date`, `enum`, `string`, …. */
  readonly kind: string;
  /** Of an enum. */
  readonly values: readonly string[];
  /** Without it the intent does not hold. */
  readonly required: boolean;
  /** Whether the person was asked for it. */
  readonly asked: boolean;
}

/** Where a value stands: places in the text as JavaScript counts them, those of `indexOf` and `RegExp` matches. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A value for a slot of the intent. */
export interface Filled {
  /** The slot. */
  readonly name: string;
  /** JSON. Text will do: the host reads what the slot holds, as in `"next Friday"` for a date. */
  readonly value: unknown;
  /** Where it stands in the text; one that does not lie there is left out. */
  readonly span?: Span | undefined;
  /** 0 to 1; that of the intent where none is given. */
  readonly confidence?: number | undefined;
}

/** One thing that a text asks for. An answer has at most 256 of them; none at all is `none`. */
export type Command =
  /** It means this intent, one of the request's. One at most. */
  | { readonly kind: "intent"; readonly name: string; readonly confidence: number }
  /** It gives a value. */
  | ({ readonly kind: "set-slot" } & Filled)
  /** It takes back a value and gives another. */
  | ({ readonly kind: "correct-slot" } & Filled)
  /** It gives up what is being done. Alone. */
  | { readonly kind: "cancel" }
  /** It means none of the intents; how near the nearest was, 0 to 1. Alone. */
  | { readonly kind: "none"; readonly confidence: number };

/** Makes commands. */
export const Command = {
  /** The text means this intent; 0 to 1. */
  intent: (name: string, confidence: number): Command => ({ kind: "intent", name, confidence }),
  /** It gives this value for a slot. */
  set: (name: string, value: unknown, more: Omit<Filled, "name" | "value"> = {}): Command => ({
    kind: "set-slot",
    name,
    value,
    ...more,
  }),
  /** It takes back a slot's value and gives this one. */
  correct: (name: string, value: unknown, more: Omit<Filled, "name" | "value"> = {}): Command => ({
    kind: "correct-slot",
    name,
    value,
    ...more,
  }),
  /** It gives up what is being done. */
  cancel: (): Command => ({ kind: "cancel" }),
  /** It means none of the intents; how near the nearest was, 0 to 1. */
  none: (confidence = 0): Command => ({ kind: "none", confidence }),
} as const;

/** Understands a text. What it throws is no answer, and the host's own holds; of a `ToolError` the message goes into the
 * operator's log, so no word of the text belongs in it. Not `async`. */
export type Classify = (request: Request) => readonly Command[];
