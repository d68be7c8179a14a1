// Gives each slide its layout when it is first laid out and before it is painted: listings get the largest legible
// size at which the slide fits; what is still too wide goes on below, and what is too high scrolls.

const SMALLEST = 20; // px on a slide made for 1280 × 720
const LARGEST = 28;
const USUAL = 0.63; // em, as in deck.css
const ADVANCE = 0.6; // of a character of the code font, in em
const GUTTER = 3.6; // characters that line numbers take
const PADDING = 1; // em, the least left and right of a listing

const widest = (code) => Math.max(...code.textContent.split("\n").map((line) => line.length));

const gutter = (code) => (code.matches("[data-line-numbers]:not(.listing *)") ? GUTTER : 0);

/** The listing's width in em. */
const width = (code) => (widest(code) + gutter(code)) * ADVANCE + PADDING;

/** Slides that show something under their heading start at the top, where the heading stays put; others are centred. */
const place = (slide) => {
  const headed = slide.querySelector(":scope > :is(h1, h2, h3, h4, h5, h6):first-child");
  slide.classList.toggle("center", !headed || slide.matches("[data-layout='title'], [data-layout='section']"));
};

/** Panes are as wide as their code needs. */
const share = (panes) => {
  const codes = [...panes.querySelectorAll(":scope > .listing > pre > code")];
  const columns = codes.map((code) => `minmax(0, ${width(code).toFixed(1)}fr)`);
  panes.style.setProperty("--columns", columns.join(" "));
};

/** Lets lines that are too wide go on below, four characters further in than they begin. */
const wrap = (code) => {
  code.classList.add("wrapped");
  for (const line of code.querySelectorAll(".line")) {
    line.style.setProperty("--indent", `${gutter(code) + line.textContent.search(/\S|$/) + 4}ch`);
  }
};

/** Sizes to try, largest first: of code in px, and of the rest as a part of the theme's. They give way in turn. */
const ladder = (size, smallestText) => {
  const rungs = [[size, 1]];
  let text = 1;
  const code = (least) => {
    while (size > least) rungs.push([--size, text]);
  };
  const rest = (least) => {
    while (text - 0.05 >= least) rungs.push([size, (text = Math.round((text - 0.05) * 100) / 100)]);
  };
  code(24);
  rest(Math.max(0.85, smallestText));
  code(SMALLEST);
  rest(smallestText);
  return rungs;
};

/** Who reached the listing with the keyboard scrolls it with the keys that otherwise turn slides. */
const letScroll = (code) => {
  code.tabIndex = 0;
  code.addEventListener("keydown", (event) => {
    if (code.matches(":focus-visible") && /^(Arrow(Up|Down)|Page|Home|End)/.test(event.key)) event.stopPropagation();
  });
};

/** Whether the author gave the listing a size, by a style of its own or of what is around it. */
const hasOwnSize = (code) => {
  const size = (element) => parseFloat(getComputedStyle(element).fontSize);
  const usual = size(code.closest(".reveal")) * USUAL;
  return code.closest(".r-stretch, .stretch") !== null || Math.abs(size(code) - usual) > 0.5;
};

/** Formulas that are wider than the slide become smaller. */
const narrow = (slide) => {
  const { width: room } = slide.getBoundingClientRect();
  for (const math of slide.querySelectorAll("math[display='block']")) {
    const { width: needed } = math.firstElementChild.getBoundingClientRect();
    if (needed > room) math.style.fontSize = `${((parseFloat(getComputedStyle(math).fontSize) * room) / needed) * 0.99}px`;
  }
};

const fit = (slide, height, smallestText) => {
  slide.querySelectorAll(".panes").forEach(share);
  narrow(slide);
  const codes = [...slide.querySelectorAll("pre > code")].filter((code) => !hasOwnSize(code));

  // Listings share one size, and outputs are never larger.
  const wanted = new Map(codes.map((code) => [code, code.clientWidth / width(code)]));
  const listings = codes.filter((code) => !code.closest(".output"));
  const largest = Math.max(SMALLEST, Math.floor(Math.min(LARGEST, ...listings.map((code) => wanted.get(code)))));
  const set = ([size, text]) => {
    for (const code of codes) {
      const most = listings.includes(code) ? size : Math.min(size, wanted.get(code));
      code.style.fontSize = `${Math.max(SMALLEST, Math.floor(most))}px`;
    }
    if (text < 1) slide.style.setProperty("--text", text);
  };
  const fixed = slide.style.fontSize || slide.querySelector(".r-stretch, .stretch");
  const rungs = ladder(codes.length ? largest : SMALLEST, fixed ? 1 : smallestText);
  set(rungs[0]);
  for (const code of codes) {
    if (wanted.get(code) < SMALLEST || code.scrollWidth > code.clientWidth) wrap(code);
  }

  // Heights are nearly in proportion to sizes: begin where that says, and go on from there.
  const full = slide.scrollHeight;
  if (full > height) {
    const panes = codes.filter((code) => !code.closest(".panes > * ~ *"));
    const listed = panes.reduce((sum, code) => sum + code.offsetHeight, 0);
    let rung = rungs.findIndex(([size, text]) => (listed * size) / largest + (full - listed) * text <= height);
    if (rung < 0) rung = rungs.length - 1;
    set(rungs[rung]);
    while (slide.scrollHeight > height && rung < rungs.length - 1) set(rungs[++rung]);
  }

  const over = slide.scrollHeight - height;
  if (over > 0 && codes.length) {
    const tallest = Math.max(...codes.map((code) => code.offsetHeight));
    for (const code of codes) {
      if (code.offsetHeight > tallest - over) code.style.maxHeight = `${Math.max(tallest - over, height / 3)}px`;
    }
  }
  for (const code of codes) if (code.scrollHeight > code.clientHeight + 1) letScroll(code);
};

/** The slide's pictures whose room is not known yet. */
const awaited = (slide) =>
  [...slide.querySelectorAll("img[src]:not([loading='lazy'], [width][height])")].filter((img) => !img.complete);

export const Fit = () => ({
  id: "fit",
  init(deck) {
    const slides = [...deck.getSlidesElement().querySelectorAll("section:not(:has(> section))")];
    const { center, width, height, view } = deck.getConfig();
    const root = document.documentElement;
    root.style.setProperty("--slide-height", parseFloat(height));
    // reveal.js gives printed slides this width only after they were laid out.
    if (view === "print") slides.forEach((slide) => (slide.style.width = `${width}px`));
    const smallestText = Number(getComputedStyle(root).getPropertyValue("--smallest-text")) || 1;
    if (!center) slides.forEach(place);
    const waiting = new Set(slides);
    const prepare = (slide) => {
      seen.unobserve(slide);
      waiting.delete(slide);
      const pictures = awaited(slide);
      if (!pictures.length) return fit(slide, deck.getComputedSlideSize().height, smallestText);
      Promise.allSettled(pictures.map((img) => img.decode())).then(() => {
        waiting.add(slide);
        seen.observe(slide);
      });
    };
    const seen = new ResizeObserver((entries) => {
      const shown = entries.filter(({ contentRect }) => contentRect.width).map(({ target }) => target);
      shown.forEach(prepare);
      if (shown.length) deck.layout();
    });
    slides.forEach((slide) => seen.observe(slide));
    // A slide that is jumped to was not laid out before, and for browsers it moves if it is left to the observer.
    deck.on("slidechanged", ({ currentSlide }) => {
      if (!waiting.has(currentSlide)) return;
      prepare(currentSlide);
      deck.layout();
    });
  },
});
