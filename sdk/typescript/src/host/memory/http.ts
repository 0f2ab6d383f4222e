import { here } from "./memory.ts";

interface Request {
  method: string;
  url: string;
  headers: [string, string][];
  body: Uint8Array | null;
  timeoutMs: number | null;
}

export function send(request: Request): { status: number; headers: [string, string][]; body: Uint8Array } {
  const { method, url } = request;
  const body = request.body === null ? undefined : new TextDecoder().decode(request.body);
  const headers = Object.fromEntries(request.headers.map(([name, value]) => [name.toLowerCase(), value]));
  const sent = { method, url, headers, body };
  here.memory.sent.push(sent);
  const answer = here.memory.answer?.(sent) ?? { failure: "denied" };
  if (answer.failure !== undefined) {
    throw { kind: answer.failure, message: `no response from ${url}: ${answer.failure}`, sent: false };
  }
  return { status: answer.status ?? 200, headers: Object.entries(answer.headers ?? {}), body: bytes(answer.body) };
}

function bytes(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body;
  const text = typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body);
  return new TextEncoder().encode(text);
}
