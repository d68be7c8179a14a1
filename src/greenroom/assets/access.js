// Lets everyone follow: with a keyboard, a screen reader, or the page made larger.

/** Controls that do something of their own on Space, which otherwise turns the slide; or on any key. */
const PRESSED = "button, summary, [role='button'], [role='tab']";
const KEYED = "select, video[controls], audio[controls]";

const HEADING = "h1, h2, h3, h4, h5, h6";

const read = (element) => element.innerText.trim().replace(/\s+/g, " ");

/** What a slide is called: its heading, or else what it begins with. */
const name = (slide) => {
  const heading = slide.querySelector(`:is(${HEADING}):not(aside *)`);
  const first = heading ?? slide.querySelector(":is(p, li, dt, td, figcaption):not(aside *, .listing *)");
  return (first && read(first)) || slide.querySelector("img[alt]")?.alt || slide.querySelector("[aria-label]")?.ariaLabel;
};

/** A part of the page that is heard, not seen. */
const heard = (tag, traits) => Object.assign(document.createElement(tag), { className: "heard", ...traits });

/** Tells where one is, and what a fragment adds: reveal.js reads out the whole slide, code and all. */
const tell = (deck) => {
  const status = heard("p", { ariaLive: "polite" });
  deck.getRevealElement().append(status);
  deck.on("ready", () => (deck.getRevealElement().querySelector(".aria-status").hidden = true));
  deck.on("slidechanged", ({ currentSlide }) => {
    if (!deck.isScrollView()) status.textContent = name(currentSlide) ?? `Slide ${deck.getSlidePastCount() + 1}`;
  });
  deck.on("fragmentshown", ({ fragments }) => {
    const text = fragments.filter((fragment) => !fragment.ariaHidden).map(read).join(" ");
    if (text) status.textContent = text;
  });
};

/** The talk is headed by its title, and each slide by a heading of the next level, whatever size the author chose. */
const head = (deck) => {
  deck.getSlidesElement().before(heard("h1", { textContent: document.title }));
  const level = (slide) => {
    const above = [];
    for (const heading of slide.querySelectorAll(HEADING)) {
      const size = Number(heading.tagName[1]);
      while (above.at(-1) >= size) above.pop();
      above.push(size);
      heading.ariaLevel = Math.min(size, above.length + 1);
    }
  };
  deck.getSlides().forEach(level);
  deck.on("sync", () => deck.getSlides().forEach(level));
  deck.on("slidesync", ({ slide }) => level(slide));
};

/** In the overview slides are chosen, not used: all but their headings is out of the way, and clicks reach the slide. */
const quiet = (slides, inert) => {
  for (const slide of slides) {
    for (const part of slide.children) part.inert = inert && !part.matches(`:is(${HEADING}):not(:has(a, button))`);
  }
};

/** Where one scrolls through the slides, all of them are there: reveal.js hides all but one from screen readers. */
const uncover = (deck) => {
  const slides = deck.getSlidesElement();
  const update = () => {
    if (!deck.isScrollView()) return;
    for (const slide of slides.querySelectorAll(".scroll-page section[aria-hidden]")) slide.removeAttribute("aria-hidden");
  };
  new MutationObserver(update).observe(slides, { attributeFilter: ["aria-hidden"], childList: true, subtree: true });
  update();
};

/** A theme may lay slides out for another screen when the window, or the page in it, becomes larger or smaller. */
const follow = (deck) => {
  const width = () => getComputedStyle(document.documentElement).getPropertyValue("--slide-width");
  const given = width();
  addEventListener("resize", () => {
    if (width() === given || matchMedia("print").matches) return;
    const { f } = deck.getIndices();
    history.replaceState(null, "", `#/${deck.getCurrentSlide().id}${f >= 0 ? `/${f}` : ""}`);
    location.reload();
  });
};

/** Where a slide is so large that it scrolls, it scrolls to what a step or a fragment shows. */
const bring = (deck) => {
  const show = ({ fragment }) => {
    if (!deck.getCurrentSlide().matches(".scrolls")) return;
    const line = fragment.matches(".step") && fragment.parentNode.querySelector(".stepping .line:not(.dim)");
    (line || fragment).scrollIntoView({ block: "nearest" });
  };
  deck.on("fragmentshown", show);
  deck.on("fragmenthidden", show);
  // The address may name a step.
  const fragment = [...deck.getCurrentSlide().querySelectorAll(".fragment.visible")].at(-1);
  if (fragment) requestAnimationFrame(() => show({ fragment }));
};

export const Access = () => ({
  id: "access",
  init(deck) {
    const element = deck.getRevealElement();
    element.addEventListener("keydown", (event) => {
      const { key, target } = event;
      if (target.closest(KEYED) ? key !== "Escape" : key === " " && target.closest(PRESSED)) event.stopPropagation();
    });
    // Who pressed a button with the mouse turns the slide with the next key.
    element.addEventListener("click", ({ detail, target }) => detail && target.closest("button")?.blur());
    tell(deck);
    deck.on("ready", () => {
      // reveal.js makes the deck an `application`, in which screen readers stop reading: it is a document.
      element.removeAttribute("role");
      head(deck);
      uncover(deck);
      follow(deck);
      bring(deck);
    });
    deck.on("overviewshown", () => quiet(deck.getSlides(), true));
    deck.on("overviewhidden", () => quiet(deck.getSlides(), false));
    deck.on("slidesync", ({ slide }) => quiet([slide], deck.isOverview()));
  },
});
