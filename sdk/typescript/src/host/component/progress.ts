import progress from "cicerone:plugin/progress@1.0.0";
import { during } from "./during.ts";

export const update = (percent: number | null, message: string): void => during(() => progress.update(percent, message));
