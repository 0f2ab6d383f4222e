"""A worker for the tests: does what the job says, and leaves traces in Redis."""

import os
import signal
import sys
import time

sys.path.insert(0, os.environ["SDK"])
from cicerone_queue import Refused, Worker


def do(args, job):
    redis, prefix = worker.redis, os.environ["CICERONE_PREFIX"]
    redis.hincrby(f"{prefix}:runs", job.id, 1)
    what = args["what"]
    if what == "double":
        return {"n": args["n"] * 2}
    if what == "refuse":
        raise Refused("sold_out", "there are none left")
    if what == "fail":
        raise ValueError("oh")
    if what == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    while not job.over() and not redis.exists(f"{prefix}:go"):
        time.sleep(0.01)
    redis.hset(f"{prefix}:ended", job.id, "over" if job.over() else "done")
    return {"n": 0}


worker = Worker("testing", {"do": do}, visibility=1.0)
worker.run()
