// Measures the slide that is shown, in the page of the deck. It comes before the page's own scripts (visit.py), and
// changes nothing but that what is seen can be found by its place, also where clicks go through it.
//
//   greenroom.go(id)        shows a slide as it opens, and settles
//   greenroom.forward()     shows the slide's next fragment, and settles; false if there is none
//   greenroom.measure()     what is wrong with what is shown: [{code, element, clue, …}]; lengths in px of the slide
//   greenroom.access()      the same, of what axe-core says
//
// A clue leads to the source: {block, pane, line} is the place of a listing on the slide, `text` and `source` stand in
// what the author wrote.
if (window === window.top) {
  const LEGIBLE = 17; // px on a screen of 1280 × 720: the smallest that decks set themselves
  const IN_HAND = 9; // px of the screen, where it is a phone's
  const PATIENCE = 1500; // ms that pictures and timers of a slide may take until it is as it stays
  const SHIFT = 0.001; // of the screen, as browsers count
  const SLOW = 300; // ms

  const REPLACED = "img, video, canvas, iframe, svg, object, embed, input, select, textarea, button, math, math *, svg *";
  const ASIDE = "aside.notes, aside.notes *, a.read, .copy, .source";

  // --- what happens while nobody looks -------------------------------------------------------------------------------

  const shifts = [];
  const tasks = [];
  const observe = (type, list) => {
    const observer = new PerformanceObserver((entries) => list.push(...entries.getEntries()));
    observer.observe({ type, buffered: true });
    return () => {
      list.push(...observer.takeRecords());
      return list.splice(0);
    };
  };
  const drainShifts = observe("layout-shift", shifts);
  const drainTasks = observe("longtask", tasks);

  let since = 0; // when the slide was turned to what is shown

  // What waits a moment on a slide changes it while it is seen. (reveal.js waits a second to write an address.)
  const timers = new Set();
  const { setTimeout: later, clearTimeout: never } = window;
  window.setTimeout = (act, delay = 0, ...rest) => {
    const id = later(
      (...given) => {
        timers.delete(id);
        if (typeof act === "function") act(...given);
        else (0, eval)(act);
      },
      delay,
      ...rest,
    );
    if (delay > 0 && delay <= PATIENCE && !/\/deck\.js:/.test(new Error().stack.split("\n")[2])) timers.add(id);
    return id;
  };
  window.clearTimeout = (id) => {
    timers.delete(id);
    never(id);
  };

  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const pause = (ms) => new Promise((done) => later(done, ms));

  const isLoading = (slide) => [...slide.querySelectorAll("img[src]")].some((img) => !img.complete);

  /** Waits until what is new was measured, in one frame, painted, in the next, and stays as it is. */
  const settle = async () => {
    await frame();
    await frame();
    const end = performance.now() + PATIENCE;
    const slide = Reveal.getCurrentSlide();
    if (!timers.size && !isLoading(slide)) return;
    while ((timers.size || isLoading(slide)) && performance.now() < end) await pause(20);
    await frame();
    await frame();
    await pause(20); // browsers tell of what moved after they painted it
  };

  // --- places --------------------------------------------------------------------------------------------------------

  const words = (text) => text.trim().replace(/\s+/g, " ").slice(0, 100);

  const isSeen = (element) =>
    !element.matches(ASIDE) && element.checkVisibility({ opacityProperty: true, visibilityProperty: true });

  /** Whether it is there for screen readers alone. */
  const isHeard = (element) => {
    for (let each = element; each && !each.matches("section"); each = each.parentElement) {
      if (getComputedStyle(each).clipPath === "inset(50%)") return true;
    }
    return false;
  };

  const blocksOf = (slide) =>
    [...slide.querySelectorAll("pre, .listing, .panes")].filter(
      (block) => !block.closest("aside.notes") && !block.parentElement.closest("pre, .listing, .panes"),
    );

  const pathOf = (slide, element) => {
    const parts = [];
    for (let each = element; each && each !== slide; each = each.parentElement) {
      const same = [...each.parentElement.children].filter(({ tagName }) => tagName === each.tagName);
      parts.unshift(`${each.tagName.toLowerCase()}${same.length > 1 ? `:nth-of-type(${same.indexOf(each) + 1})` : ""}`);
    }
    return parts.join(" > ");
  };

  const clueOf = (slide, element) => {
    const block = element.closest("pre, .listing, .panes") && blocksOf(slide).findIndex((each) => each.contains(element));
    const listing = element.closest(".panes > .listing");
    const line = element.closest(".line");
    const source = element.closest("[src], [href], [data-src]") ?? element.querySelector("[src], [data-src]");
    return {
      block: block ?? -1,
      blocks: blocksOf(slide).length,
      pane: listing ? [...listing.parentElement.querySelectorAll(":scope > .listing")].indexOf(listing) : 0,
      line: line ? [...line.parentElement.querySelectorAll(".line")].indexOf(line) : -1,
      output: element.closest(".output") !== null,
      text: element === slide ? "" : words(element.textContent || element.alt || ""),
      source: source?.getAttribute("src") ?? source?.getAttribute("href") ?? source?.dataset.src ?? "",
      style: element === slide ? "" : (element.getAttribute("style") ?? ""),
      tag: element === slide ? "" : element.tagName.toLowerCase(),
      name: element === slide ? "" : element.id || element.classList[0] || "",
    };
  };

  /** Where it is on the screen: left, top, width and height. */
  const placeOf = (element) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    return [left, top, width, height].map((px) => Math.round(px * 10) / 10);
  };

  const found = (slide, code, element, more) => ({
    code,
    element: pathOf(slide, element),
    clue: clueOf(slide, element),
    place: placeOf(element),
    ...more,
  });

  // --- what is seen, and how much of it --------------------------------------------------------------------------------

  /** A row without what it keeps free above and below its letters. */
  const letters = ({ left, right, top, width, height }) => {
    const free = height * 0.22;
    return { left, right, top: top + free, bottom: top + height - free, width, height: height - 2 * free };
  };

  const cut = (one, other) => {
    const left = Math.max(one.left, other.left);
    const top = Math.max(one.top, other.top);
    const right = Math.min(one.right, other.right);
    const bottom = Math.min(one.bottom, other.bottom);
    return { left, top, right, bottom, width: Math.max(0, right - left), height: Math.max(0, bottom - top) };
  };

  /** All that is seen of the slide: elements with their styles, their boxes, and what boxes around them leave of these. */
  const look = (slide) => {
    const styles = new Map();
    const clips = new Map([[slide, null]]);
    const style = (element) => {
      if (!styles.has(element)) styles.set(element, getComputedStyle(element));
      return styles.get(element);
    };
    const clip = (element) => {
      if (!clips.has(element)) {
        const outer = clip(element.parentElement);
        const { display, overflowX, overflowY } = style(element);
        const clips_ = !/^(inline|contents)$/.test(display) && (overflowX !== "visible" || overflowY !== "visible");
        const own = clips_ ? element.getBoundingClientRect() : null;
        clips.set(element, own && outer ? cut(own, outer) : (own ?? outer));
      }
      return clips.get(element);
    };
    const leave = (rect, element) => {
      const around = clip(element);
      return around ? cut(rect, around) : rect;
    };
    const elements = [...slide.querySelectorAll("*")].filter((element) => isSeen(element) && !isHeard(element));
    return { elements, style, leave };
  };

  /** The texts that are seen: an element each, or a line of a listing, with the boxes of its rows. */
  const textsOf = (slide, { leave }) => {
    const rows = new Map();
    const accept = (node) => (node.data.trim() ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_REJECT);
    const walker = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT, accept);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (parent.closest("script, style, aside.notes, a.read") || !isSeen(parent) || isHeard(parent)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const own = [...range.getClientRects()].map((rect) => leave(rect, parent)).filter((rect) => rect.width > 1 && rect.height > 1);
      const element = parent.closest(".line") ?? parent;
      rows.set(element, [...(rows.get(element) ?? []), ...own]);
    }
    return [...rows].filter(([, rects]) => rects.length).map(([element, rects]) => ({ element, rects }));
  };

  // --- what does not fit ----------------------------------------------------------------------------------------------

  const isBlock = (element) => /^(block|flow-root|list-item|grid|flex|table)/.test(getComputedStyle(element).display);

  /** The first part of the slide that reaches out, as deep as it is one thing to the author. */
  const culprit = (slide, reaches) => {
    let element = slide;
    for (;;) {
      if (element !== slide && element.matches("p, li:not(:has(p, ul, ol)), pre, table, h1, h2, h3, h4, h5, h6, img")) return element;
      const next = [...element.children].find((child) => isSeen(child) && isBlock(child) && reaches(child)) ??
        [...element.children].find((child) => isSeen(child) && reaches(child));
      if (!next) return element;
      element = next;
    }
  };

  const overflow = (slide, scale, texts, { elements, style, leave }) => {
    const marks = [];
    const isInline = (element) => style(element).display === "inline" && !element.matches(REPLACED);
    const bleed = parseFloat(getComputedStyle(slide).getPropertyValue("--pane-bleed")) || 0;
    const scrolls = Reveal.isScrollView();
    const area = scrolls
      ? { left: 0, right: document.documentElement.clientWidth, top: -Infinity, bottom: Infinity }
      : document.querySelector(".reveal .slides").getBoundingClientRect();
    const box = (element) => leave(element.getBoundingClientRect(), element.parentElement);
    const spare = (side) => (side === "bottom" || side === "top" || scrolls ? 0 : bleed) + 1;
    const past = (rect, side) =>
      (side === "bottom" || side === "right" ? rect[side] - area[side] : area[side] - rect[side]) / scale;
    const rows = new Map(texts.map(({ element, rects }) => [element, rects.map(letters)]));
    // The box of what stands in a row reaches out of the row, where nothing is.
    const boxesOf = (element) => [...(isInline(element) ? [] : [box(element)]), ...(rows.get(element) ?? [])].filter(({ width, height }) => width && height);
    const over = { bottom: 0, top: 0, right: 0, left: 0 };
    for (const rect of elements.flatMap(boxesOf)) {
      for (const side of Object.keys(over)) over[side] = Math.max(over[side], past(rect, side));
    }
    const height = scrolls ? innerHeight / scale : area.height / scale;
    const width = (area.right - area.left) / scale;
    // At a slide's last fragment the browser's own measure counts, with the margin of what comes last.
    const all = !slide.querySelector(".fragment:not(.visible)");
    if (over.bottom > 1 && all && !scrolls) over.bottom = Math.max(over.bottom, slide.scrollHeight + slide.offsetTop - height);
    for (const side of Object.keys(over)) {
      if (over[side] <= spare(side)) continue;
      const reaches = (element) =>
        [element, ...element.querySelectorAll("*")].some((each) => isSeen(each) && boxesOf(each).some((rect) => past(rect, side) > spare(side)));
      const of = side === "bottom" || side === "top" ? height : width;
      marks.push({ ...found(slide, "overflow", culprit(slide, reaches), { side, px: over[side], of }), element: side });
    }
    return marks;
  };

  /** Boxes whose content is larger than they are, whether they scroll or cut it off. */
  const boxes = (slide, { elements, style }) => {
    const marks = [];
    for (const element of [slide, ...elements]) {
      const { display, overflowX, overflowY, paddingBottom } = style(element);
      if (/^(inline|contents)$/.test(display) || element.matches(REPLACED)) continue;
      if (overflowX === "visible" && overflowY === "visible") continue;
      const { scrollWidth, scrollHeight, clientWidth, clientHeight } = element;
      if (clientWidth <= 2 || clientHeight <= 2) continue;
      const isCode = element.matches("pre, pre > code");
      const sides = [
        ["right", overflowX, scrollWidth - clientWidth, clientWidth],
        ["bottom", overflowY, scrollHeight - clientHeight, clientHeight],
      ];
      for (const [side, how, px, of] of sides) {
        // Of what lacks no more than the padding below code, no line is hidden.
        const spare = isCode && side === "bottom" ? parseFloat(paddingBottom) : 0;
        if (how === "visible" || px <= spare + 1) continue;
        const code = isCode ? "code-cut" : "overflow";
        marks.push(found(slide, code, element, { side, px, of, box: true, scrolls: /auto|scroll/.test(how) }));
      }
    }
    return marks;
  };

  /** Code whose lines go on below. What a listing printed may: it says the same there. */
  const wraps = (slide, { elements, style }) =>
    elements
      .filter((element) => element.matches("pre > code:has(> .line)"))
      .flatMap((code) => {
        const row = parseFloat(style(code).lineHeight);
        const wrapped = [...code.querySelectorAll(".line")].filter((line) => line.offsetHeight > row * 1.5);
        if (!wrapped.length) return [];
        return { ...found(slide, "code-wraps", wrapped[0], { count: wrapped.length }), element: pathOf(slide, code) };
      });

  // --- what cannot be read --------------------------------------------------------------------------------------------

  /** By how much a transformation makes the element smaller than the slide is. */
  const shrunk = (element, scale) => {
    const block = element.closest("p, li, div, td, th, pre, figcaption, h1, h2, h3, h4, h5, h6, blockquote, section");
    const ratio = block?.offsetWidth ? block.getBoundingClientRect().width / block.offsetWidth / scale : 1;
    return ratio < 0.95 ? ratio : 1;
  };

  const small = (slide, scale, texts, { style }) => {
    const scrolls = Reveal.isScrollView();
    const room = scrolls ? 1 : Math.min(innerWidth / 1280, innerHeight / 720);
    const least = scrolls ? IN_HAND : LEGIBLE;
    const marks = [];
    for (const { element } of texts) {
      if (element.closest("sub, sup, math, rt")) continue;
      const size = parseFloat(style(element).fontSize);
      const drawn = element.closest("svg") ? element.getScreenCTM?.().a ?? scale : scale * shrunk(element, scale);
      const px = (size * drawn) / room;
      if (px >= least - 0.05) continue;
      const whole = element.closest("pre > code") ?? element;
      if (marks.some((mark) => mark.element === pathOf(slide, whole))) continue;
      marks.push({ ...found(slide, "small-text", element, { px, least }), element: pathOf(slide, whole) });
    }
    return marks;
  };

  const isPainted = (element, style) => {
    if (element.matches("img, video, canvas, iframe, object, embed")) return true;
    const { backgroundColor, backgroundImage } = style(element);
    const [, alpha = 1] = /[,/]\s*([\d.]+)\s*\)$/.exec(/^rgba|\//.test(backgroundColor) ? backgroundColor : "") ?? [];
    return backgroundImage !== "none" || (backgroundColor !== "transparent" && Number(alpha) > 0.1);
  };

  const isRelated = (one, other) => one.contains(other) || other.contains(one);

  const covered = (slide, texts, { elements, style, leave }) => {
    const marks = [];
    const pictures = elements
      .filter((element) => element.matches("img, video, canvas") && !element.closest(".r-stack"))
      .map((element) => ({ element, rects: [leave(element.getBoundingClientRect(), element.parentElement)] }));
    for (const { element, rects } of [...texts, ...pictures]) {
      let hidden = 0;
      let points = 0;
      let by = null;
      const picture = element.matches("img, video, canvas");
      for (const rect of rects) {
        const y = (rect.top + rect.bottom) / 2;
        const rows = picture ? [0.2, 0.5, 0.8].map((part) => rect.top + rect.height * part) : [y];
        for (const row of rows) {
          for (const part of [0.1, 0.5, 0.9]) {
            points++;
            const x = rect.left + rect.width * part;
            for (const top of document.elementsFromPoint(x, row)) {
              if (isRelated(top, element)) break;
              if (!slide.contains(top) || !isSeen(top) || !isPainted(top, style)) continue;
              if (top.closest(".r-stack") && top.closest(".r-stack") === element.closest(".r-stack")) continue;
              if (picture && top.matches(".fragment, .fragment *")) continue;
              hidden++;
              by ??= top;
              break;
            }
          }
        }
      }
      if (hidden) {
        const percent = (hidden / points) * 100;
        marks.push(found(slide, "covered", element, { percent, by: clueOf(slide, by), over: false }));
      }
    }
    return [...marks, ...overlaps(slide, texts)];
  };

  const blockOf = (element) => {
    let block = element;
    while (!isBlock(block) && !block.matches(".line, td, th, section")) block = block.parentElement;
    return block;
  };

  /** Texts that stand one upon the other. */
  const overlaps = (slide, texts) => {
    const marks = [];
    const rows = texts
      .filter(({ element }) => !element.closest("svg, math, sup, sub, ruby"))
      .flatMap(({ element, rects }) => {
        const block = blockOf(element);
        return rects.map((rect) => ({ element, block, ...letters(rect) }));
      })
      .sort((a, b) => a.top - b.top);
    const told = new Set();
    for (let i = 0; i < rows.length; i++) {
      for (let j = i + 1; j < rows.length && rows[j].top < rows[i].bottom; j++) {
        const [one, other] = [rows[i], rows[j]];
        if (one.block === other.block || isRelated(one.element, other.element) || told.has(other.element)) continue;
        const width = Math.min(one.right, other.right) - Math.max(one.left, other.left);
        const height = Math.min(one.bottom, other.bottom) - other.top;
        if (width < 3 || height < 3) continue;
        const later = one.element.compareDocumentPosition(other.element) & Node.DOCUMENT_POSITION_FOLLOWING ? other : one;
        const earlier = later === one ? other : one;
        if (later.element.closest(".r-stack") && later.element.closest(".r-stack") === earlier.element.closest(".r-stack")) continue;
        told.add(other.element);
        marks.push(found(slide, "covered", earlier.element, { percent: 0, by: clueOf(slide, later.element), over: true }));
      }
    }
    return marks;
  };

  // --- what does not keep still ---------------------------------------------------------------------------------------

  const moved = (slide) => {
    const marks = [];
    const place = (node) => node && (node.closest ? node : node.parentElement);
    for (const { value, sources, startTime } of drainShifts()) {
      const own = sources.map(({ node }) => place(node)).filter((node) => node && slide.contains(node));
      if (value < SHIFT || startTime < since || !own.length) continue;
      marks.push(found(slide, "shift", own[0], { value }));
    }
    return marks;
  };

  const slow = (slide) =>
    drainTasks()
      .filter(({ duration, startTime }) => duration > SLOW && startTime + duration > since)
      .map(({ duration }) => ({ ...found(slide, "slow", slide, { ms: duration }), element: "" }));

  // --- the slide at a step ---------------------------------------------------------------------------------------------

  const measure = () => {
    const slide = Reveal.getCurrentSlide();
    const late = [...moved(slide), ...slow(slide)];
    const scale = slide.getBoundingClientRect().width / slide.offsetWidth || 1;
    const seen = look(slide);
    const texts = textsOf(slide, seen);
    const marks = [
      ...overflow(slide, scale, texts, seen),
      ...boxes(slide, seen),
      ...wraps(slide, seen),
      ...small(slide, scale, texts, seen),
      ...covered(slide, texts, seen),
      ...late,
    ];
    return marks;
  };

  // axe-core reads the whole document each time: the other slides, which are hidden, stand aside for it.
  const access = async () => {
    const slide = Reveal.getCurrentSlide();
    const others = [...document.querySelectorAll(".slides section:not(:has(> section))")].filter((one) => one !== slide);
    const marks = others.map((other) => {
      const mark = new Comment();
      other.replaceWith(mark);
      return mark;
    });
    const { violations } = await axe.run(slide, { preload: false, resultTypes: ["violations"] });
    const told = violations.flatMap(({ id, help, nodes }) =>
      nodes.map((node) => {
        const element = node.element ?? document.querySelector(node.target.at(-1)) ?? slide;
        const { contrastRatio, expectedContrastRatio } = node.any[0]?.data ?? {};
        const more = { rule: id, help, ratio: contrastRatio ?? 0, least: parseFloat(expectedContrastRatio) || 0 };
        return { ...found(slide, "access", slide.contains(element) ? element : slide, more), rule: id };
      }),
    );
    marks.forEach((mark, i) => mark.replaceWith(others[i]));
    return told;
  };

  const go = async (id) => {
    const slide = document.getElementById(id);
    const { h, v } = Reveal.getIndices(slide);
    since = performance.now();
    Reveal.slide(h, v, -1);
    await settle();
  };

  const forward = async () => {
    since = performance.now();
    if (!Reveal.nextFragment()) return false;
    await settle();
    return true;
  };

  const still = document.createElement("style");
  still.textContent =
    "*, *::before, *::after { transition: none !important; animation-duration: 0s !important; animation-delay: 0s !important }" +
    ".slides section.present, .slides section.present * { pointer-events: auto !important }";
  document.addEventListener("DOMContentLoaded", () => document.head.append(still));

  window.greenroom = { go, forward, measure, access, settle };
}
