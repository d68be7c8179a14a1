// Walks through listings. The page comes with every listing at its first step and with a hidden fragment for each
// further one, so that reveal.js alone knows which step is shown: forward, back, jumps, links, the overview, printed
// copies and the speaker's window agree. Nothing is kept beside the page.

const LISTING = 'pre > code[data-line-numbers]:not([data-line-numbers=""])';
const MARKER = "pre > .step";

/** What walks as one around a listing: the comparison, or the listing alone. */
const walkOf = (element) => element.closest(".panes") ?? element.closest(".listing") ?? element.closest("pre");

const walksIn = (root) => [...new Set([...root.querySelectorAll(LISTING)].map(walkOf))];

const countShown = (walk) => walk.querySelectorAll(`${MARKER}.visible`).length;

/** The lines that a step means: `1-3,5` is [[1, 3], [5, 5]], and all of them []. */
const rangesOf = (step) =>
  step.split(",").flatMap((part) => {
    const [first, last = first] = part.match(/\d+/g) ?? [];
    return first ? [[Number(first), Number(last)]] : [];
  });

/** Shows the step that the walk's visible fragments amount to. */
const show = (walk) => {
  const step = countShown(walk);
  for (const code of walk.querySelectorAll(LISTING)) {
    const ranges = rangesOf(code.dataset.lineNumbers.split("|")[step] ?? "");
    const isChosen = (number) => ranges.some(([first, last]) => first <= number && number <= last);
    code.classList.toggle("stepping", ranges.length > 0);
    code.querySelectorAll(".line").forEach((line, i) => {
      line.classList.toggle("dim", ranges.length > 0 && !isChosen(i + 1));
    });
  }
  for (const captions of walk.querySelectorAll(".captions")) {
    [...captions.children].forEach((caption, i) => caption.classList.toggle("now", i === step));
  }
};

/** Scrolls a listing that is higher than its room to the lines in question. */
const scroll = (code, behavior) => {
  if (code.scrollHeight <= code.clientHeight) return;
  const lines = code.querySelectorAll(".line:not(.dim)");
  if (!lines.length) return;
  const last = lines[lines.length - 1];
  const top = lines[0].offsetTop;
  const bottom = last.offsetTop + last.offsetHeight;
  const middle = (top + bottom - code.clientHeight) / 2;
  code.scrollTo({ top: bottom - top > code.clientHeight ? top : middle, behavior });
};

/** The walk's sentence for the step that is shown. */
const captionOf = (walk) => walk.querySelector(".captions")?.children[countShown(walk)]?.textContent ?? "";

/**
 * Where the slide's walks are: `step` of `steps`, from 1; the sentence of what was shown last; the HTML of the step's
 * own note. Each is 0 or "" where there is none.
 */
const state = (slide) => {
  const walks = walksIn(slide);
  if (!walks.length) return { step: 0, steps: 0, caption: "", note: "" };
  const markers = [...slide.querySelectorAll(MARKER)];
  const shown = markers.filter((marker) => marker.matches(".visible"));
  const latest = shown.toSorted((a, b) => a.dataset.fragmentIndex - b.dataset.fragmentIndex).at(-1);
  const told = latest ? [walkOf(latest)] : walks;
  const step = shown.length + 1;
  return {
    step,
    steps: markers.length + 1,
    caption: told.map(captionOf).filter(Boolean).join(" "),
    note: slide.querySelector(`:scope > aside.notes > .step-note[data-step="${step}"]`)?.innerHTML ?? "",
  };
};

/** Lets steps count on from the `data-fragment-index` of their listing, which may be a fragment itself. */
const order = (root) => {
  for (const walk of root.querySelectorAll(":is(pre, .listing, .panes)[data-fragment-index]")) {
    const first = parseInt(walk.dataset.fragmentIndex, 10) + walk.matches(".fragment");
    walk.querySelectorAll(MARKER).forEach((marker, i) => (marker.dataset.fragmentIndex = first + i));
  }
};

/** The slide of an address that names it and nothing else. */
const slideAt = (hash) => {
  try {
    return document.getElementById(decodeURIComponent(hash.slice(2)))?.closest(".slides section");
  } catch {
    return null; // no address that a browser can read
  }
};

/** The scroll view begins at the top, whatever the address: scrolls to the slide, and on to its step. */
const arrive = (deck, address) => {
  const [, name, fragment = -1] = address.match(/^(#\/[^/]+)(?:\/(\d+))?$/) ?? [];
  const slide = name && slideAt(name);
  if (!slide) return;
  const { h, v } = deck.getIndices(slide);
  deck.slide(h, v);
  for (let i = -1; i < fragment; i++) deck.next();
};

export const Steps = () => ({
  id: "steps",
  state,
  order,
  /** Shows the step of an element's walk anew. */
  show: (element) => show(walkOf(element)),
  init(deck) {
    const address = location.hash;
    order(deck.getSlidesElement());
    const status = Object.assign(document.createElement("p"), { className: "captions-status", ariaLive: "polite" });
    deck.getRevealElement().append(status);
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => scroll(target, "instant")));

    const announce = () => {
      const { caption } = state(deck.getCurrentSlide());
      if (status.textContent !== caption) status.textContent = caption;
    };
    const showAll = () => walksIn(deck.getSlidesElement()).forEach(show);
    const enter = () => {
      // What other slides look like matters only where they are seen.
      const slide = deck.getCurrentSlide();
      walksIn(deck.isOverview() ? deck.getSlidesElement() : slide).forEach(show);
      announce();
      sizes.disconnect();
      for (const code of slide.querySelectorAll(LISTING)) sizes.observe(code);
    };
    const step = ({ fragments }) => {
      const walks = new Set(fragments.filter((fragment) => fragment.matches(MARKER)).map(walkOf));
      walks.forEach(show);
      announce();
      // The browser lays the slide out for this frame anyway.
      requestAnimationFrame(() => {
        for (const walk of walks) {
          for (const code of walk.querySelectorAll(LISTING)) scroll(code, still.matches ? "instant" : "smooth");
        }
      });
    };
    deck.on("ready", () => {
      enter();
      // What was loaded again is where it was.
      if (deck.isScrollView() && performance.getEntriesByType("navigation")[0].type !== "reload") arrive(deck, address);
    });
    deck.on("slidechanged", enter);
    deck.on("slidesync", ({ slide }) => {
      walksIn(slide).forEach(show);
      if (slide === deck.getCurrentSlide()) enter();
    });
    deck.on("fragmentshown", step);
    deck.on("fragmenthidden", step);
    deck.on("overviewshown", showAll);
    deck.on("pdf-ready", () => {
      showAll();
      for (const code of deck.getSlidesElement().querySelectorAll(LISTING)) scroll(code, "instant");
    });
    // Printed without a page for each step, a listing is plain, and all that is said of it stands below.
    addEventListener("beforeprint", () => {
      if (deck.getConfig().view === "print") return;
      for (const code of deck.getSlidesElement().querySelectorAll(LISTING)) code.classList.remove("stepping");
    });
    addEventListener("afterprint", showAll);

    // An address without a fragment is the slide before its first one; reveal.js would take it for the slide as it is.
    const follow = () => {
      const slide = slideAt(location.hash);
      if (!slide || !deck.getConfig().fragmentInURL) return;
      const { h, v } = deck.getIndices(slide);
      deck.slide(h, v, -1);
    };
    addEventListener("hashchange", follow, { capture: true });
  },
});
