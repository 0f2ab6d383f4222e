import { here } from "./memory.ts";

export function placeholder(name: string): string {
  reveal(name);
  return `placeholder-of-${name}`;
}

export function reveal(name: string): string {
  const secret = here.memory.secrets.get(name);
  if (secret === undefined) throw { tag: "missing" };
  return secret;
}
