// Bundles the workbench and the suggestions of the search: node bundle.mjs OUT, in a folder that holds node_modules.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";

const out = process.argv[2];

const { metafile } = await build({
  entryPoints: ["workbench.js", "workbench.css", "search.js"],
  outdir: out,
  bundle: true,
  format: "esm",
  // What only some answers need (table, graph, chart) is fetched when one of them is shown.
  splitting: true,
  chunkNames: "[name]-[hash]",
  minify: true,
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
});

// The licences of all that went in, as they ask for.
const packages = new Set(
  Object.keys(metafile.inputs)
    .map((name) => name.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1])
    .filter(Boolean),
);
const notices = [...packages].sort().map((name) => {
  const folder = join("node_modules", name);
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const author = about.author?.name ?? about.author ?? "";
  const text = file ? readFileSync(join(folder, file), "utf8").trim() : `${about.license}, ${author}`;
  return `${name} ${about.version} (${about.license})\n\n${text}\n`;
});
mkdirSync(dirname(join(out, "x")), { recursive: true });
writeFileSync(join(out, "licences.txt"), notices.join(`\n${"-".repeat(72)}\n\n`));
