// Value added tax by country and sort of goods, as of 2026, in basis points. A table to begin with, not tax advice.

/** What is taxed differently. */
export const CATEGORIES = ["standard", "food", "books", "none"] as const;
export type Category = (typeof CATEGORIES)[number];

interface Rates {
  readonly name: string;
  readonly standard: number;
  readonly food: number;
  readonly books: number;
}

const RATES: { readonly [country: string]: Rates } = {
  AT: { name: "USt", standard: 2_000, food: 1_000, books: 1_000 },
  BE: { name: "BTW", standard: 2_100, food: 600, books: 600 },
  CH: { name: "MWST", standard: 810, food: 260, books: 260 },
  DE: { name: "USt", standard: 1_900, food: 700, books: 700 },
  DK: { name: "Moms", standard: 2_500, food: 2_500, books: 0 },
  ES: { name: "IVA", standard: 2_100, food: 1_000, books: 400 },
  FR: { name: "TVA", standard: 2_000, food: 550, books: 550 },
  GB: { name: "VAT", standard: 2_000, food: 0, books: 0 },
  IE: { name: "VAT", standard: 2_300, food: 0, books: 0 },
  IT: { name: "IVA", standard: 2_200, food: 1_000, books: 400 },
  NL: { name: "BTW", standard: 2_100, food: 900, books: 900 },
  PL: { name: "VAT", standard: 2_300, food: 500, books: 500 },
  SE: { name: "Moms", standard: 2_500, food: 1_200, books: 600 },
};

/** The countries that there are rates for. */
export const COUNTRIES = Object.keys(RATES);

/** The rate, or nothing for a country that is not in the table. */
export function rate(country: string, category: Category): { name: string; points: number } | undefined {
  const rates = RATES[country];
  return rates && { name: rates.name, points: category === "none" ? 0 : rates[category] };
}
