// Secrets stay in the host. A plugin gets an opaque placeholder that the host swaps for the value in outgoing requests, and
// only for the hosts that the secret is bound to. Needs `secrets` in `[capabilities]`.
import * as host from "#host/secrets";
import { ToolError } from "./error.ts";
import { said } from "./host/said.ts";

/** Why there is no secret. */
export type Reason = "not-granted" | "missing";

/** Thrown; uncaught, it is the tool's failure. */
export class SecretError extends ToolError {
  readonly reason: Reason;

  constructor(reason: Reason, name: string) {
    const words = {
      "not-granted": `the secret \`${name}\` is not granted; ask for it in \`[capabilities]\``,
      missing: `the operator has set no secret \`${name}\``,
    };
    super(reason === "missing" ? "unavailable" : "forbidden", words[reason], {
      code: `secrets.${reason.replace("-", "_")}`,
      retryable: false,
    });
    this.name = "SecretError";
    this.reason = reason;
  }
}

/** What stands for the secret in a request: `Authorization: Bearer ${secrets.placeholder("api")}`. */
export function placeholder(name: string): string {
  return ask(name, () => host.placeholder(name));
}

/** The secret itself, where `plugin.toml` says `expose = true` and the operator agrees. */
export function reveal(name: string): string {
  return ask(name, () => host.reveal(name));
}

function ask(name: string, question: () => string): string {
  try {
    return question();
  } catch (error) {
    const why = said<{ tag?: Reason }>(error);
    throw why.tag === undefined ? error : new SecretError(why.tag, name);
  }
}
