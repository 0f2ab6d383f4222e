import log from "cicerone:plugin/log@1.0.0";
import { during } from "./during.ts";

export function emit(level: string, message: string, fields: { key: string; value: string }[]): void {
  during(() => log.emit(level, message, fields));
}
