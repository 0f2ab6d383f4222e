/**
 * Workers for tools of kind `queue` of Cicerone: takes jobs from Redis streams, answers them, renews what takes long.
 *
 *     const { Refused, Worker } = require("cicerone-queue");
 *     new Worker("tickets", { "open-ticket": async (args, job) => ({ number: await book(job.id, args.problem) }) }).run();
 *
 * A job comes at least once: whoever changes something remembers `job.id` and does a job that it knows already only once.
 * The worker itself remembers the answers it gave, so that a second copy of an answered job is answered without being
 * run. It needs the package `redis` and nothing else. docs/queue-tools.md says what lies where.
 */
"use strict";

const os = require("node:os");
const { createClient } = require("redis");

const REMEMBERED_SECONDS = 24 * 60 * 60;

/** What the conversation is told: a code that a flow can compare, words, and whether another attempt may help. */
class Refused extends Error {
  constructor(code, message, { retryable = false, retry_after_ms } = {}) {
    super(message);
    this.answer = { code, message, retryable, retry_after_ms };
  }
}

/** One job. `id` is the same for every copy of it; `signal` aborts when nobody waits for the answer any more. */
class Job {
  constructor(fields) {
    this.id = fields.id;
    this.tool = fields.tool;
    this.session_id = fields.session_id;
    this.args = JSON.parse(fields.args);
    this.attempt = Number(fields.attempt);
    this.deadline = Number(fields.deadline);
    this.visibility = Number(fields.visibility);
    this.reply = fields.reply;
    this.aborter = new AbortController();
    this.signal = this.aborter.signal;
  }

  over() {
    return this.signal.aborted || Date.now() >= this.deadline;
  }
}

class Worker {
  /** `tools`: name → function of `(args, job)`. `visibility` is that of the plugin.toml, in milliseconds. */
  constructor(plugin, tools, { url, prefix, visibility = 30_000, group = "workers" } = {}) {
    this.url = url ?? process.env.REDIS_URL ?? "redis://localhost:6379";
    this.place = `${prefix ?? process.env.CICERONE_PREFIX ?? "cicerone"}:{q:${plugin}}`;
    this.tools = tools;
    this.visibility = visibility;
    this.group = group;
    this.name = `${os.hostname()}-${process.pid}`;
    this.stopping = false;
  }

  /** Works until SIGTERM or SIGINT; a job that is under way is finished. */
  async run() {
    const stop = () => (this.stopping = true);
    process.once("SIGTERM", stop).once("SIGINT", stop);
    // The clients come back by themselves. Jobs are waited for at one of them, all else goes over the other.
    this.redis = createClient({ url: this.url }).on("error", () => {});
    this.waiting = this.redis.duplicate().on("error", () => {});
    await Promise.all([this.redis.connect(), this.waiting.connect()]);
    while (!this.stopping) {
      try {
        await this.serve();
      } catch (error) {
        // A connection comes back, and a Redis that lost its data gets its groups again; a missing right stays missing.
        if (/^(WRONG|NOPERM|NOAUTH)/.test(error.message)) throw error;
        await new Promise((wake) => setTimeout(wake, 100));
      }
    }
    this.redis.destroy();
    this.waiting.destroy();
  }

  async serve() {
    const streams = Object.keys(this.tools).map((tool) => `${this.place}:jobs:${tool}`);
    for (const stream of streams) {
      await this.redis.sendCommand(["XGROUP", "CREATE", stream, this.group, "0", "MKSTREAM"]).catch((error) => {
        if (!error.message.startsWith("BUSYGROUP")) throw error;
      });
    }
    const block = Math.max(50, Math.min(1000, this.visibility / 2));
    const read = ["XREADGROUP", "GROUP", this.group, this.name, "COUNT", "1", "BLOCK", String(Math.round(block))];
    read.push("STREAMS", ...streams, ...streams.map(() => ">"));
    let look = 0;
    while (!this.stopping) {
      if (Date.now() >= look) {
        look = Date.now() + this.visibility / 2;
        for (const stream of streams) await this.takeOver(stream);
      }
      for (const [stream, entries] of pairs(await this.waiting.sendCommand(read))) {
        for (const [entry, fields] of entries) await this.handle(stream, entry, object(fields));
      }
    }
  }

  /** Jobs of workers that say nothing any more. */
  async takeOver(stream) {
    const claim = ["XAUTOCLAIM", stream, this.group, this.name, String(this.visibility), "0-0", "COUNT", "1"];
    while (!this.stopping) {
      const [, taken] = await this.redis.sendCommand(claim);
      if (taken.length === 0) return;
      for (const [entry, raw] of taken) {
        const fields = object(raw);
        const pending = await this.redis.sendCommand(["XPENDING", stream, this.group, entry, entry, "1"]);
        const deliveries = pending.length > 0 ? Number(pending[0][3]) : 1;
        if (deliveries > Number(fields.max_deliveries)) await this.bury(stream, entry, fields, deliveries - 1);
        else await this.handle(stream, entry, fields);
      }
    }
  }

  async bury(stream, entry, fields, deliveries) {
    const reason = `handed out ${deliveries} times and not finished`;
    const dead = stream.replace(":jobs:", ":dead:");
    const letter = Object.entries({ ...fields, reason }).flat();
    await this.redis.sendCommand(["XADD", dead, "MAXLEN", "~", "1000", "*", ...letter]);
    const message = `no worker finished the job, which was handed out ${deliveries} times`;
    await this.answer(fields.reply, fields.id, { error: JSON.stringify({ code: "dead_letter", message }) });
    await this.finish(stream, entry);
  }

  async handle(stream, entry, fields) {
    const job = new Job(fields);
    const done = `${this.place}:done:${job.id}`;
    if (!job.over()) {
      let answer = JSON.parse((await this.redis.get(done)) ?? "null");
      if (answer === null) {
        const made = await this.work(stream, entry, job);
        answer = made.answer;
        // A failure that may pass is not remembered: the next attempt shall try.
        if (!made.again) await this.redis.set(done, JSON.stringify(answer), { EX: REMEMBERED_SECONDS });
      }
      await this.answer(job.reply, job.id, answer);
    }
    await this.finish(stream, entry);
  }

  async work(stream, entry, job) {
    const renewal = setInterval(() => this.renew(stream, entry, job), job.visibility / 3);
    try {
      const result = await this.tools[job.tool](job.args, job);
      return { answer: { result: JSON.stringify(result ?? null) } };
    } catch (error) {
      if (error instanceof Refused) {
        return { answer: { error: JSON.stringify(error.answer) }, again: error.answer.retryable };
      }
      console.error(error);
      const said = { code: "worker_failed", message: "the worker failed; its log says why", retryable: true };
      return { answer: { error: JSON.stringify(said) }, again: true };
    } finally {
      clearInterval(renewal);
    }
  }

  /** Keeps a job that takes long, and learns that it was taken back: then its entry is gone. */
  async renew(stream, entry, job) {
    try {
      const kept = await this.redis.sendCommand(["XCLAIM", stream, this.group, this.name, "0", entry, "JUSTID"]);
      if (kept.length === 0) job.aborter.abort();
    } catch {
      // The next renewal may do better.
    }
  }

  answer(reply, id, fields) {
    return this.redis.sendCommand(["XADD", reply, "NOMKSTREAM", "*", "id", id, ...Object.entries(fields).flat()]);
  }

  async finish(stream, entry) {
    await this.redis.sendCommand(["XACK", stream, this.group, entry]);
    await this.redis.sendCommand(["XDEL", stream, entry]);
  }
}

/** Names and values in turn, or already an object or map. */
function object(fields) {
  if (!Array.isArray(fields)) return fields instanceof Map ? Object.fromEntries(fields) : fields;
  const made = {};
  for (let at = 0; at + 1 < fields.length; at += 2) made[fields[at]] = fields[at + 1];
  return made;
}

/** What XREADGROUP found, stream by stream, in each of the protocol's forms. */
function pairs(found) {
  if (found === null || found === undefined) return [];
  if (found instanceof Map) return [...found];
  return Array.isArray(found) ? found : Object.entries(found);
}

module.exports = { Job, Refused, Worker };
