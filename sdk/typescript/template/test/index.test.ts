import assert from "node:assert/strict";
import { test } from "node:test";
import { call, failure } from "@cicerone/sdk/test";
import weather from "../src/index.ts";

test("a forecast needs a city", () => {
  assert.equal(failure(weather, "forecast", { city: " " }).code, "city.empty");
  assert.equal(call(weather, "forecast", { city: "Lisbon" }).celsius, 16);
});
