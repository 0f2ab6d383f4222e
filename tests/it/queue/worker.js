/** A worker for the tests: does what the job says, and leaves traces in Redis. */
"use strict";

const { Refused, Worker } = require(`${process.env.SDK}/cicerone-queue.js`);
const prefix = process.env.CICERONE_PREFIX;

async function run(args, job) {
  const redis = worker.redis;
  await redis.hIncrBy(`${prefix}:runs`, job.id, 1);
  switch (args.what) {
    case "double":
      return { n: args.n * 2 };
    case "refuse":
      throw new Refused("sold_out", "there are none left");
    case "fail":
      throw new Error("oh");
    case "die":
      process.kill(process.pid, "SIGKILL");
  }
  while (!job.over() && !(await redis.exists(`${prefix}:go`))) await new Promise((wake) => setTimeout(wake, 10));
  await redis.hSet(`${prefix}:ended`, job.id, job.over() ? "over" : "done");
  return { n: 0 };
}

const worker = new Worker("testing", { do: run }, { visibility: 1000 });
worker.run();
