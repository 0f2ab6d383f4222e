import config from "cicerone:plugin/config@1.0.0";
import { during } from "./during.ts";

export const get = (key: string): string | null => during(() => config.get(key));
