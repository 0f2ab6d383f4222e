import session from "cicerone:plugin/session@1.0.0";
import { during } from "./during.ts";

export const get = (pointer: string): string | null => during(() => session.get(pointer));
