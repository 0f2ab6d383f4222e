import secrets from "cicerone:plugin/secrets@1.0.0";
import { during } from "./during.ts";

export const placeholder = (name: string): string => during(() => secrets.placeholder(name));
export const reveal = (name: string): string => during(() => secrets.reveal(name));
