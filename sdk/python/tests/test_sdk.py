"""The SDK in plain Python, on its host in memory: what authors see in their own tests. Run with `python3 -m unittest tests.test_sdk` in the folder above."""

import json
import unittest
from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated, Any, Literal, Optional, TypedDict

from cicerone_sdk import Context, Field, Reply, ToolError, config, events, http, kv, log, plugin, progress, runtime, secrets
from cicerone_sdk import session, tool
from cicerone_sdk.classify import Command, Intent, Slot
from cicerone_sdk.test import Host, call, classify, failure, reply


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


@dataclass
class Order:
    """What is wanted.

    Attributes:
        party_size: How many guests,
            children among them.
    """

    name: Annotated[str, "Who orders.", Field(min_length=1)]
    party_size: int
    size: Size = Size.SMALL
    notes: list[str] = field(default_factory=list)
    phone: Optional[str] = None


class Row(TypedDict):
    id: int


@tool(effects=["read-only"], title="Take an order")
def take_order(ctx: Context, order: Order) -> Order:
    """Takes an order."""
    return order


@tool
def by_parts(city: str, max_days: Annotated[int, Field(maximum=7)] = 3, kind: Literal["a", "b"] = "a", near: float | None = None) -> Any:
    """Says what it got.

    Args:
        city: Where.
        max_days (int): How far ahead.

    Returns:
        All of it.
    """
    return {"city": city, "days": max_days, "kind": kind, "near": near}


PLUGIN = plugin(name="tried", version="1.0.0", description="Tried.", tools=[take_order, by_parts])


def one(run):
    """A plugin whose only tool does this."""

    @tool(name="only")
    def only(ctx: Context) -> Any:
        """Does it."""
        return run(ctx)

    return plugin(name="tried", version="1.0.0", description="Tried.", tools=[only])


class Schemas(unittest.TestCase):
    def test_a_dataclass_is_an_object_in_camel_case(self):
        self.assertEqual(
            take_order.input,
            {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "description": "Who orders.", "minLength": 1},
                    "partySize": {"type": "integer", "description": "How many guests, children among them."},
                    "size": {"type": "string", "enum": ["small", "large"]},
                    "notes": {"type": "array", "items": {"type": "string"}},
                    "phone": {"type": "string"},
                },
                "required": ["name", "partySize"],
            },
        )
        self.assertEqual((take_order.name, take_order.title, take_order.description), ("take-order", "Take an order", "Takes an order."))

    def test_parameters_are_properties_and_the_docstring_describes_them(self):
        self.assertEqual(by_parts.description, "Says what it got.")
        self.assertEqual(by_parts.input["required"], ["city"])
        self.assertEqual(by_parts.input["properties"]["maxDays"], {"type": "integer", "maximum": 7, "description": "How far ahead.", "default": 3})
        self.assertEqual(by_parts.input["properties"]["kind"], {"type": "string", "enum": ["a", "b"], "default": "a"})

    def test_a_typed_dict_is_an_object_as_it_is_spelled(self):
        @tool
        def rows() -> list[Row]:
            """Rows."""
            return []

        row = {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}
        self.assertEqual(rows.output, {"type": "array", "items": row})

    def test_what_cannot_be_a_tool_is_told_when_it_is_made(self):
        async def later() -> int:
            """Later."""

        def silent() -> int: ...

        def odd(what: complex) -> int:
            """Odd."""

        def untold(what) -> int:
            """Untold."""

        for function, said in [(later, "async"), (silent, "docstring"), (odd, "JSON Schema"), (untold, "type hint")]:
            with self.assertRaisesRegex(TypeError, said):
                tool(function)
        with self.assertRaisesRegex(ValueError, "read-only"):
            tool(effects=["readonly"])(take_order.function)
        with self.assertRaisesRegex(TypeError, "@tool"):
            plugin(name="a", version="1", description="", tools=[odd])


class Calls(unittest.TestCase):
    def test_arguments_become_what_the_hints_say_and_results_json(self):
        args = {"name": "Ada", "partySize": 4.0, "size": "large"}
        self.assertEqual(call(PLUGIN, "take-order", args), {"name": "Ada", "partySize": 4, "size": "large", "notes": []})
        self.assertEqual(call(PLUGIN, "by-parts", {"city": "Rome", "near": 2}), {"city": "Rome", "days": 3, "kind": "a", "near": 2.0})
        self.assertEqual(take_order(Context(), "as it is"), "as it is")

    def test_arguments_that_do_not_fit_are_the_callers_fault(self):
        for args in [{"name": "Ada"}, {"name": "Ada", "partySize": "4"}, {"name": "Ada", "partySize": 1, "size": "huge"}]:
            self.assertEqual(failure(PLUGIN, "take-order", args).kind, "invalid-input", args)
        self.assertEqual(failure(PLUGIN, "by-parts", {}).message, "the arguments do not fit: `city` is missing")
        self.assertEqual(failure(PLUGIN, "nothing").kind, "not-found")

    def test_a_reply_carries_words_and_patches_beside_the_value(self):
        answer = reply(one(lambda ctx: Reply({"id": 7}).say("Done.").patch("/booking", {"id": 7})), "only")
        self.assertEqual((answer.value, answer.say, answer.patch), ({"id": 7}, ["Done."], {"/booking": {"id": 7}}))

    def test_an_error_keeps_its_kind_its_code_and_what_it_says_of_later(self):
        def busy(ctx):
            raise ToolError.rate_limited("too fast", code="slow_down", retry_after_ms=50)

        error = failure(one(busy), "only")
        self.assertEqual((error.kind, error.code, error.retryable, error.retry_after_ms), ("rate-limited", "slow_down", True, 50))
        self.assertFalse(ToolError.conflict("taken").retryable)
        self.assertRaises(ValueError, ToolError, "odd", "x")

    def test_what_a_tool_raises_by_mistake_reaches_the_test(self):
        self.assertRaises(ZeroDivisionError, call, one(lambda ctx: 1 / 0), "only")

    def test_numbers_that_flows_or_json_cannot_hold_are_errors(self):
        self.assertEqual(failure(one(lambda ctx: 2**53), "only").code, "number.too_large")
        self.assertEqual(failure(one(lambda ctx: {"a": [float("inf")]}), "only").code, "number.not_finite")
        self.assertEqual(failure(PLUGIN, "by-parts", {"city": "a", "maxDays": 2**53}).code, "number.too_large")
        self.assertEqual(call(one(lambda ctx: 2**53 - 1), "only"), 2**53 - 1)
        self.assertIn("set", failure(one(lambda ctx: {1}), "only").message)

    def test_a_call_knows_which_one_it_is(self):
        self.assertEqual(call(one(lambda ctx: ctx.call_id), "only", ctx=Context(call_id="again")), "again")


class Texts(unittest.TestCase):
    def test_a_text_is_understood_as_commands(self):
        def understand(request):
            if request.locale == "xx":
                raise ToolError.unavailable("the list of words is away")
            if not request.intents:
                return [Command.none(0.25)]
            intent = request.intents[0]
            return [Command.intent(intent.name, 0.9), Command.set(intent.slots[0].name, 4, span=(1, 3)), Command.correct("day", "Friday")]

        hearing = plugin(name="p", version="1.0.0", description="p", tools=[], classify=understand)
        commands = classify(hearing, "a 4", intents=[Intent("BOOK", slots=[Slot("size", "integer")])])
        self.assertEqual(commands[0], Command("intent", "BOOK", confidence=0.9))
        self.assertEqual(commands[1], Command("set-slot", "size", 4, (1, 3)))
        self.assertEqual(commands[2].kind, "correct-slot")
        self.assertEqual(classify(hearing, "a"), [Command("none", confidence=0.25)])
        self.assertEqual(Command.cancel().kind, "cancel")
        self.assertRaises(ToolError, classify, hearing, "a", locale="xx")
        self.assertRaises(AssertionError, classify, PLUGIN, "a")
        self.assertRaises(ValueError, Command, "choose")

    def test_what_is_async_is_refused_when_it_is_made(self):
        async def understand(request):
            return []

        with self.assertRaisesRegex(TypeError, "async"):
            plugin(name="p", version="1.0.0", description="p", tools=[], classify=understand)


class Lent(unittest.TestCase):
    def test_state_is_one_thing_for_each_scope_and_ends_with_its_time(self):
        host = Host()
        kv.plugin().set("a", {"x": 1})
        self.assertEqual(kv.plugin().get("a"), {"x": 1})
        self.assertEqual(kv.session().get("a", "none"), "none")
        kv.session().for_at_most(100).set("b", "soon gone")
        host.pass_time(99)
        self.assertEqual(kv.session().get("b"), "soon gone")
        host.pass_time(1)
        self.assertIsNone(kv.session().get("b"))
        self.assertEqual([kv.plugin().increment("n"), kv.plugin().increment("n", 4)], [1, 5])
        self.assertEqual([kv.plugin().delete("n"), kv.plugin().delete("n")], [True, False])

    def test_an_update_runs_again_when_somebody_was_faster(self):
        Host()
        tries = []

        def add(taken):
            tries.append(taken)
            if len(tries) == 1:
                kv.plugin().set("seats", 10)
            return (taken or 0) + 4

        self.assertEqual((kv.plugin().update("seats", add), tries), (14, [None, 10]))

    def test_failures_of_the_state_are_the_tools_own_kinds(self):
        host = Host()
        writing = one(lambda ctx: kv.plugin().set("a", 1))
        host.fail_kv("not-granted")
        self.assertEqual((failure(writing, "only").kind, failure(writing, "only").code), ("forbidden", "kv.not_granted"))
        host.fail_kv("unavailable", "the store is away")
        self.assertTrue(failure(writing, "only").retryable)
        host.fail_kv()
        self.assertIsNone(call(writing, "only"))

    def test_settings_have_the_type_of_their_default(self):
        Host(config={"seats": "40", "open": "true", "odd": "many"})
        self.assertEqual([config.get_or("seats", 2), config.get_or("open", False), config.get_or("no", "there")], [40, True, "there"])
        for wrong in (1, 1.5, True):
            with self.assertRaises(ToolError) as raised:
                config.get_or("odd", wrong)
            self.assertEqual(raised.exception.code, "config.invalid")

    def test_the_context_is_read_by_pointer(self):
        Host(session={"cart": {"items": [{"id": "a/b"}]}, "a/b": 1})
        self.assertEqual([session.get("/cart/items/0/id"), session.get("/a~1b"), session.get("/no", 0)], ["a/b", 1, 0])
        self.assertRaises(session.SessionError, session.get, "cart")

    def test_clock_chance_and_time_left_are_the_hosts(self):
        host = Host(now_ms=1_000)
        host.pass_time(500)
        self.assertEqual(runtime.now_ms(), 1_500)
        self.assertEqual(len(runtime.random(3000)), 3000)
        self.assertNotEqual(runtime.random(8), runtime.random(8))
        host.cancel()
        self.assertTrue(runtime.is_cancelled())

    def test_requests_are_answered_by_the_test_and_denied_without_an_answer(self):
        host = Host(
            secrets={"api": "s3cret"},
            http=lambda request: "connect" if request.url.endswith("/down") else (201, {"got": request.body}),
        )
        key = secrets.placeholder("api")
        self.assertNotIn("s3cret", key)
        answer = http.post("https://api.example.com/orders", {"id": 1}, headers={"Authorization": f"Bearer {key}"})
        self.assertEqual((answer.status, answer.ok, answer.json()), (201, True, {"got": '{"id":1}'}))
        self.assertEqual(host.sent[0].headers["content-type"], "application/json")
        with self.assertRaises(http.HttpError) as raised:
            http.get("https://api.example.com/down")
        self.assertEqual((raised.exception.failure, raised.exception.kind), ("connect", "unavailable"))
        Host()
        with self.assertRaises(http.HttpError) as raised:
            http.get("https://api.example.com/")
        self.assertEqual(raised.exception.kind, "forbidden")
        self.assertRaises(secrets.SecretError, secrets.placeholder, "api")
        self.assertEqual(http.query("https://a.example/x", q="a b&c", n=1, no=None), "https://a.example/x?q=a+b%26c&n=1")

    def test_lines_progress_and_events_are_kept_for_the_test(self):
        host = Host()
        log.info("Held a table.", seats=4)
        progress.update("halfway", 50.4)
        events.publish("held", {"seats": 4})
        self.assertEqual(host.lines, [("info", "Held a table.", {"seats": "4"})])
        self.assertEqual((host.progress, host.events), ([(50, "halfway")], [("held", {"seats": 4})]))
        self.assertEqual(json.loads(json.dumps(host.events)), [["held", {"seats": 4}]])


if __name__ == "__main__":
    unittest.main()
