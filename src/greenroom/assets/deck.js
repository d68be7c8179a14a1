// What every deck runs: reveal.js, its search and zoom, and our own plugins, bundled into one classic script
// (modules do not load from file://).
//
// The page gives it:
//   <link rel="stylesheet" href="assets/deck.css"><link rel="stylesheet" href="assets/themes/greenroom.css">
//   <html lang="ar" dir="rtl">                   from right to left, for such a language or `revealOptions: {rtl: true}`
//   <main class="reveal"><div class="slides">    one <section> a slide; a stack of several is a <section> of <section>s
//   <script type="application/json" id="reveal-options">{…}</script>
//                                                the author's `revealOptions`; they come last
//   <script src="assets/deck.js"></script>       at the end of <body>
//
//   <pre><code class="python stepping" data-line-numbers="1|3-5|0|" data-ln-start-from="712">
//     <span class="line">…</span>⏎<span class="line dim">…</span></code>
//     <span class="fragment step" hidden></span>…</pre>
//                                                any listing, at its first step; a fragment for each further one, which
//                                                in a comparison are those of its first listing. Of the steps, `0` is no
//                                                line, and "" all, or "all" if it is the only one; "stepping" if the
//                                                step is not all
//   <div class="listing" data-framework="tf2" data-lines="12 13 14">
//     <p class="framework">TensorFlow</p>        only in panes
//     <pre><code …>…</code>…<a class="source tool" href="assets/snippets/gradients/tf2.html#L12" title="…">Source</a></pre>
//                                                with the page of its program, whose path is the title; assets/programs.js
//                                                gives the programs' texts as `greenroomPrograms`, by their paths
//     <ol class="captions"><li class="now">…</li>…</ol>
//                                                one a step, in step order, empty where a step has none; optional
//     <div class="output"><pre>…</pre><figure><img …></figure></div>
//   </div>                                       a listing of a `snippet` fence; class "output error" for an error;
//                                                class "listing columns" when the output stands beside the code
//   <div class="panes" style="--columns: …"><div class="listing" …>…</div><div class="listing" …>…</div></div>
//                                                frameworks side by side, in columns as wide as their code needs: they
//                                                step together, and the first one's "output fragment" brings the others
//   <code data-morph-pair="0" data-morph="0 12 5 …">, <code data-morphs-as="0">
//                                                a listing that comes out of the one on the slide before, and what it
//                                                keeps of it: places in the earlier and the later text, and a length,
//                                                in UTF-16 units; and that earlier one
//   <p class="parity">…</p>                      what they agree on; last in the panes, or after a single listing.
//                                                "parity seam" stands on the seam between two panes; of three or more,
//                                                each seam has an empty one after it, with the seam's number as `--seam`
//   <aside class="notes">…<div class="step-note" data-step="2">…</div></aside>
//                                                what the speaker says on the slide, and at its second step
//   <a class="read" href="…">                     the slide's place in the docs; optional
import Reveal from "reveal.js";
import Search from "reveal.js/plugin/search";
import Zoom from "reveal.js/plugin/zoom";
import { Access } from "./access.js";
import { Copy } from "./copy.js";
import { Fit } from "./fit.js";
import { Marks } from "./marks.js";
import { Morph } from "./morph.js";
import { Panes } from "./panes.js";
import { Read } from "./read.js";
import { Sections } from "./sections.js";
import { Speaker } from "./speaker.js";
import { Steps } from "./steps.js";

const options = JSON.parse(document.getElementById("reveal-options")?.textContent || "{}");
const style = getComputedStyle(document.documentElement);
const theme = (name, otherwise) => (style.getPropertyValue(name) ? Number(style.getPropertyValue(name)) : otherwise);

window.Reveal = Reveal;

// Sizes are measured as soon as reveal.js starts: the fonts must be there.
const families = ["--r-main-font", "--r-heading-font"].map((name) => style.getPropertyValue(name));
if (document.querySelector("pre")) families.push(style.getPropertyValue("--code-font"));
if (document.querySelector("math")) families.push('"STIX Two Math"');

Promise.allSettled(families.map((family) => document.fonts.load(`1em ${family}`))).then(() =>
  Reveal.initialize({
    hash: true,
    viewDistance: 2,
    scrollLayout: "compact",
    width: theme("--slide-width", 960),
    height: theme("--slide-height", 700),
    margin: theme("--slide-margin", 0.04),
    center: theme("--slide-center", 1) === 1,
    scrollActivationWidth: theme("--scroll-below", 435),
    rtl: document.documentElement.dir === "rtl",
    ...options,
    plugins: [Sections, Access, Steps, Panes, Fit, Morph, Copy, Read, Speaker, Marks, Search, Zoom],
  }),
);
