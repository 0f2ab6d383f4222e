"""A worker as EventBus FSM knew them: takes jobs from a list, sets or pushes answers under `tool_response:<id>`."""

import json
import os

import redis

client = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
while True:
    _, text = client.brpop("tool_queue")
    job = json.loads(text)
    key, args = f"tool_response:{job['tool_call_id']}", job["args"]
    if args["what"] == "refuse":
        answer = json.dumps({"error": "there are none left"})
    else:
        answer = json.dumps({"result": {"n": args["n"] * 2, "session": job["session_id"]}})
    if args.get("push"):
        client.lpush(key, answer)
        client.expire(key, 60)
    else:
        client.set(key, answer, ex=60)
