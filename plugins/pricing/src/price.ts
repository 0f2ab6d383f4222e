// From an order to what it costs: tiers for each line, one coupon for all, shipping, and the tax that is in it. Prices are
// gross, as shops show them; all sums are whole cents, and the lines' parts add up to the totals.
import { ToolError } from "@cicerone/sdk";
import * as config from "@cicerone/sdk/config";
import * as coupons from "./coupons.ts";
import { cents, invalid, net, percent, share, split } from "./money.ts";
import { type Category, COUNTRIES, rate } from "./tax.ts";

/** One thing, so many times. */
export interface Item {
  readonly sku: string;
  readonly unitPrice: number;
  readonly quantity: number;
  readonly category?: Category;
}

/** What is wanted. */
export interface Order {
  readonly items: readonly Item[];
  readonly country?: string;
  readonly coupon?: string;
}

/** What it costs. */
export interface Quote {
  currency: string;
  country: string;
  lines: { sku: string; quantity: number; list: number; discount: number; total: number }[];
  goods: number;
  discount: number;
  shipping: number;
  total: number;
  taxes: { name: string; rate: number; net: number; tax: number }[];
}

/** Prices an order. With it comes its coupon, so that it can be redeemed for the order with this id. */
export function price(order: Order, id?: string): { quote: Quote; coupon: coupons.Coupon | undefined } {
  const country = (order.country ?? config.getOr("country", "DE")).toUpperCase();
  if (!rate(country, "standard")) {
    const message = `no taxes are known for ${country}; there are ${COUNTRIES.join(", ")}`;
    throw ToolError.invalidInput(message, { code: "country.unknown", details: { countries: COUNTRIES } });
  }
  const tiers = readTiers();
  const list = order.items.map((item) => toCents(item.unitPrice, item.sku) * item.quantity);
  const tiered = order.items.map((item, at) => share(list[at] ?? 0, tierOf(tiers, item.quantity)));
  const value = sum(list) - sum(tiered);
  const coupon = order.coupon === undefined ? undefined : coupons.find(order.coupon, value, id);
  const afterTiers = list.map((cents, at) => cents - (tiered[at] ?? 0));
  const off = split(coupon ? coupons.discount(coupon, value) : 0, afterTiers);
  const totals = afterTiers.map((cents, at) => cents - (off[at] ?? 0));
  const shipping = shippingOf(sum(totals));
  const quote = {
    currency: config.getOr("currency", "EUR"),
    country,
    lines: order.items.map(({ sku, quantity }, at) => {
      const [gross = 0, total = 0] = [list[at], totals[at]];
      return { sku, quantity, list: euros(gross), discount: euros(gross - total), total: euros(total) };
    }),
    goods: euros(sum(list)),
    discount: euros(sum(list) - sum(totals)),
    shipping: euros(shipping),
    total: euros(sum(totals) + shipping),
    taxes: taxes(order.items, totals, shipping, country),
  };
  return { quote, coupon };
}

/** Shipping is taxed as the goods are: what of it belongs to which rate goes by their value. */
function taxes(items: readonly Item[], totals: readonly number[], shipping: number, country: string): Quote["taxes"] {
  const shippingParts = split(shipping, totals);
  const gross = new Map<number, number>();
  let name = "";
  items.forEach((item, at) => {
    const found = rate(country, item.category ?? "standard");
    if (!found) return;
    name = found.name;
    gross.set(found.points, (gross.get(found.points) ?? 0) + (totals[at] ?? 0) + (shippingParts[at] ?? 0));
  });
  const rates = [...gross].filter(([, cents]) => cents !== 0).sort(([one], [other]) => other - one);
  return rates.map(([points, cents]) => {
    // The net is rounded, and the tax is the rest: together they are what is paid.
    const netto = net(cents, points);
    return { name, rate: points / 100, net: euros(netto), tax: euros(cents - netto) };
  });
}

function shippingOf(value: number): number {
  const free = config.get("free_shipping_from");
  if (value === 0 || (free !== undefined && value >= cents(free, "free_shipping_from"))) return 0;
  return cents(config.getOr("shipping", "0"), "shipping");
}

/** The prices come as numbers with two decimals; anything finer is a mistake and not ours to round. */
function toCents(amount: number, sku: string): number {
  const cents = Math.round(amount * 100);
  if (Math.abs(cents / 100 - amount) > 1e-9) {
    throw ToolError.invalidInput(`the price of ${sku} has parts of a cent`, { code: "price.too_fine" });
  }
  return cents;
}

function readTiers(): [pieces: number, points: number][] {
  const text = config.getOr("tiers", "");
  const parts = text.split(",").map((part) => part.trim()).filter((part) => part !== "");
  return parts.map((part) => {
    const [, pieces, off] = /^(\d{1,6})\s*:\s*(\S+)$/.exec(part) ?? [];
    if (pieces === undefined || off === undefined) throw invalid("tiers", part, "write `pieces:percent`");
    return [Number(pieces), percent(off, "tiers")];
  });
}

/** The best one that the quantity reaches. */
function tierOf(tiers: readonly (readonly [number, number])[], quantity: number): number {
  return tiers.reduce((best, [pieces, points]) => (quantity >= pieces ? Math.max(best, points) : best), 0);
}

const sum = (parts: readonly number[]) => parts.reduce((all, part) => all + part, 0);
const euros = (cents: number) => cents / 100;
