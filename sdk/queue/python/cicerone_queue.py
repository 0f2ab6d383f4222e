"""Workers for tools of kind `queue` of Cicerone: takes jobs from Redis streams, answers them, renews what takes long.

    from cicerone_queue import Refused, Worker

    def open_ticket(args, job):
        return {"number": book(job.id, args["problem"])}

    Worker("tickets", {"open-ticket": open_ticket}).run()

A job comes at least once: whoever changes something remembers `job.id` and does a job that it knows already only once.
The worker itself remembers the answers it gave, so that a second copy of an answered job is answered without being run.
It needs the package `redis` and nothing else. docs/queue-tools.md says what lies where.
"""

import json
import os
import signal
import socket
import threading
import time
import traceback

import redis

GROUP = "workers"
REMEMBERED_SECONDS = 24 * 60 * 60


class Refused(Exception):
    """What the conversation is told: a code that a flow can compare, words, and whether another attempt may help."""

    def __init__(self, code, message, retryable=False, retry_after_ms=None):
        super().__init__(message)
        self.answer = {"code": code, "message": message, "retryable": retryable}
        if retry_after_ms is not None:
            self.answer["retry_after_ms"] = retry_after_ms


class Job:
    """One job. `id` is the same for every copy of it; `over()` says whether anybody still waits for the answer."""

    def __init__(self, entry, fields):
        self.entry = entry
        self.id, self.tool, self.session_id = fields["id"], fields["tool"], fields["session_id"]
        self.args = json.loads(fields["args"])
        self.attempt, self.reply = int(fields["attempt"]), fields["reply"]
        self.deadline = int(fields["deadline"]) / 1000
        self.visibility = int(fields["visibility"]) / 1000
        self.max_deliveries = int(fields["max_deliveries"])
        self.fields = fields
        self.withdrawn = threading.Event()

    def over(self):
        return self.withdrawn.is_set() or time.time() >= self.deadline


class Worker:
    def __init__(self, plugin, tools, url=None, prefix=None, visibility=30.0, group=GROUP):
        """`tools`: name → function of `(args, job)`. `visibility` is that of the plugin.toml, in seconds."""
        self.url = url or os.environ.get("REDIS_URL", "redis://localhost:6379")
        self.place = f"{prefix or os.environ.get('CICERONE_PREFIX', 'cicerone')}:{{q:{plugin}}}"
        self.tools, self.visibility, self.group = tools, visibility, group
        self.name = f"{socket.gethostname()}-{os.getpid()}"
        self.stopping = threading.Event()

    def run(self):
        """Works until SIGTERM or SIGINT; a job that is under way is finished."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())
        pause = 0.1
        while not self.stopping.is_set():
            try:
                self.redis = redis.Redis.from_url(
                    self.url, decode_responses=True, health_check_interval=30, socket_connect_timeout=5
                )
                self.serve()
                pause = 0.1
            except redis.ResponseError as error:
                # A Redis that lost its data has lost the groups, too: they are made again.
                if not str(error).startswith(("NOGROUP", "LOADING", "UNBLOCKED")):
                    raise
                self.stopping.wait(pause)
            except (redis.ConnectionError, redis.TimeoutError):
                self.stopping.wait(pause)
                pause = min(pause * 2, 2.0)

    def serve(self):
        streams = {f"{self.place}:jobs:{tool}": ">" for tool in self.tools}
        for stream in streams:
            try:
                self.redis.xgroup_create(stream, self.group, id="0", mkstream=True)
            except redis.ResponseError as error:
                if not str(error).startswith("BUSYGROUP"):
                    raise
        block = max(50, min(1000, int(self.visibility * 500)))
        look = 0.0
        while not self.stopping.is_set():
            if time.monotonic() >= look:
                look = time.monotonic() + self.visibility / 2
                for stream in streams:
                    self.take_over(stream)
            found = self.redis.xreadgroup(self.group, self.name, streams, count=1, block=block)
            for stream, entries in found.items() if isinstance(found, dict) else found or []:
                for entry, fields in flat(entries):
                    self.handle(stream, entry, fields)

    def take_over(self, stream):
        """Jobs of workers that say nothing any more."""
        idle = int(self.visibility * 1000)
        while not self.stopping.is_set():
            taken = self.redis.xautoclaim(stream, self.group, self.name, idle, "0-0", count=1)[1]
            if not taken:
                return
            for entry, fields in flat(taken):
                pending = self.redis.xpending_range(stream, self.group, entry, entry, 1)
                deliveries = pending[0]["times_delivered"] if pending else 1
                if deliveries > int(fields.get("max_deliveries", 3)):
                    self.bury(stream, entry, fields, deliveries - 1)
                else:
                    self.handle(stream, entry, fields)

    def bury(self, stream, entry, fields, deliveries):
        reason = f"handed out {deliveries} times and not finished"
        dead = stream.replace(":jobs:", ":dead:", 1)
        self.redis.xadd(dead, {**fields, "reason": reason}, maxlen=1000, approximate=True)
        message = f"no worker finished the job, which was handed out {deliveries} times"
        error = {"code": "dead_letter", "message": message}
        self.redis.xadd(fields["reply"], {"id": fields["id"], "error": json.dumps(error)}, nomkstream=True)
        self.redis.xack(stream, self.group, entry)
        self.redis.xdel(stream, entry)

    def handle(self, stream, entry, fields):
        job = Job(entry, fields)
        done = f"{self.place}:done:{job.id}"
        if not job.over():
            answer = self.redis.get(done)
            if answer is None:
                answer = self.work(stream, job)
                if answer is None:
                    return
                answer = json.dumps(answer)
                # A failure that may pass is not remembered: the next attempt shall try.
                if not json.loads(answer).get("again"):
                    self.redis.set(done, answer, ex=REMEMBERED_SECONDS)
            self.redis.xadd(job.reply, {"id": job.id, **json.loads(answer)["fields"]}, nomkstream=True)
        self.redis.xack(stream, self.group, entry)
        self.redis.xdel(stream, entry)

    def work(self, stream, job):
        finished = threading.Event()
        renewal = threading.Thread(target=self.renew, args=(stream, job, finished), daemon=True)
        renewal.start()
        try:
            result = self.tools[job.tool](job.args, job)
            return {"fields": {"result": json.dumps(result)}}
        except Refused as refused:
            return {"fields": {"error": json.dumps(refused.answer)}, "again": refused.answer["retryable"]}
        except Exception:
            traceback.print_exc()
            error = {"code": "worker_failed", "message": "the worker failed; its log says why", "retryable": True}
            return {"fields": {"error": json.dumps(error)}, "again": True}
        finally:
            finished.set()
            renewal.join()

    def renew(self, stream, job, finished):
        """Keeps a job that takes long, and learns that it was taken back: then its entry is gone."""
        while not finished.wait(job.visibility / 3):
            try:
                kept = self.redis.xclaim(stream, self.group, self.name, 0, [job.entry], justid=True)
                if not kept:
                    job.withdrawn.set()
                    return
            except redis.RedisError:
                continue


def flat(entries):
    """Entries in each of the forms that the package has had; those that were taken back meanwhile have no fields."""
    for entry in entries:
        if isinstance(entry, list) and entry and isinstance(entry[0], (list, tuple)):
            yield from flat(entry)
        elif entry and entry[1]:
            yield entry[0], dict(entry[1])
