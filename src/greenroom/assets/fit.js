// Gives each slide its layout when it is first laid out and before it is painted: listings get the largest legible
// size at which the slide fits; what is still too wide goes on below, and what is too high scrolls. The size at which
// they are not too wide is known from the build for the default theme (widths.py), so that most slides are laid out once.

const SMALLEST = 20; // px on a slide made for 1280 × 720
const PRINTED = 8; // on paper, where nothing can be scrolled and readers come closer
const PLEASANT = 24; // until pictures and text gave way, too
const LARGEST = 28;
const USUAL = 0.63; // em, as in deck.css
const ADVANCE = 0.6; // of a character of the code font, in em
const GUTTER = 3.6; // characters that line numbers take

const widest = (code) => Math.max(...code.textContent.split("\n").map((line) => line.length));

const gutter = (code) => (code.matches("[data-line-numbers]:not(.listing *)") ? GUTTER : 0);

/** The size at which the widest line fits, in px; that of a listing may reach half into the padding behind it. */
const widthwise = (code) => {
  const padding = parseFloat(getComputedStyle(code).paddingInlineStart);
  return (code.clientWidth - padding * (code.querySelector(".line") ? 1.5 : 2)) / ((widest(code) + gutter(code)) * ADVANCE);
};

/** Slides that show something under their heading start at the top, where the heading stays put; others are centred. */
const place = (slide) => {
  const headed = slide.querySelector(":scope > :is(h1, h2, h3, h4, h5, h6):first-child");
  slide.classList.toggle("center", !headed || slide.matches("[data-layout='title'], [data-layout='section']"));
};

/** Lets lines that are too wide go on below, four characters further in than they begin. */
const wrap = (code) => {
  code.classList.add("wrapped");
  for (const line of code.querySelectorAll(".line")) {
    line.style.setProperty("--indent", `${gutter(code) + line.textContent.search(/\S|$/) + 4}ch`);
  }
};

/** Sizes to try, largest first: of code in px, and of the rest as a part of the theme's. They give way in turn. */
const ladder = (size, smallestText, smallest) => {
  const rungs = [[size, 1]];
  let text = 1;
  const code = (least) => {
    while (size > least) rungs.push([--size, text]);
  };
  const rest = (least) => {
    while (text - 0.05 >= least) rungs.push([size, (text = Math.round((text - 0.05) * 100) / 100)]);
  };
  code(PLEASANT);
  rest(Math.max(0.85, smallestText));
  code(SMALLEST);
  rest(smallestText);
  code(smallest);
  return rungs;
};

const sizeOf = (element) => parseFloat(getComputedStyle(element).fontSize);

/** The size that was counted for the slide when it was built, if the theme is the one that it was counted for. */
const counted = (slide) => {
  const unit = Number(getComputedStyle(slide).getPropertyValue("--code-unit"));
  const size = Number(slide.style.getPropertyValue("--code-size"));
  return unit && size ? { size, em: size / unit } : { size: 0, em: USUAL };
};

/** Whether the author gave the listing a size, by a style of its own or of what is around it. */
const hasOwnSize = (code, em) =>
  code.closest(".r-stretch, .stretch") !== null || Math.abs(sizeOf(code) - sizeOf(code.closest(".reveal")) * em) > 0.5;

const isTooWide = (code) => code.scrollWidth > code.clientWidth;

/** Formulas that are wider than the slide become smaller. */
const narrow = (slide) => {
  const { width: room } = slide.getBoundingClientRect();
  for (const math of slide.querySelectorAll("math[display='block']")) {
    const { width: needed } = math.firstElementChild.getBoundingClientRect();
    if (needed > room) {
      math.style.setProperty("--size", `${((parseFloat(getComputedStyle(math).fontSize) * room) / needed) * 0.99}px`);
    }
  }
};

/** Takes back what `fit` did. */
const clear = (slide) => {
  slide.style.removeProperty("--text");
  for (const element of slide.querySelectorAll("pre > code, math, img")) {
    for (const name of ["--size", "--most"]) element.style.removeProperty(name);
  }
  for (const code of slide.querySelectorAll("pre > code")) {
    code.classList.remove("wrapped", "scrolls");
    code.removeAttribute("tabindex");
    code.parentNode.classList.remove("more-above", "more-below");
  }
  if (slide.matches(".scrolls")) {
    slide.classList.remove("scrolls");
    slide.removeAttribute("tabindex");
  }
};

/** Takes from the tallest of the elements what the slide is too high, down to the least that each may have. */
const lower = (slide, height, elements, least) => {
  const limits = new Map(elements.map((element) => [element, least(element)]));
  for (let turn = 0; turn < 4; turn++) {
    const over = slide.scrollHeight - height;
    const heights = new Map(elements.map((element) => [element, element.offsetHeight]));
    const left = elements.filter((element) => heights.get(element) > limits.get(element));
    if (over <= 0 || !left.length) return;
    const tallest = Math.max(...left.map((element) => heights.get(element)));
    for (const element of left) {
      const most = Math.max(tallest - over, limits.get(element));
      if (heights.get(element) > most) element.style.setProperty("--most", `${whole(element, most)}px`);
    }
  }
};

/** A height that cuts no line of code in half. */
const whole = (element, height) => {
  if (!element.matches("code")) return Math.floor(height);
  const { lineHeight, paddingTop, borderTopWidth } = getComputedStyle(element);
  const frame = parseFloat(paddingTop) + parseFloat(borderTopWidth);
  const line = parseFloat(lineHeight);
  return Math.max(1, Math.floor((height - frame) / line)) * line + frame;
};

/** Says at which edges of a listing there is more to scroll to. */
const shade = (code) => {
  const { scrollTop, scrollHeight, clientHeight } = code;
  const scrolls = code.classList.contains("scrolls");
  code.parentNode.classList.toggle("more-above", scrolls && scrollTop > 1);
  code.parentNode.classList.toggle("more-below", scrolls && scrollTop < scrollHeight - clientHeight - 1);
};

const fit = (slide, height, smallestText, smallest) => {
  slide.classList.add("fitting");
  narrow(slide);
  const { size: begin, em } = counted(slide);
  const codes = [...slide.querySelectorAll("pre > code")].filter((code) => code.clientWidth && !hasOwnSize(code, em));
  const pictures = [...slide.querySelectorAll("img:not(.r-stretch, .stretch)")].filter((img) => img.offsetHeight);
  const outputs = codes.filter((code) => code.closest(".output"));
  const listings = codes.filter((code) => !outputs.includes(code));

  // Listings share one size; outputs are never larger, and those of a comparison share theirs.
  const known = begin && !slide.querySelector(".panes.one") && !listings.some(isTooWide);
  const wanted = new Map(codes.map((code) => [code, known && !isTooWide(code) ? begin : widthwise(code)]));
  for (const panes of slide.querySelectorAll(".panes")) {
    const own = outputs.filter((code) => panes.contains(code));
    const least = Math.min(...own.map((code) => wanted.get(code)));
    for (const code of own) wanted.set(code, least);
  }
  const most = codes.length ? LARGEST : SMALLEST;
  const largest = Math.max(SMALLEST, Math.floor(Math.min(most, ...listings.map((code) => wanted.get(code)))));
  const sizes = new Map(known ? codes.map((code) => [code, begin]) : []);
  const set = ([size, text]) => {
    for (const code of codes) {
      const fitting = outputs.includes(code) ? Math.min(size, wanted.get(code)) : size;
      const next = Math.max(Math.min(size, SMALLEST), Math.floor(fitting));
      // What it begins with is a part of the slide's own size, which `--text` changes.
      if (sizes.get(code) !== next || text < 1) code.style.setProperty("--size", `${next}px`);
      sizes.set(code, next);
    }
    if (text < 1) slide.style.setProperty("--text", text);
    else slide.style.removeProperty("--text");
  };
  const fixed = slide.style.fontSize || slide.querySelector(".r-stretch, .stretch");
  const rungs = ladder(largest, fixed ? 1 : smallestText, smallest);
  set(rungs[0]);
  for (const code of codes) {
    if (wanted.get(code) < SMALLEST || isTooWide(code)) wrap(code);
  }

  // Heights are nearly in proportion to sizes: begin where that says, and go on from there.
  const full = slide.scrollHeight;
  if (full > height) {
    const panes = codes.filter((code) => !code.closest(".panes > .listing:not([hidden]) ~ *"));
    const listed = panes.reduce((sum, code) => sum + code.offsetHeight, 0);
    const last = rungs.length - 1;
    const pleasant = rungs.findLastIndex(([size, text]) => size >= Math.min(PLEASANT, largest) && text >= 0.85);
    let rung = rungs.findIndex(([size, text]) => (listed * size) / largest + (full - listed) * text <= height);
    if (rung < 0) rung = last;
    if (pictures.length) rung = Math.min(rung, pleasant);
    set(rungs[rung]);
    if (pictures.length) {
      while (slide.scrollHeight > height && rung < pleasant) set(rungs[++rung]);
      lower(slide, height, pictures, (img) => img.offsetHeight / 2);
    }
    while (slide.scrollHeight > height && rung < last) set(rungs[++rung]);
  }

  // What scrolls anyway need not make the rest of the slide small.
  if (slide.scrollHeight > height && codes.length) {
    const text = Math.max(smallestText, 0.85);
    set([smallest, fixed ? 1 : text]);
    const tallest = Math.max(...codes.map((code) => code.offsetHeight));
    if (tallest - (slide.scrollHeight - height) < height / 3) set(rungs.at(-1));
    lower(slide, height, outputs, () => height / 4);
    lower(slide, height, listings, () => height / 3);
  }
  for (const code of codes) {
    if (code.scrollHeight - parseFloat(getComputedStyle(code).paddingBottom) <= code.clientHeight + 1) continue;
    code.classList.add("scrolls");
    code.tabIndex = 0;
    shade(code);
  }
  // On a page that was made larger the slide itself scrolls.
  if (slide.scrollHeight > slide.clientHeight + 1 && getComputedStyle(slide).overflowY === "auto") {
    slide.classList.add("scrolls");
    slide.tabIndex = 0;
    slide.dataset.preventSwipe = "";
  }
  slide.classList.remove("fitting");
};

/** The slide's pictures whose room is not known yet. */
const awaited = (slide) =>
  [...slide.querySelectorAll("img[src]:not([loading='lazy'], [width][height])")].filter((img) => !img.complete);

export const Fit = () => {
  let deck;
  let seen;
  let near; // slides of the scroll view that come within a window's height
  let smallestText;
  let smallest;
  let room;
  const waiting = new Set();

  const slides = () => [...deck.getSlidesElement().querySelectorAll("section:not(:has(> section))")];

  const wait = (slide) => {
    waiting.add(slide);
    seen.observe(slide);
  };

  const prepare = (slide) => {
    seen.unobserve(slide);
    near.unobserve(slide);
    waiting.delete(slide);
    const pictures = awaited(slide);
    if (!pictures.length) return fit(slide, room || deck.getComputedSlideSize().height, smallestText, smallest);
    Promise.allSettled(pictures.map((img) => img.decode())).then(() => wait(slide));
  };

  /** Whether the slide is laid out far from what is seen: in the scroll view all slides are laid out. */
  const isFar = (slide) => {
    const { top, bottom, width } = slide.getBoundingClientRect();
    return deck.isScrollView() && width > 0 && (bottom < -innerHeight || top > 2 * innerHeight);
  };

  /** Fits these slides anew: those that can be seen at once, the others before they are. */
  const again = (chosen) => {
    if (!seen || !chosen.length) return;
    const far = new Set(chosen.filter(isFar));
    for (const slide of chosen) {
      clear(slide);
      if (far.has(slide)) near.observe(slide);
      else if (slide.clientWidth) prepare(slide);
      else wait(slide);
    }
    if (chosen.some((slide) => slide.clientWidth)) deck.layout();
  };

  return {
    id: "fit",
    again,
    init(reveal) {
      deck = reveal;
      const { center, width, view } = deck.getConfig();
      const root = document.documentElement;
      // reveal.js has its own `--slide-height` in slides, which is a length or `auto`.
      const tell = () => root.style.setProperty("--height", `${deck.getComputedSlideSize().height}px`);
      tell();
      // reveal.js gives printed slides this width only after they were laid out.
      if (view === "print") slides().forEach((slide) => (slide.style.width = `${width}px`));
      const theme = (name) => Number(getComputedStyle(root).getPropertyValue(name));
      smallestText = theme("--smallest-text") || 1;
      smallest = view === "print" ? PRINTED : SMALLEST;
      room = theme("--slide-room");
      if (!center) slides().forEach(place);
      seen = new ResizeObserver((entries) => {
        const shown = entries.filter(({ contentRect }) => contentRect.width).map(({ target }) => target);
        shown.forEach(prepare);
        if (shown.length) deck.layout();
      });
      near = new IntersectionObserver(
        (entries) => entries.filter(({ isIntersecting }) => isIntersecting).forEach(({ target }) => prepare(target)),
        { rootMargin: "100%" },
      );
      slides().forEach(wait);
      // A slide that is jumped to was not laid out before, and for browsers it moves if it is left to the observer.
      deck.on("slidechanged", ({ currentSlide }) => {
        if (!waiting.has(currentSlide)) return;
        prepare(currentSlide);
        deck.layout();
      });
      // Slides have another size then, or after the scroll view are other elements: reveal.js puts their text back.
      deck.on("slidesync", ({ slide }) => {
        if (!center) place(slide);
        again([slide]);
      });
      deck.on("sync", () => {
        if (!deck.isReady()) return;
        tell();
        again(slides());
      });

      const wrapper = deck.getRevealElement();
      wrapper.addEventListener("scroll", ({ target }) => target.matches?.("pre > code") && shade(target), true);
      // Who reached what scrolls with the keyboard scrolls it with the keys that otherwise turn slides.
      wrapper.addEventListener("keydown", (event) => {
        const scrolls = event.target.matches?.(":is(pre > code, section).scrolls:focus-visible");
        if (scrolls && /^(Arrow(Up|Down)|Page|Home|End)/.test(event.key)) event.stopPropagation();
      });
    },
  };
};
