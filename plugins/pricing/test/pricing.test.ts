import assert from "node:assert/strict";
import { test } from "node:test";
import { call, context, failure, Host, reply } from "@cicerone/sdk/test";
import pricing from "../src/index.ts";
import { net, share, split } from "../src/money.ts";

const SETTINGS = {
  currency: "EUR",
  country: "DE",
  tiers: "10:5, 50:10",
  coupons: "TEN percent 10 until 2026-12-31; FIVER amount 5 from 25; TWICE percent 50 times 2",
  shipping: "4.90",
  free_shipping_from: "50",
};
const NOW = Date.UTC(2026, 2, 2, 12);

function shop(config = {}) {
  return new Host({ config: { ...SETTINGS, ...config }, nowMs: NOW });
}

function quote(items: unknown[], more = {}) {
  return call(pricing, "quote-order", { items, ...more });
}

const mug = (quantity: number) => ({ sku: "mug", unitPrice: 9.99, quantity });

test("a line costs what its pieces cost, and carries its tax", () => {
  shop();
  const priced = quote([mug(2)]);
  assert.deepEqual([priced.goods, priced.discount, priced.shipping, priced.total], [19.98, 0, 4.9, 24.88]);
  // 24.88 / 1.19 = 20.9076
  assert.deepEqual(priced.taxes, [{ name: "USt", rate: 19, net: 20.91, tax: 3.97 }]);
});

test("the best tier that the quantity reaches counts", () => {
  shop();
  assert.equal(quote([mug(9)]).discount, 0);
  // 5 % of 99.90 is 4.995, and half a cent goes up.
  assert.equal(quote([mug(10)]).discount, 5);
  assert.equal(quote([mug(50)]).discount, 49.95);
});

test("shipping is free from a value after all discounts", () => {
  shop();
  assert.equal(quote([{ sku: "a", unitPrice: 50, quantity: 1 }]).shipping, 0);
  assert.equal(quote([{ sku: "a", unitPrice: 50, quantity: 1 }], { coupon: "ten" }).shipping, 4.9);
});

test("a coupon's cents are split so that the lines add up", () => {
  shop();
  const thirds = ["a", "b", "c"].map((sku) => ({ sku, unitPrice: 10, quantity: 1 }));
  const priced = quote(thirds, { coupon: "FIVER" });
  assert.deepEqual(priced.lines.map((line: any) => line.discount), [1.67, 1.67, 1.66]);
  assert.equal(priced.discount, 5);
});

test("a coupon that cannot be used says why", () => {
  const host = shop();
  const said = (coupon: string, unitPrice = 10) =>
    failure(pricing, "quote-order", { items: [{ sku: "a", unitPrice, quantity: 1 }], coupon });
  assert.deepEqual([said("NONE").kind, said("NONE").code], ["not-found", "coupon.unknown"]);
  assert.deepEqual([said("fiver").code, said("fiver").details], ["coupon.too_low", { from: 25, missing: 15 }]);
  host.pass(365 * 86_400_000);
  assert.equal(said("TEN").code, "coupon.expired");
});

test("a coupon is used up by orders, not by quotes and not by the same order twice", () => {
  const host = shop();
  const place = (callId: string) => reply(pricing, "place-order", { items: [mug(1)], coupon: "TWICE" }, context({ callId }));
  quote([mug(1)], { coupon: "TWICE" });
  const first = place("1");
  assert.deepEqual(first.say, ["Your order comes to 9.89 EUR."]);
  place("2");
  assert.deepEqual(place("2").value, { ...first.value, orderId: "O-2" });
  assert.equal(failure(pricing, "place-order", { items: [mug(1)], coupon: "TWICE" }, context({ callId: "3" })).code, "coupon.used_up");
  assert.equal(host.lines.length, 3);
});

test("taxes go by country and sort of goods, shipping with them", () => {
  shop();
  const basket = [
    { sku: "novel", unitPrice: 20, quantity: 1, category: "books" },
    { sku: "lamp", unitPrice: 20, quantity: 1 },
  ];
  const french = quote(basket, { country: "fr" });
  assert.deepEqual(french.taxes.map((tax: any) => [tax.name, tax.rate]), [["TVA", 20], ["TVA", 5.5]]);
  const sum = french.taxes.reduce((all: number, tax: any) => all + Math.round(tax.net * 100) + Math.round(tax.tax * 100), 0);
  assert.equal(sum / 100, french.total);
  assert.deepEqual(quote(basket, { country: "GB" }).taxes.map((tax: any) => tax.rate), [20, 0]);
  assert.equal(failure(pricing, "quote-order", { items: basket, country: "US" }).code, "country.unknown");
});

test("what is finer than a cent or too large is refused", () => {
  shop();
  assert.equal(failure(pricing, "quote-order", { items: [{ sku: "a", unitPrice: 1.005, quantity: 1 }] }).code, "price.too_fine");
  const huge = Array.from({ length: 10 }, () => ({ sku: "a", unitPrice: 1_000_000, quantity: 100_000 }));
  assert.equal(failure(pricing, "quote-order", { items: huge }).code, "order.too_large");
});

test("a setting that cannot be is the operator's to mend", () => {
  for (const [key, value] of [["tiers", "10"], ["coupons", "X off 10"], ["shipping", "free"], ["coupons", "X percent 101"]] as const) {
    shop({ [key]: value });
    const said = failure(pricing, "quote-order", { items: [mug(1)], ...(key === "coupons" && { coupon: "X" }) });
    assert.deepEqual([said.kind, said.code], ["internal", "config.invalid"], key);
  }
});

test("parts add up to the whole, whatever the weights are", () => {
  let seed = 1;
  const chance = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  for (let round = 0; round < 500; round++) {
    const weights = Array.from({ length: 1 + chance(20) }, () => chance(100_000));
    const cents = chance(1_000_000);
    const parts = split(cents, weights);
    const all = weights.some((weight) => weight > 0) ? cents : 0;
    assert.equal(parts.reduce((sum, part) => sum + part, 0), all, `${cents} by ${weights}`);
    assert.ok(parts.every((part) => part >= 0));
  }
  assert.deepEqual([share(999, 500), share(1, 4_999), share(1, 5_000)], [50, 0, 1]);
  assert.deepEqual([net(11_900, 1_900), net(1, 0)], [10_000, 1]);
});
