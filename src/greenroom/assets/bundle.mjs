// Makes vendor/, what decks load, from our sources and the npm packages that package-lock.json pins.
// Usage: node bundle.mjs OUTPUT_FOLDER
import { build } from "esbuild";
import { copyFile, mkdir, readFile, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import subsetFont from "subset-font";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];
const packages = join(here, "../../../node_modules");

// What formulas are set in, and what stretches: the font's MATH table brings the larger sizes and the parts of each.
const MATH = [
  [0x20, 0x7e], [0xa0, 0xff], [0x131, 0x131], [0x237, 0x237], [0x2c6, 0x2dd], [0x300, 0x338], [0x370, 0x3ff],
  [0x2010, 0x205f], [0x2061, 0x2064], [0x2070, 0x209c], [0x20d0, 0x20f0], [0x2100, 0x214f], [0x2190, 0x21ff],
  [0x2200, 0x22ff], [0x2308, 0x230b], [0x231c, 0x231f], [0x2322, 0x2323], [0x239b, 0x23ae], [0x23b0, 0x23b1],
  [0x23b4, 0x23b7], [0x23dc, 0x23e1], [0x25a0, 0x25ff], [0x2605, 0x2605], [0x2660, 0x2667], [0x266d, 0x266f],
  [0x2713, 0x2713], [0x27c2, 0x27c2], [0x27d5, 0x27d8], [0x27e6, 0x27ef], [0x27f5, 0x27ff], [0x2a00, 0x2a0c],
  [0x2a2f, 0x2a3f], [0x2a7d, 0x2a88], [0x2aa9, 0x2ab8], [0x2ac5, 0x2acc], [0x1d400, 0x1d7ff],
];

const fonts = {
  name: "fonts",
  setup({ onLoad }) {
    onLoad({ filter: /stix-two-math.*\.woff2$/ }, async ({ path }) => {
      const text = MATH.map(([first, last]) =>
        Array.from({ length: last - first + 1 }, (_, i) => String.fromCodePoint(first + i)).join(""),
      ).join("");
      return { contents: await subsetFont(await readFile(path), text, { targetFormat: "woff2" }), loader: "file" };
    });
  },
};

// Themes of reveal.js ask Google for their fonts, or carry them inside: both go, and the deck's own stand in.
const offline = {
  name: "offline",
  setup({ onLoad }) {
    onLoad({ filter: /reveal\.js.dist.theme.*\.css$/ }, async ({ path }) => {
      const css = (await readFile(path, "utf8"))
        .replace(/@import\s*(url\()?["']?https?:[^;]*;/g, "")
        .replace(/@font-face\s*\{[^}]*\}/g, "");
      const dark = /black|blood|dracula|league|moon|night/.test(path);
      return { contents: `${css}\n:root{color-scheme:${dark ? "dark" : "light"}}`, loader: "css" };
    });
  },
};

const themes = join(packages, "reveal.js/dist/theme");
const named = async (folder) =>
  (await readdir(folder)).filter((name) => name.endsWith(".css")).map((name) => ({
    in: join(folder, name),
    out: `themes/${name.slice(0, -4)}`,
  }));

await build({
  entryPoints: [
    { in: join(here, "deck.js"), out: "deck" },
    { in: join(here, "notes.js"), out: "notes" },
    { in: join(here, "deck.css"), out: "deck" },
    ...(await named(join(here, "themes"))),
    ...(await named(themes)),
  ],
  outdir: out,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome123", "firefox120", "safari17.5"],
  loader: { ".woff2": "file" },
  assetNames: "fonts/[name]",
  legalComments: "none",
  logLevel: "error",
  nodePaths: [packages],
  plugins: [fonts, offline],
});

const { devDependencies } = JSON.parse(await readFile(join(here, "../../../package.json")));
await mkdir(join(out, "LICENSES"), { recursive: true });
for (const name of Object.keys(devDependencies)) {
  if (/^(esbuild|subset-font)$/.test(name)) continue;
  await copyFile(join(packages, name, "LICENSE"), join(out, "LICENSES", `${name.replaceAll(/[@/]/g, " ").trim().replaceAll(" ", "-")}.txt`));
}
