#!/usr/bin/env python3
"""A worker of the example tools `tickets`, in Python. As many as you like may run, beside those in Node.

    pip install redis
    REDIS_URL=redis://localhost:6379 python3 plugins/tickets/worker.py

It keeps tickets in Redis, too, so that every worker knows them; yours would ask the system that you have.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "sdk", "queue", "python"))
from cicerone_queue import Refused, Worker

TEAMS = {"billing": ("invoice", "charged", "refund", "pay"), "technical": ("error", "crash", "slow", "log in", "login")}


def team_for(problem):
    words = problem.lower()
    return next((team for team, signs in TEAMS.items() if any(sign in words for sign in signs)), "general")


def open_ticket(args, job):
    # The job's id decides which ticket it is: the same job, a second time, finds the ticket that it made.
    tickets, team = f"{worker.place}:tickets", team_for(args["problem"])
    worker.redis.hsetnx(f"{tickets}:of-jobs", job.id, f"T-{1000 + worker.redis.incr(f'{tickets}:last')}")
    number = worker.redis.hget(f"{tickets}:of-jobs", job.id)
    ticket = {"email": args["email"], "problem": args["problem"], "team": team, "state": "waiting"}
    worker.redis.hset(f"{tickets}:{number}", mapping=ticket)
    return {"number": number, "team": team}


def ticket_status(args, job):
    ticket = worker.redis.hgetall(f"{worker.place}:tickets:{args['number']}")
    if not ticket:
        raise Refused("ticket_not_found", f"there is no ticket {args['number']}")
    return {"state": ticket["state"], "team": ticket["team"]}


worker = Worker("tickets", {"open-ticket": open_ticket, "ticket-status": ticket_status}, visibility=5.0)

if __name__ == "__main__":
    worker.run()
