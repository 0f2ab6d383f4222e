// What JavaScript has everywhere and QuickJS has not, as far as a tool needs it: `console`, `TextEncoder`, `TextDecoder`,
// `crypto`; and clock and chance by the host, because QuickJS keeps those of the moment of the build. While the component is
// built there is no host: then the clock is the machine's and chance is frozen.
// Deliberately absent: `fetch` (see `@cicerone/sdk/http`), timers, `URL`, files.
import { calling } from "./host/component/during.ts";
import * as log from "./log.ts";
import * as runtime from "./runtime.ts";

type Any = any;
const world = globalThis as Any;
const { escape, unescape } = world as { escape(text: string): string; unescape(text: string): string };

function line(level: log.Level) {
  return (...parts: unknown[]) => {
    if (calling()) log.emit(level, parts.map(log.text).join(" "));
  };
}

world.console = {
  log: line("info"),
  info: line("info"),
  debug: line("debug"),
  trace: line("trace"),
  warn: line("warn"),
  error: line("error"),
};

world.TextEncoder = class TextEncoder {
  readonly encoding = "utf-8";

  encode(text = ""): Uint8Array {
    return bytesOf(unescape(encodeURIComponent(text.toWellFormed())));
  }
};

world.TextDecoder = class TextDecoder {
  readonly encoding = "utf-8";
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;

  constructor(label = "utf-8", options: { fatal?: boolean; ignoreBOM?: boolean } = {}) {
    if (!/^(unicode-1-1-)?utf-?8$/i.test(label.trim())) throw new RangeError(`the encoding \`${label}\` is not here`);
    this.fatal = options.fatal ?? false;
    this.ignoreBOM = options.ignoreBOM ?? false;
  }

  decode(input: ArrayBuffer | ArrayBufferView = new Uint8Array()): string {
    const bytes = ArrayBuffer.isView(input)
      ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
      : new Uint8Array(input);
    const bom = !this.ignoreBOM && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    const body = bom ? bytes.subarray(3) : bytes;
    try {
      return decodeURIComponent(escape(latin1Of(body)));
    } catch {
      if (this.fatal) throw new TypeError("the bytes are not UTF-8");
      return mended(body);
    }
  }
};

// By way of functions that the engine has compiled: a loop here takes ten times as long.
const bytesOf = (latin1: string): Uint8Array => (Uint8Array as Any).fromBase64(btoa(latin1));
const latin1Of = (bytes: Any): string => atob(bytes.toBase64());

/** With U+FFFD in place of what is not UTF-8. */
function mended(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const [point, length] = take(bytes, at);
    text += String.fromCodePoint(point < 0 ? 0xfffd : point);
    at += length;
  }
  return text;
}

/** The code point at `at`, or -1, and how many bytes it takes: of a broken one, those that could have begun one. */
function take(bytes: Uint8Array, at: number): [point: number, length: number] {
  const first = bytes[at]!;
  if (first < 0x80) return [first, 1];
  const more = first >= 0xc2 && first < 0xe0 ? 1 : first >= 0xe0 && first < 0xf0 ? 2 : first >= 0xf0 && first < 0xf5 ? 3 : 0;
  if (more === 0) return [-1, 1];
  let point = first & (0x3f >> more);
  // Too long, half a pair, or past U+10FFFF shows in the second byte.
  let low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  let high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  for (let next = 1; next <= more; next++) {
    const byte = bytes[at + next];
    if (byte === undefined || byte < low || byte > high) return [-1, next];
    point = (point << 6) | (byte & 0x3f);
    [low, high] = [0x80, 0xbf];
  }
  return [point, more + 1];
}

const frozenRandom = Math.random;
Math.random = () => {
  if (!calling()) return frozenRandom();
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0] = runtime.random(7);
  // 53 bits, as many as a number below 1 has.
  return ((a & 0x1f) * 2 ** 48 + b * 2 ** 40 + c * 2 ** 32 + d * 2 ** 24 + e * 2 ** 16 + f * 2 ** 8 + g) / 2 ** 53;
};

world.crypto = {
  getRandomValues<T extends ArrayBufferView>(into: T): T {
    const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
    bytes.set(runtime.random(bytes.length));
    return into;
  },
  randomUUID(): string {
    const bytes = runtime.random(16);
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  },
};

const MachineDate = Date;
const now = () => (calling() ? runtime.nowMs() : MachineDate.now());
world.Date = new Proxy(MachineDate, {
  construct: (target, args, made) => Reflect.construct(target, args.length === 0 ? [now()] : args, made),
  apply: () => new MachineDate(now()).toString(),
  get: (target, key) => (key === "now" ? now : Reflect.get(target, key)),
});
MachineDate.prototype.constructor = world.Date;
