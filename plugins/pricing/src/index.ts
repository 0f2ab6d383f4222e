// The pricing tools: what an order costs, and the order itself, which uses up its coupon.
import { plugin, Reply, s, tool } from "@cicerone/sdk";
import * as log from "@cicerone/sdk/log";
import * as coupons from "./coupons.ts";
import { price } from "./price.ts";
import { CATEGORIES } from "./tax.ts";

const order = {
  items: s.array(
    s.object({
      sku: s.string({ minLength: 1, maxLength: 64, description: "What it is." }),
      unitPrice: s.number({ minimum: 0, maximum: 1_000_000, description: "Of one piece, tax included." }),
      quantity: s.integer({ minimum: 1, maximum: 100_000 }),
      category: s.optional(s.enum(CATEGORIES, { description: "How it is taxed; `standard` unless it says otherwise." })),
    }),
    { minItems: 1, maxItems: 200 },
  ),
  country: s.optional(s.string({ pattern: "^[A-Za-z]{2}$", description: "Where it goes, ISO 3166: `DE`." })),
  coupon: s.optional(s.string({ minLength: 1, maxLength: 32, description: "A coupon's code." })),
};

const money = s.number({ description: "In the shop's currency, to the cent." });
const line = { sku: s.string(), quantity: s.integer(), list: money, discount: money, total: money };
const quote = {
  currency: s.string(),
  country: s.string(),
  lines: s.array(s.object(line)),
  goods: money,
  discount: money,
  shipping: money,
  total: money,
  taxes: s.array(s.object({ name: s.string(), rate: s.number(), net: money, tax: money })),
};

const quoteOrder = tool({
  name: "quote-order",
  title: "Quote an order",
  description: "Says what an order costs: discounts for quantity, a coupon, shipping, and the taxes that are in it.",
  input: s.object(order),
  output: s.object(quote),
  effects: ["read-only"],
  run: (args) => price(args).quote,
});

const placeOrder = tool({
  name: "place-order",
  title: "Price an order for good",
  description: "Prices an order as quote-order does and uses up its coupon. The same call twice is one order.",
  input: s.object(order),
  output: s.object({ orderId: s.string(), quote: s.object(quote) }),
  effects: ["idempotent"],
  run(args, ctx) {
    const known = { orderId: `O-${ctx.callId}` };
    const priced = price(args, known.orderId);
    if (priced.coupon) coupons.redeem(priced.coupon, known.orderId);
    log.info("Priced an order.", { lines: args.items.length, total: priced.quote.total });
    const { total, currency } = priced.quote;
    return new Reply({ ...known, quote: priced.quote }).say(`Your order comes to ${total.toFixed(2)} ${currency}.`);
  },
});

export default plugin({
  name: "pricing",
  version: "0.1.0",
  description: "Prices orders: discounts by quantity, coupons, shipping, and taxes by country.",
  tools: [quoteOrder, placeOrder],
});
