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

// What formulas are set in: a file each for what nearly all of them need, what many need, and the rest, so that a page
// loads only what it shows. The font's MATH table brings the larger sizes and the parts of what stretches.
const MATH = {
  common: [
    [0x20, 0x7e], [0xa0, 0xff], [0x131, 0x131], [0x237, 0x237], [0x2c6, 0x2dd], [0x300, 0x338], [0x391, 0x3c9],
    [0x3d1, 0x3d1], [0x3d5, 0x3d6], [0x3f0, 0x3f1], [0x3f5, 0x3f5], [0x2010, 0x2064], [0x20d0, 0x20d7],
    [0x210e, 0x210f], [0x2190, 0x2199], [0x21a6, 0x21a6], [0x21d0, 0x21d5], [0x2200, 0x2237], [0x223c, 0x2248],
    [0x2260, 0x228b], [0x2295, 0x2299], [0x22a2, 0x22a5], [0x22c0, 0x22c6], [0x22ee, 0x22f1], [0x2308, 0x230b],
    [0x23b4, 0x23b5], [0x23dc, 0x23e1], [0x27e8, 0x27e9], [0x27f5, 0x27fa], [0x1d434, 0x1d467], [0x1d6e2, 0x1d71b],
  ],
  bold: [[0x1d400, 0x1d433], [0x1d468, 0x1d49b], [0x1d6a8, 0x1d6e1], [0x1d71c, 0x1d755]],
  alphabets: [[0x2100, 0x210d], [0x2110, 0x214f], [0xfe00, 0xfe01], [0x1d49c, 0x1d6a5], [0x1d756, 0x1d7ff]],
  symbols: [
    [0x2070, 0x209c], [0x20d8, 0x20f0], [0x219a, 0x21a5], [0x21a7, 0x21cf], [0x21d6, 0x21ff], [0x2238, 0x223b],
    [0x2249, 0x225f], [0x228c, 0x2294], [0x229a, 0x22a1], [0x22a6, 0x22bf], [0x22c7, 0x22ed], [0x22f2, 0x22ff],
    [0x231c, 0x231f], [0x2322, 0x2323], [0x239b, 0x23b3], [0x23b6, 0x23b7], [0x25a0, 0x25ff], [0x2605, 0x2605],
    [0x2660, 0x2667], [0x266d, 0x266f], [0x2713, 0x2713], [0x27c2, 0x27c2], [0x27d5, 0x27d8], [0x27e6, 0x27e7],
    [0x27ea, 0x27ef], [0x27fb, 0x27ff], [0x2a00, 0x2a0c], [0x2a2f, 0x2a3f], [0x2a7d, 0x2a88], [0x2aa9, 0x2ab8],
    [0x2ac5, 0x2acc],
  ],
};

const stix = join(packages, "@fontsource/stix-two-math/files/stix-two-math-latin-400-normal.woff2");
const hex = (number) => number.toString(16);
const characters = (ranges) =>
  ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i));

const math = {
  name: "math",
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^math:/ }, ({ path }) => ({ path: path.slice(5), namespace: "math" }));
    onLoad({ filter: /^faces$/, namespace: "math" }, () => ({
      loader: "css",
      contents: Object.entries(MATH)
        .map(([name, ranges]) => {
          const range = ranges.map(([first, last]) => `U+${hex(first)}-${hex(last)}`).join(",");
          const source = `url("math:stix-two-math-${name}.woff2") format("woff2")`;
          return `@font-face{font-family:"STIX Two Math";font-display:block;src:${source};unicode-range:${range}}`;
        })
        .join("\n"),
    }));
    onLoad({ filter: /woff2$/, namespace: "math" }, async ({ path }) => ({
      loader: "file",
      contents: await subsetFont(
        await readFile(stix),
        String.fromCodePoint(...characters(MATH[/-(\w+)\.woff2$/.exec(path)[1]])),
        // What MathML uses of the font: smaller sizes in scripts, dotless letters, flat accents.
        { targetFormat: "woff2", keepFeatures: ["ssty", "dtls", "flac", "ccmp", "mark", "mkmk"], noHinting: true },
      ),
    }));
  },
};

// Themes of reveal.js ask Google for their fonts, or carry them inside: here they come from the deck.
const FONTS = {
  Lato: ["400", "400-italic", "700"],
  "League Gothic": ["400"],
  Montserrat: ["700"],
  "News Cycle": ["400", "700"],
  "Open Sans": ["400", "400-italic", "700"],
  Quicksand: ["400", "700"],
  "Source Sans Pro": ["400", "400-italic", "600", "600-italic"],
  Ubuntu: ["400", "400-italic", "700"],
};
const DARK = /(black|black-contrast|blood|dracula|league|moon|night)\.css$/;

const offline = {
  name: "offline",
  setup({ onLoad }) {
    onLoad({ filter: /reveal\.js.dist.theme.*\.css$/ }, async ({ path }) => {
      const css = (await readFile(path, "utf8"))
        .replace(/@import\s*(url\()?["']?https?:[^;]*;/g, "")
        .replace(/@font-face\s*\{[^}]*\}/g, "");
      const families = [...css.matchAll(/--r-(?:main|heading)-font:\s*"?([^",;]+)/g)].map(([, name]) => name);
      const imports = [...new Set(families)].flatMap((name) => {
        const folder = `@fontsource/${name.toLowerCase().replaceAll(" ", "-")}`;
        return (FONTS[name] ?? []).map((face) => `@import "${folder}/${face}.css";`);
      });
      const scheme = DARK.test(path) ? "dark" : "light";
      return { contents: `${imports.join("")}@layer theme{${css}:root{color-scheme:${scheme}}}`, loader: "css" };
    });
    // Of each face, the files for Latin letters, and no second format for old browsers.
    onLoad({ filter: /@fontsource.[\w-]+.\d+(-italic)?\.css$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8"))
        .match(/@font-face\s*\{[^}]*\}/g)
        .filter((face) => /-latin(-ext)?-\d/.test(face))
        .map((face) => face.replace(/,\s*url\([^)]*\.woff\) format\('woff'\)/, ""))
        .join("\n"),
      loader: "css",
    }));
  },
};

const themes = join(packages, "reveal.js/dist/theme");
const named = async (folder) =>
  (await readdir(folder)).filter((name) => name.endsWith(".css")).map((name) => ({
    in: join(folder, name),
    out: `themes/${name.slice(0, -4)}`,
  }));

const { metafile } = await build({
  entryPoints: [
    { in: join(here, "deck.js"), out: "deck" },
    { in: join(here, "drawing.js"), out: "marks" },
    { in: join(here, "speaker-window.js"), out: "speaker" },
    { in: join(here, "source-page.js"), out: "source" },
    { in: join(here, "deck.css"), out: "deck" },
    { in: join(here, "speaker.css"), out: "speaker" },
    { in: join(here, "source.css"), out: "source" },
    { in: join(here, "math.css"), out: "math" },
    { in: join(here, "handout.css"), out: "handout" },
    { in: join(here, "serve/live.js"), out: "serve/live" },
    { in: join(here, "serve/editor.js"), out: "serve/editor" },
    { in: join(here, "serve/follow.js"), out: "serve/follow" },
    { in: join(here, "serve/remote.js"), out: "serve/remote" },
    { in: join(here, "serve/remote.css"), out: "serve/remote" },
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
  metafile: true,
  logLevel: "error",
  logLimit: 3,
  nodePaths: [packages],
  plugins: [math, offline],
}).catch(() => process.exit(1));

await copyFile(join(here, "speaker.html"), join(out, "speaker.html"));
await copyFile(join(here, "serve/remote.html"), join(out, "serve/remote.html"));

// Licences, also of what our packages need in turn: those of what is in decks, and of what only `present` serves.
const { devDependencies } = JSON.parse(await readFile(join(here, "../../../package.json")));
const presented = new Set(
  Object.entries(metafile.outputs)
    .filter(([path]) => /\/serve\/[^/]+$/.test(path))
    .flatMap(([, { inputs }]) => Object.keys(inputs).map((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]))
    .filter(Boolean),
);
await mkdir(join(out, "LICENSES/serve"), { recursive: true });
for (const name of new Set([...Object.keys(devDependencies), ...presented])) {
  if (/^(esbuild|subset-font)$/.test(name)) continue;
  const flat = `${name.replace("@", "").replaceAll("/", "-")}.txt`;
  await copyFile(join(packages, name, "LICENSE"), join(out, "LICENSES", presented.has(name) ? "serve" : "", flat));
}

// What checks decks, and is in none of them.
await copyFile(join(packages, "axe-core/axe.min.js"), join(out, "axe.js"));
await copyFile(join(packages, "axe-core/LICENSE-3RD-PARTY.txt"), join(out, "LICENSES/axe-core-third-party.txt"));
