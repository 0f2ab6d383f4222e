// Custom events on the host's bus, topic `plugin.<name>.<topic>`. Needs `events` in `[capabilities]`.
import * as host from "#host/events";
import { ToolError } from "./error.ts";
import { said } from "./host/said.ts";
import { write } from "./json.ts";

/** Why an event was not taken. */
export type Reason = "not-granted" | "too-large" | "quota";

/** Thrown; uncaught, it is the tool's failure. */
export class PublishError extends ToolError {
  readonly reason: Reason;

  constructor(reason: Reason, topic: string, max?: number) {
    const words = {
      "not-granted": `the topic \`${topic}\` is not granted; ask for it in \`[capabilities]\``,
      "too-large": `the event is larger than ${max} bytes`,
      quota: `one call publishes ${max} events at most`,
    };
    super(reason === "not-granted" ? "forbidden" : "internal", words[reason], {
      code: `events.${reason.replace("-", "_")}`,
    });
    this.name = "PublishError";
    this.reason = reason;
  }
}

/** Publishes a JSON value. */
export function publish(topic: string, payload: unknown): void {
  const text = write(payload, "the event");
  try {
    host.publish(topic, text);
  } catch (error) {
    const why = said<{ tag?: Reason; val?: number }>(error);
    throw why.tag === undefined ? error : new PublishError(why.tag, topic, why.val);
  }
}
