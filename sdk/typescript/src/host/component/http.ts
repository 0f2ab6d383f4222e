import http from "cicerone:plugin/http@1.0.0";
import { during } from "./during.ts";

export const send = (request: Parameters<typeof http.send>[0]): ReturnType<typeof http.send> =>
  during(() => http.send(request));
