import runtime from "cicerone:plugin/runtime@1.0.0";
import { during } from "./during.ts";

export const nowMs = (): number => during(() => runtime.nowMs());
export const remainingMs = (): number => during(() => runtime.remainingMs());
export const isCancelled = (): boolean => during(() => runtime.cancelled());
export const random = (length: number): Uint8Array => during(() => runtime.random(length));
