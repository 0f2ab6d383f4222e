// Money as whole cents, so that sums are exact; percentages in basis points (1/100 of a percent), so that 5.5 % is whole too.
import { ToolError } from "@cicerone/sdk";

/** A part of `cents`, to the nearest cent; half a cent goes up, as invoices are rounded. */
export function share(cents: number, basisPoints: number): number {
  return Math.floor((exact(cents * basisPoints) + 5_000) / 10_000);
}

/** What is left of a gross amount without the tax that is in it, to the nearest cent. */
export function net(cents: number, basisPoints: number): number {
  return Math.floor((exact(cents * 10_000) + (10_000 + basisPoints) / 2) / (10_000 + basisPoints));
}

function exact(product: number): number {
  if (Number.isSafeInteger(product)) return product;
  throw ToolError.invalidInput("the order is too large to be priced to the cent", { code: "order.too_large" });
}

/**
 * Splits `cents` by `weights`, each part to the nearest cent and the sum exactly `cents`: the cents that rounding leaves go to
 * the parts that lost most by it, the earlier one first.
 */
export function split(cents: number, weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return weights.map(() => 0);
  // The products pass 2^53 for orders of millions; BigInt does not mind.
  const exact = weights.map((weight) => BigInt(cents) * BigInt(weight));
  const parts = exact.map((product) => Number(product / BigInt(total)));
  const lost = exact.map((product, at) => ({ at, rest: product % BigInt(total) }));
  let left = cents - parts.reduce((sum, part) => sum + part, 0);
  lost.sort((one, other) => (one.rest === other.rest ? one.at - other.at : one.rest > other.rest ? -1 : 1));
  for (const { at } of lost) {
    if (left-- <= 0) break;
    parts[at] = (parts[at] ?? 0) + 1;
  }
  return parts;
}

/** Cents of a setting such as `4.90`. */
export function cents(text: string, what: string): number {
  const found = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(text.trim());
  if (!found) throw invalid(what, text, "write an amount such as `4.90`");
  return Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0"));
}

/** Basis points of a setting such as `7.5`. */
export function percent(text: string, what: string): number {
  const points = cents(text, what);
  if (points > 10_000) throw invalid(what, text, "a percentage is 100 at most");
  return points;
}

/** A setting that cannot be. */
export function invalid(what: string, text: string, why: string): ToolError {
  return ToolError.internal(`the setting \`${what}\` cannot be \`${text}\`: ${why}`, { code: "config.invalid" });
}
