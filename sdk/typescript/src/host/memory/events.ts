import { here } from "./memory.ts";

export function publish(topic: string, payload: string): void {
  here.memory.events.push({ topic, payload: JSON.parse(payload) });
}
