import { here } from "./memory.ts";

export function update(percent: number | null, message: string): void {
  here.memory.progress.push({ percent: percent ?? undefined, message });
}
