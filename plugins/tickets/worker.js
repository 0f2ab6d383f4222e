#!/usr/bin/env node
/**
 * A worker of the example tools `tickets`, in Node. As many as you like may run, beside those in Python.
 *
 *     npm install redis
 *     REDIS_URL=redis://localhost:6379 node plugins/tickets/worker.js
 *
 * It keeps tickets in Redis, too, so that every worker knows them; yours would ask the system that you have.
 */
"use strict";

const { Refused, Worker } = require("../../sdk/queue/node/cicerone-queue.js");

const TEAMS = {
  billing: ["invoice", "charged", "refund", "pay"],
  technical: ["error", "crash", "slow", "log in", "login"],
};

function teamFor(problem) {
  const words = problem.toLowerCase();
  return Object.keys(TEAMS).find((team) => TEAMS[team].some((sign) => words.includes(sign))) ?? "general";
}

async function openTicket(args, job) {
  // The job's id decides which ticket it is: the same job, a second time, finds the ticket that it made.
  const { redis } = worker;
  const tickets = `${worker.place}:tickets`;
  const team = teamFor(args.problem);
  await redis.hSetNX(`${tickets}:of-jobs`, job.id, `T-${1000 + (await redis.incr(`${tickets}:last`))}`);
  const number = await redis.hGet(`${tickets}:of-jobs`, job.id);
  await redis.hSet(`${tickets}:${number}`, { email: args.email, problem: args.problem, team, state: "waiting" });
  return { number, team };
}

async function ticketStatus(args) {
  const { state, team } = await worker.redis.hGetAll(`${worker.place}:tickets:${args.number}`);
  if (state === undefined) throw new Refused("ticket_not_found", `there is no ticket ${args.number}`);
  return { state, team };
}

const worker = new Worker(
  "tickets",
  { "open-ticket": openTicket, "ticket-status": ticketStatus },
  { visibility: 5000 },
);
worker.run();
