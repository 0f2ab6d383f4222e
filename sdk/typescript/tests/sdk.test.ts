// The SDK in Node, on its host in memory: what authors see in their own tests.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Command, type Request } from "../src/classify.ts";
import * as config from "../src/config.ts";
import * as events from "../src/events.ts";
import * as http from "../src/http.ts";
import { plugin, Reply, s, tool, ToolError, type Infer } from "../src/index.ts";
import * as kv from "../src/kv.ts";
import * as log from "../src/log.ts";
import * as progress from "../src/progress.ts";
import * as runtime from "../src/runtime.ts";
import * as secrets from "../src/secrets.ts";
import * as session from "../src/session.ts";
import { call, classify, context, failure, Host, reply } from "../src/test.ts";

const order = s.object({
  name: s.string({ description: "Who orders." }),
  count: s.optional(s.integer({ minimum: 1 })),
  size: s.enum(["small", "large"]),
  notes: s.array(s.string()),
});
// It compiles only if the type is what it should be.
const typed: Infer<typeof order> = { name: "Ada", size: "small", notes: [] };

function one(run: (args: any) => unknown) {
  const only = tool({ name: "only", description: "Does it.", input: s.object({}), run });
  return plugin({ name: "tried", version: "1.0.0", description: "Tried.", tools: [only] });
}

test("a schema says what its type says", () => {
  assert.equal(typed.count, undefined);
  assert.deepEqual(order.json, {
    type: "object",
    properties: {
      name: { type: "string", description: "Who orders." },
      count: { type: "integer", minimum: 1 },
      size: { type: "string", enum: ["small", "large"] },
      notes: { type: "array", items: { type: "string" } },
    },
    required: ["name", "size", "notes"],
  });
  assert.deepEqual(s.nullable(s.number()).json, { anyOf: [{ type: "number" }, { type: "null" }] });
  assert.deepEqual(s.record(s.boolean()).json, { type: "object", additionalProperties: { type: "boolean" } });
});

test("a reply carries words and patches beside the value", () => {
  const answering = one(() => new Reply({ id: 7 }).say("Done.").patch("/booking", { id: 7 }));
  assert.deepEqual(reply(answering, "only"), { value: { id: 7 }, say: ["Done."], patch: { "/booking": { id: 7 } } });
  assert.equal(call(one(() => undefined), "only"), null);
});

test("an error keeps its kind, its code and what it says of later", () => {
  const busy = failure(one(() => { throw ToolError.rateLimited("too fast", { code: "slow_down", retryAfterMs: 50 }); }), "only");
  assert.deepEqual([busy.kind, busy.code, busy.retryable, busy.retryAfterMs], ["rate-limited", "slow_down", true, 50]);
  assert.equal(ToolError.conflict("taken").retryable, false);
  assert.equal(failure(one(() => 1), "other").kind, "not-found");
});

test("what a tool throws by mistake reaches the test", () => {
  assert.throws(() => call(one((args) => args.no.thing), "only"), TypeError);
});

test("numbers that JavaScript or JSON cannot hold are errors", () => {
  assert.equal(failure(one(() => 2 ** 53), "only").code, "number.too_large");
  assert.equal(failure(one(() => ({ a: [1 / 0] })), "only").code, "number.not_finite");
  assert.equal(failure(one(() => 10n), "only").code, "number.too_large");
  assert.equal(failure(one((args) => args.n), "only", { n: 2 ** 53 }).code, "number.too_large");
  assert.equal(call(one((args) => args.n), "only", { n: 2 ** 53 - 1, text: "9007199254740993" }), 2 ** 53 - 1);
});

test("an async tool is told to be none", () => {
  assert.equal(failure(one(async () => 1), "only").code, "async");
});

test("state is one thing for each scope, and ends with its time", () => {
  const host = new Host();
  kv.plugin().set("a", { x: 1 });
  assert.deepEqual(kv.plugin().get("a"), { x: 1 });
  assert.equal(kv.session().get("a"), undefined);
  kv.session().forAtMost(100).set("b", "soon gone");
  host.pass(99);
  assert.equal(kv.session().get("b"), "soon gone");
  host.pass(1);
  assert.equal(kv.session().get("b"), undefined);
  assert.equal(kv.plugin().increment("n"), 1);
  assert.equal(kv.plugin().increment("n", 4), 5);
  assert.equal(kv.plugin().delete("n"), true);
  assert.equal(kv.plugin().delete("n"), false);
});

test("an update runs again when somebody was faster", () => {
  new Host();
  const tries: unknown[] = [];
  const after = kv.plugin().update<number>("seats", (taken = 0) => {
    tries.push(taken);
    if (tries.length === 1) kv.plugin().set("seats", 10);
    return taken + 4;
  });
  assert.deepEqual([after, tries, kv.plugin().get("seats")], [14, [0, 10], 14]);
  assert.throws(() => kv.plugin().update("seats", () => { throw ToolError.conflict("full"); }), { kind: "conflict" });
});

test("failures of the state are the tool's own kinds", () => {
  const host = new Host();
  const writing = one(() => kv.plugin().set("a", 1));
  host.failKv("not-granted");
  assert.deepEqual([failure(writing, "only").kind, failure(writing, "only").code], ["forbidden", "kv.not_granted"]);
  host.failKv("unavailable", "the store is away");
  assert.equal(failure(writing, "only").retryable, true);
  host.failKv();
  assert.equal(call(writing, "only"), null);
});

test("settings have the type of their default", () => {
  new Host({ config: { seats: "40", open: "true", odd: "many" } });
  assert.equal(config.getOr("seats", 2), 40);
  assert.equal(config.getOr("open", false), true);
  assert.equal(config.getOr("missing", "there"), "there");
  assert.throws(() => config.getOr("odd", 1), { code: "config.invalid" });
});

test("the context is read by pointer", () => {
  new Host({ session: { cart: { items: [{ id: "a/b" }] }, "a/b": 1 } });
  assert.equal(session.get("/cart/items/0/id"), "a/b");
  assert.equal(session.get("/a~1b"), 1);
  assert.equal(session.get("/cart/none"), undefined);
  assert.throws(() => session.get("cart"), { reason: "bad-pointer" });
});

test("clock, chance and time left are the host's", () => {
  const host = new Host({ nowMs: 1_000 });
  host.pass(500);
  assert.equal(runtime.nowMs(), 1_500);
  assert.equal(runtime.random(3000).length, 3000);
  assert.notDeepEqual(runtime.random(8), runtime.random(8));
  host.cancel();
  assert.equal(runtime.isCancelled(), true);
});

test("requests are answered by the test, and denied without an answer", () => {
  const host = new Host({
    secrets: { api: "s3cret" },
    http: (request) => (request.url.endsWith("/down") ? { failure: "connect" } : { status: 201, body: { got: request.body } }),
  });
  const key = secrets.placeholder("api");
  assert.ok(!key.includes("s3cret"));
  const response = http.post("https://api.example.com/orders", { id: 1 }, { headers: { Authorization: `Bearer ${key}` } });
  assert.deepEqual([response.status, response.ok, response.json()], [201, true, { got: '{"id":1}' }]);
  assert.equal(host.sent[0]?.headers["content-type"], "application/json");
  assert.throws(() => http.get("https://api.example.com/down"), { failure: "connect", kind: "unavailable", sent: false });
  new Host();
  assert.throws(() => http.get("https://api.example.com/"), { failure: "denied", kind: "forbidden" });
  assert.throws(() => secrets.placeholder("api"), { reason: "missing" });
  assert.equal(http.query("https://a.example/x", { q: "a b&c", n: 1, no: undefined }), "https://a.example/x?q=a%20b%26c&n=1");
});

test("lines, progress and events are kept for the test", () => {
  const host = new Host();
  log.info("Held a table.", { seats: 4, when: { day: 1 } });
  progress.update("halfway", 50.4);
  events.publish("held", { seats: 4 });
  assert.deepEqual(host.lines, [{ level: "info", message: "Held a table.", fields: { seats: "4", when: '{"day":1}' } }]);
  assert.deepEqual(host.progress, [{ percent: 50, message: "halfway" }]);
  assert.deepEqual(host.events, [{ topic: "held", payload: { seats: 4 } }]);
});

test("a call knows which one it is", () => {
  const asking = tool({ name: "only", description: "x", input: s.object({}), output: s.string(), run: (_args, ctx) => ctx.callId });
  const asked = plugin({ name: "p", version: "1.0.0", description: "p", tools: [asking] });
  assert.equal(call(asked, "only", {}, context({ callId: "again" })), "again");
});

test("a text is understood as commands", () => {
  const understand = ({ text, intents, locale }: Request) => {
    if (locale === "xx") throw ToolError.unavailable("the list of words is away");
    const slot = intents[0]?.slots[0];
    if (!intents[0] || !slot) return [Command.none(0.25)];
    const span = { start: 1, end: text.length };
    return [Command.intent(intents[0].name, 0.9), Command.set(slot.name, 4, { span }), Command.correct("day", "next Friday")];
  };
  const hearing = plugin({ name: "p", version: "1.0.0", description: "p", tools: [], classify: understand });
  const intents = [{ name: "BOOK", slots: [{ name: "size", kind: "integer" }] }];
  assert.deepEqual(classify(hearing, { text: "a 4", intents }), [
    { kind: "intent", name: "BOOK", confidence: 0.9 },
    { kind: "set-slot", name: "size", value: 4, span: { start: 1, end: 3 } },
    { kind: "correct-slot", name: "day", value: "next Friday" },
  ]);
  assert.deepEqual(classify(hearing, "a 4"), [{ kind: "none", confidence: 0.25 }]);
  assert.throws(() => classify(hearing, { locale: "xx" }), { message: "the list of words is away" });
  assert.throws(() => classify(one(() => 1), "a"), /has no `classify`/);
  assert.deepEqual(Command.cancel(), { kind: "cancel" });
});
