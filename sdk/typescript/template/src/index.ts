// The tools of the plugin `{{name}}`.
import { plugin, s, tool, ToolError } from "@cicerone/sdk";

const forecast = tool({
  name: "forecast",
  description: "Tells what the weather will be like in a city.",
  input: s.object({
    city: s.string({ description: "The city." }),
    days: s.optional(s.integer({ minimum: 0, maximum: 7, description: "Days from now." })),
  }),
  output: s.object({ city: s.string(), summary: s.string(), celsius: s.integer() }),
  effects: ["read-only"],
  run({ city, days = 0 }) {
    const name = city.trim();
    if (name === "") throw ToolError.invalidInput("a forecast needs a city", { code: "city.empty" });
    // Every city has its own weather; replace this with yours.
    const celsius = 10 + [...name].length + days;
    return { city: name, summary: celsius > 20 ? "sunny" : "cloudy", celsius };
  },
});

export default plugin({
  name: "{{name}}",
  version: "0.1.0",
  description: "Says what the weather is like.",
  tools: [forecast],
});
