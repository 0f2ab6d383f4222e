// The edge of the sandbox: the contract's records to the SDK's types and back. It exists only in components.
import "./prelude.ts";
import type { Context } from "./context.ts";
import { ToolError } from "./error.ts";
import { call } from "./host/component/during.ts";
import { type Effect, type Output, type Plugin, run, type Tool } from "./index.ts";
import { write } from "./json.ts";
import * as log from "./log.ts";

type Field = { key: string; value: string };
type WitContext = Omit<Context, "locale" | "traceparent" | "extra"> & {
  locale: string | null;
  traceparent: string | null;
  extra: Field[];
};

/** What the component exports as `tools`. */
export function component(plugin: Plugin) {
  const info = describe(plugin);
  return {
    describe: () => info,
    call: (ctx: WitContext, name: string, args: string) => call(() => answer(plugin, ctx, name, args)),
  };
}

/** Made while the component is built, so that what is wrong with it is said there. */
function describe(plugin: Plugin) {
  if (!Array.isArray(plugin?.tools)) {
    throw new Error("src/index.ts exports no plugin: it should say `export default plugin({ … })`");
  }
  const { name, version, description } = plugin;
  return { name, version, description, tools: plugin.tools.map(definition), extra: [] };
}

function definition(tool: Tool) {
  const has = (effect: Effect) => tool.effects?.includes(effect) ?? false;
  return {
    name: tool.name,
    title: tool.title ?? null,
    description: tool.description,
    inputSchema: JSON.stringify(tool.input.json),
    outputSchema: tool.output ? JSON.stringify(tool.output.json) : null,
    effects: {
      readOnly: has("read-only"),
      idempotent: has("idempotent"),
      destructive: has("destructive"),
      openWorld: has("open-world"),
    },
    timeoutMs: tool.timeoutMs ?? null,
    extra: [],
  };
}

function answer(plugin: Plugin, ctx: WitContext, name: string, args: string) {
  try {
    const output = run(plugin, context(ctx), name, args, (error) => log.error("The tool threw.", { error }));
    return wire(output);
  } catch (error) {
    throw failure(error);
  }
}

function context(ctx: WitContext): Context {
  const extra = Object.fromEntries(ctx.extra.map(({ key, value }) => [key, value]));
  return { ...ctx, locale: ctx.locale ?? undefined, traceparent: ctx.traceparent ?? undefined, extra };
}

function wire({ value, say, patch }: Output) {
  const contextPatch = patch.map(([key, value]) => ({ key, value }));
  return { value, say, contextPatch, extra: [] };
}

function failure(error: unknown) {
  const said = error instanceof ToolError ? error : ToolError.internal(`the tool threw ${error}`, { code: "exception" });
  const { kind, message, code = null, retryable, retryAfterMs = null } = said;
  return { kind, message, code, retryable, retryAfterMs, details: details(said) };
}

function details({ details }: ToolError): string | null {
  if (details === undefined) return null;
  try {
    return write(details, "the details");
  } catch {
    // The failure itself matters more than what was to go with it.
    return null;
  }
}
