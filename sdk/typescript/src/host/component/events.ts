import events from "cicerone:plugin/events@1.0.0";
import { during } from "./during.ts";

export const publish = (topic: string, payload: string): void => during(() => events.publish(topic, payload));
