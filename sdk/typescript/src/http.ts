// Requests to the hosts that `plugin.toml` asks for and the operator grants. The host looks at names, addresses and sizes,
// puts secrets in place of their placeholders, and waits meanwhile. Needs `[[capabilities.http]]`.
import * as host from "#host/http";
import { ToolError, type ErrorKind } from "./error.ts";
import { said } from "./host/said.ts";
import { parse, write } from "./json.ts";

/** A request. */
export interface Request {
  /** `GET` unless it says otherwise. */
  readonly method?: string;
  /** With its scheme: `https://api.example.com/orders`. */
  readonly url: string;
  /** Each name with its value. */
  readonly headers?: { readonly [name: string]: string };
  /** Bytes or text; anything else goes as JSON. */
  readonly body?: unknown;
  /** Never more than the call has left. */
  readonly timeoutMs?: number;
}

/** Why there is no response. */
export type Failure =
  | "denied"
  | "invalid-request"
  | "timeout"
  | "dns"
  | "connect"
  | "tls"
  | "too-large"
  | "quota"
  | "protocol";

const KINDS: { readonly [failure in Failure]: ErrorKind } = {
  denied: "forbidden",
  "invalid-request": "internal",
  timeout: "unavailable",
  dns: "unavailable",
  connect: "unavailable",
  tls: "unavailable",
  "too-large": "internal",
  quota: "rate-limited",
  protocol: "unavailable",
};

/** There is no response. A status such as 404 is one, and not thrown. */
export class HttpError extends ToolError {
  readonly failure: Failure;
  /** Whether the other side may have got the request: then only what is harmless twice is worth another attempt. */
  readonly sent: boolean;

  constructor(failure: Failure, message: string, sent: boolean) {
    super(KINDS[failure], message, { code: `http.${failure.replace("-", "_")}` });
    this.name = "HttpError";
    this.failure = failure;
    this.sent = sent;
  }
}

/** What the other side answered. */
export class Response {
  readonly status: number;
  /** Names in lower case; of a name that comes twice, the values are joined with a comma. */
  readonly headers: { readonly [name: string]: string };
  readonly body: Uint8Array;

  constructor(status: number, headers: readonly (readonly [string, string])[], body: Uint8Array) {
    const joined: Record<string, string> = {};
    for (const [name, value] of headers) {
      const key = name.toLowerCase();
      joined[key] = joined[key] === undefined ? value : `${joined[key]}, ${value}`;
    }
    this.status = status;
    this.headers = joined;
    this.body = body;
  }

  /** Whether the status is a success. */
  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  /** The body as text. */
  text(): string {
    return new TextDecoder().decode(this.body);
  }

  /** The body as JSON. The type is yours to know. */
  json<T = unknown>(): T {
    return parse(this.text()) as T;
  }
}

/** Sends a request and waits for the whole response. */
export function send(request: Request): Response {
  const headers = Object.entries(request.headers ?? {});
  const [body, type] = encoded(request.body);
  if (type !== undefined && !headers.some(([name]) => name.toLowerCase() === "content-type")) {
    headers.push(["content-type", type]);
  }
  try {
    const { method = "GET", url, timeoutMs = null } = request;
    const answer = host.send({ method, url, headers, body, timeoutMs });
    return new Response(answer.status, answer.headers, answer.body);
  } catch (error) {
    const why = said<{ kind?: Failure; message: string; sent: boolean }>(error);
    throw why.kind !== undefined && why.kind in KINDS ? new HttpError(why.kind, why.message, why.sent) : error;
  }
}

/** `GET`. */
export function get(url: string, options: Omit<Request, "url" | "method" | "body"> = {}): Response {
  return send({ ...options, url });
}

/** `POST`. */
export function post(url: string, body: unknown, options: Omit<Request, "url" | "method" | "body"> = {}): Response {
  return send({ ...options, method: "POST", url, body });
}

/** `url` with a query: names and values are escaped, `undefined` is left out. */
export function query(url: string, values: { readonly [name: string]: string | number | boolean | undefined }): string {
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  const pairs = known.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`);
  return pairs.length === 0 ? url : `${url}${url.includes("?") ? "&" : "?"}${pairs.join("&")}`;
}

function encoded(body: unknown): [Uint8Array | null, string | undefined] {
  if (body === undefined) return [null, undefined];
  if (body instanceof Uint8Array) return [body, undefined];
  if (typeof body === "string") return [new TextEncoder().encode(body), "text/plain; charset=utf-8"];
  return [new TextEncoder().encode(write(body, "the body")), "application/json"];
}
