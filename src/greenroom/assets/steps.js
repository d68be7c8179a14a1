// Walks through listings: `data-line-numbers="1|3-5"` becomes reveal.js fragments, and the lines of the step that the
// visible fragments amount to stand out. Nothing is kept beside the page: its state alone says which step is shown,
// so forward, back, jumps, deep links, the speaker's window and printed copies agree.

const numbers = (text) =>
  new Set(
    text.split(",").flatMap((part) => {
      const [first, last = first] = part.split("-").map((number) => parseInt(number, 10));
      return Array.from({ length: Math.max(last - first + 1, 0) }, (_, i) => first + i);
    }),
  );

/** The listings that step together: those of one comparison, or one alone. */
const groups = (root) => {
  const found = new Map();
  for (const code of root.querySelectorAll("pre > code[data-line-numbers]")) {
    const key = code.closest(".panes") ?? code;
    found.set(key, [...(found.get(key) ?? []), code]);
  }
  return found;
};

const stepsOf = (code) => code.dataset.lineNumbers.split("|").map(numbers);

/** Tells the style sheet where the line numbers start, and how wide they get. */
const number = (code) => {
  const start = parseInt(code.dataset.lnStartFrom, 10) || 1;
  const last = start + code.querySelectorAll(".line").length - 1;
  code.style.setProperty("--start", start);
  code.style.setProperty("--digits", Math.max(2, String(last).length));
};

/** Adds one hidden fragment for each step after the first; a `data-fragment-index` on the listing counts on from it. */
const mark = (codes) => {
  const count = Math.max(...codes.map((code) => stepsOf(code).length)) - 1;
  const index = parseInt(codes[0].dataset.fragmentIndex, 10);
  for (let i = 0; i < count; i++) {
    const marker = document.createElement("span");
    marker.className = "fragment step";
    marker.ariaHidden = "true";
    if (!Number.isNaN(index)) marker.dataset.fragmentIndex = index + i;
    codes[0].parentNode.append(marker);
  }
};

const reveal = (code, lines, smooth) => {
  const chosen = lines.filter((line) => !line.classList.contains("dim"));
  if (!chosen.length || code.scrollHeight <= code.clientHeight) return;
  const top = chosen[0].offsetTop;
  const bottom = chosen.at(-1).offsetTop + chosen.at(-1).offsetHeight;
  const middle = bottom - top > code.clientHeight ? top : (top + bottom - code.clientHeight) / 2;
  code.scrollTo({ top: middle, behavior: smooth ? "smooth" : "instant" });
};

/** Shows in each listing of the group the step that its visible fragments amount to; returns the step's caption. */
const show = (codes, smooth) => {
  const shown = codes[0].parentNode.querySelectorAll(":scope > .step.visible").length;
  let told = "";
  for (const code of codes) {
    const steps = stepsOf(code);
    const current = Math.min(shown, steps.length - 1);
    const lines = [...code.querySelectorAll(".line")];
    const some = steps[current].size > 0;
    lines.forEach((line, i) => line.classList.toggle("dim", some && !steps[current].has(i + 1)));
    code.classList.toggle("stepping", some);
    code.closest(".listing")?.querySelectorAll(".captions > li").forEach((caption, i) => {
      caption.classList.toggle("now", i === current);
      if (i === current) told ||= caption.textContent;
    });
    reveal(code, lines, smooth);
  }
  return told;
};

export const Steps = () => ({
  id: "steps",
  init(deck) {
    const all = groups(deck.getSlidesElement());
    const status = document.createElement("p");
    status.className = "captions-status";
    status.ariaLive = "polite";
    deck.getRevealElement().append(status);
    for (const codes of all.values()) {
      for (const code of codes) number(code);
      mark(codes);
      show(codes, false);
    }

    const still = matchMedia("(prefers-reduced-motion: reduce)");
    const update = (smooth) => {
      const told = [...groups(deck.getCurrentSlide()).values()].map((codes) => show(codes, smooth && !still.matches));
      const text = told.filter(Boolean).join(" ");
      if (status.textContent !== text) status.textContent = text;
    };
    deck.on("ready", () => update(false));
    deck.on("slidechanged", () => update(false));
    deck.on("fragmentshown", () => update(true));
    deck.on("fragmenthidden", () => update(true));
    deck.on("pdf-ready", () => {
      for (const codes of groups(deck.getSlidesElement()).values()) show(codes, false);
    });
  },
});
