// From a plugin's sources to its component: type check, one bundle, QuickJS around it. `cicerone plugin build` runs it.
//
//     node build.mjs --kit DIR --plugin DIR --wit DIR --world NAME --imports log,runtime,kv --out FILE [--classify]
//
// `--kit` is where npm has put esbuild, componentize-qjs and typescript. It writes nothing but FILE.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { builtinModules, createRequire, SourceMap } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const SDK = fileURLToPath(new URL("src", import.meta.url));
const ENTRY = "src/index.ts";
/** What there is only for who asks, and how it is asked for. */
const ASKED = {
  session: 'session = { read = ["/…"] }',
  kv: 'kv = { scopes = ["plugin"] }',
  http: '[[capabilities.http]] with hosts = ["https://…"]',
  secrets: 'secrets = [{ name = "…", hosts = ["…"] }]',
  progress: "progress = true",
  events: 'events = { topics = ["…"] }',
};

const text = { type: "string" };
const { values: options } = parseArgs({
  options: { kit: text, plugin: text, wit: text, world: text, imports: text, out: text, classify: { type: "boolean" } },
});
const plugin = resolve(options.plugin);
const imports = options.imports.split(",");
const kit = createRequire(join(resolve(options.kit), "package.json"));

/** Ends with what a tool has said, as it has said it. */
class Said extends Error {}

try {
  const [, bundled] = await Promise.all([check(), bundle()]);
  const { componentize } = kit("componentize-qjs");
  const made = await componentize({
    witPath: resolve(options.wit),
    world: options.world,
    jsSource: bundled.code,
    sync: true,
  }).catch((error) => {
    throw new Said(placed(String(error?.message ?? error), bundled.map));
  });
  writeFileSync(resolve(options.out), made.component);
} catch (error) {
  if (!(error instanceof Said)) throw error;
  process.stderr.write(`${error.message.trimEnd()}\n`);
  process.exitCode = 1;
}

/** Types are the plugin's own choice: without a tsconfig.json nobody looks at them. */
function check() {
  if (!existsSync(join(plugin, "tsconfig.json"))) return undefined;
  const compiler = kit.resolve("typescript/package.json").replace("package.json", "bin/tsc");
  const tsc = spawn(process.execPath, [compiler, "--noEmit", "--pretty", "false", "-p", "tsconfig.json"], { cwd: plugin });
  let said = "";
  tsc.stdout.on("data", (data) => (said += data));
  tsc.stderr.on("data", (data) => (said += data));
  return new Promise((done, failed) => {
    tsc.on("error", failed);
    tsc.on("close", (code) => (code === 0 ? done() : failed(new Said(said))));
  });
}

async function bundle() {
  const esbuild = kit("esbuild");
  const entry = [
    `import { component } from "@cicerone/sdk/component";`,
    `import plugin from "./${ENTRY}";`,
    `export const tools = component(plugin);`,
  ];
  if (options.classify) {
    entry.splice(1, 0, `import { hearing } from "@cicerone/sdk/hearing";`);
    entry.push(`export const classify = hearing(plugin);`);
  } else {
    const text = "`plugin({ … })` names `classify`: write `classify = true` in [build] of plugin.toml";
    entry.push(`if (plugin?.classify) throw new Error(${JSON.stringify(text)});`);
  }
  const built = esbuild.build({
    stdin: { contents: entry.join("\n"), resolveDir: plugin, sourcefile: "component.js" },
    absWorkingDir: plugin,
    bundle: true,
    write: false,
    outfile: "component.js",
    format: "esm",
    target: "es2023",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["component", "import", "default"],
    sourcemap: "external",
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: "silent",
    plugins: [{ name: "cicerone", setup }],
  });
  const result = await built.catch(async ({ errors = [], message }) => {
    if (errors.length === 0) throw new Said(message);
    throw new Said((await esbuild.formatMessages(errors, { kind: "error" })).join(""));
  });
  const output = (end) => result.outputFiles.find((file) => file.path.endsWith(end)).text;
  return { code: output(".js"), map: new SourceMap(JSON.parse(output(".js.map"))) };
}

/** The SDK's modules, and what a sandbox does not have, said where it is imported. */
function setup(build) {
  const refuse = (text) => ({ errors: [{ text }] });
  build.onResolve({ filter: /^@cicerone\/sdk(\/|$)/ }, ({ path }) => {
    const name = path.split("/").slice(2).join("/") || "index";
    if (name === "test") return refuse("`@cicerone/sdk/test` is for tests; a component cannot contain it");
    if (name in ASKED && !imports.includes(name)) {
      return refuse(`\`${path}\` needs a right: write \`${ASKED[name]}\` below [capabilities] in plugin.toml`);
    }
    if (name === "classify" && !options.classify) {
      return refuse(`\`${path}\` is for plugins that understand texts: write \`classify = true\` in [build] of plugin.toml`);
    }
    const file = join(SDK, `${name}.ts`);
    return existsSync(file) ? { path: file } : refuse(`the SDK has no module \`${path}\``);
  });
  build.onResolve({ filter: /^cicerone:/ }, ({ path }) => ({ path, external: true }));
  build.onResolve({ filter: /^[a-z_:]+(\/|$)/ }, ({ path }) => {
    const builtin = path.startsWith("node:") || builtinModules.includes(path);
    if (!builtin || existsSync(join(plugin, "node_modules", path))) return undefined;
    return refuse(`\`${path}\` is Node's; a sandbox has no files, sockets, processes or timers`);
  });
}

/** Places in the bundle, as places in the sources. */
function placed(said, map) {
  return said.replace(/\(\/?[^()\s]*?:(\d+):(\d+)\)/g, (place, line, column) => {
    const found = map.findEntry(Number(line) - 1, Number(column) - 1);
    return found.originalSource ? `(${found.originalSource}:${found.originalLine + 1}:${found.originalColumn + 1})` : place;
  });
}
