// What a tool answers: a value, and with it, if it wants, words for the person and changes to the context.

/**
 * A value with more to it. A tool that has only a value returns that value itself.
 *
 *     return new Reply(42).say("The answer is here.").patch("/answer", 42);
 */
export class Reply<T> {
  readonly value: T;
  /** What the host says to the person, in this order. */
  readonly says: string[] = [];
  /** Wished-for changes to the conversation's context: JSON Pointer and value. */
  readonly patches: [pointer: string, value: unknown][] = [];

  constructor(value: T) {
    this.value = value;
  }

  /** Has the host say this to the person, after what was added before. */
  say(text: string): this {
    this.says.push(text);
    return this;
  }

  /** Wishes for a value in the conversation's context; the host grants only the paths in `plugin.toml`. */
  patch(pointer: string, value: unknown): this {
    this.patches.push([pointer, value]);
    return this;
  }
}
