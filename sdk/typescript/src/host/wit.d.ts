// The contract's imports as `componentize-qjs` gives them: `option` is `null` or the value, an error is thrown as it is.
declare module "cicerone:plugin/log@1.0.0" {
  const log: {
    emit(level: string, message: string, fields: { key: string; value: string }[]): void;
  };
  export default log;
}
declare module "cicerone:plugin/runtime@1.0.0" {
  const runtime: {
    remainingMs(): number;
    cancelled(): boolean;
    nowMs(): number;
    random(length: number): Uint8Array;
  };
  export default runtime;
}
declare module "cicerone:plugin/config@1.0.0" {
  const config: { get(key: string): string | null };
  export default config;
}
declare module "cicerone:plugin/session@1.0.0" {
  const session: { get(pointer: string): string | null };
  export default session;
}
declare module "cicerone:plugin/kv@1.0.0" {
  const kv: {
    get(scope: string, key: string): Uint8Array | null;
    set(scope: string, key: string, value: Uint8Array, ttlMs: number | null): void;
    delete(scope: string, key: string): boolean;
    increment(scope: string, key: string, by: number, ttlMs: number | null): number;
    compareAndSet(
      scope: string,
      key: string,
      expected: Uint8Array | null,
      value: Uint8Array,
      ttlMs: number | null,
    ): boolean;
  };
  export default kv;
}
declare module "cicerone:plugin/http@1.0.0" {
  const http: {
    send(request: {
      method: string;
      url: string;
      headers: [string, string][];
      body: Uint8Array | null;
      timeoutMs: number | null;
    }): { status: number; headers: [string, string][]; body: Uint8Array };
  };
  export default http;
}
declare module "cicerone:plugin/secrets@1.0.0" {
  const secrets: { placeholder(name: string): string; reveal(name: string): string };
  export default secrets;
}
declare module "cicerone:plugin/progress@1.0.0" {
  const progress: { update(percent: number | null, message: string): void };
  export default progress;
}
declare module "cicerone:plugin/events@1.0.0" {
  const events: { publish(topic: string, payload: string): void };
  export default events;
}
