// Coupons as the operator writes them in the settings: what each takes off, from what value on, until when, how often.
import { ToolError } from "@cicerone/sdk";
import * as config from "@cicerone/sdk/config";
import * as kv from "@cicerone/sdk/kv";
import * as runtime from "@cicerone/sdk/runtime";
import { cents, invalid, percent, share } from "./money.ts";

/** One coupon. */
export interface Coupon {
  readonly code: string;
  readonly off: { readonly points: number } | { readonly cents: number };
  readonly from: number;
  /** The last day, `2026-12-31`, by UTC. */
  readonly until: string | undefined;
  readonly times: number | undefined;
}

/**
 * The coupon with this code, in whatever case it was typed, if it can be used on goods of this value now. For an order that
 * has used it already it is there still, or the same call twice would not be the same.
 */
export function find(code: string, value: number, order: string | undefined): Coupon {
  const typed = code.trim().toUpperCase();
  const coupon = all().find((coupon) => coupon.code === typed);
  if (!coupon) throw ToolError.notFound(`there is no coupon ${typed}`, { code: "coupon.unknown" });
  const today = new Date(runtime.nowMs()).toISOString().slice(0, 10);
  if (coupon.until !== undefined && today > coupon.until) {
    throw ToolError.conflict(`coupon ${typed} ended on ${coupon.until}`, { code: "coupon.expired" });
  }
  if (value < coupon.from) {
    const details = { from: coupon.from / 100, missing: (coupon.from - value) / 100 };
    throw ToolError.conflict(`coupon ${typed} needs goods of ${coupon.from / 100}`, { code: "coupon.too_low", details });
  }
  const uses = coupon.times === undefined ? [] : used(coupon);
  const again = order !== undefined && uses.includes(order);
  if (coupon.times !== undefined && uses.length >= coupon.times && !again) throw gone(coupon);
  return coupon;
}

/** What it takes off: never more than there is. */
export function discount(coupon: Coupon, value: number): number {
  return "points" in coupon.off ? share(value, coupon.off.points) : Math.min(coupon.off.cents, value);
}

/** Counts one use by this order; the same order twice is one. */
export function redeem(coupon: Coupon, order: string): void {
  if (coupon.times === undefined) return;
  const { times } = coupon;
  kv.plugin().update<string[]>(key(coupon), (orders = []) => {
    if (orders.includes(order)) return orders;
    if (orders.length >= times) throw gone(coupon);
    return [...orders, order];
  });
}

const key = (coupon: Coupon) => `used/${coupon.code}`;
const used = (coupon: Coupon) => kv.plugin().get<string[]>(key(coupon)) ?? [];
const gone = (coupon: Coupon) =>
  ToolError.conflict(`coupon ${coupon.code} has been used ${coupon.times} times, which is all`, { code: "coupon.used_up" });

function all(): Coupon[] {
  const text = config.getOr("coupons", "");
  return text.split(";").map((part) => part.trim()).filter((part) => part !== "").map(read);
}

function read(text: string): Coupon {
  const [code = "", kind, value = "", ...rest] = text.split(/\s+/);
  const wrong = (why: string) => invalid("coupons", text, why);
  if (kind !== "percent" && kind !== "amount") throw wrong("after the code comes `percent` or `amount`");
  const terms = new Map<string, string>();
  for (let at = 0; at < rest.length; at += 2) terms.set(rest[at] ?? "", rest[at + 1] ?? "");
  for (const term of terms.keys()) {
    if (!["from", "until", "times"].includes(term)) throw wrong(`\`${term}\` is none of from, until, times`);
  }
  const [from, until, times] = [terms.get("from"), terms.get("until"), terms.get("times")];
  if (until !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(until)) throw wrong("`until` needs a day such as 2026-12-31");
  if (times !== undefined && !/^[1-9]\d{0,2}$/.test(times)) throw wrong("`times` needs a number up to 999");
  return {
    code: code.toUpperCase(),
    off: kind === "percent" ? { points: percent(value, "coupons") } : { cents: cents(value, "coupons") },
    from: from === undefined ? 0 : cents(from, "coupons"),
    until,
    times: times === undefined ? undefined : Number(times),
  };
}
