// Measures the slide that is shown, in the page of the deck. It comes before the page's own scripts (visit.py), and
// changes nothing but that what is seen can be found by its place, also where clicks go through it.
//
//   greenroom.go(id)        shows a slide as it opens, and settles
//   greenroom.forward()     shows the slide's next fragment, and settles; false if there is none
//   greenroom.walk(id)      shows a slide at all its steps; what is wrong with it at each: [[{code, element, clue, …}]],
//                           with lengths in px of the slide. Where axe-core is loaded, it looks, too. Each step but the
//                           first is said to the console as it begins: `greenroom: step 2`
//   greenroom.watch(id)     the same of what moves, in a page that may
//
// A clue leads to the source: {block, pane, line} is the place of a listing on the slide, `text` and `source` stand in
// what the author wrote.
if (window === window.top) {
  const LEGIBLE = 17; // px on a screen of 1280 × 720: the smallest that decks set themselves
  const IN_HAND = 9; // px of the screen, where it is a phone's
  const PATIENCE = 1500; // ms that pictures and timers of a slide may take until it is as it stays
  const SHIFT = 0.001; // of the screen, as browsers count
  const SLOW = 300; // ms
  const MOVES = 250; // ms that something moves at least, so that one sees how
  const WATCH = 1000; // ms that it is watched at most
  const FRAME = 1000 / 60; // ms
  const LOST = 0.25; // of the frames that the machine does not lose anyway
  const APART = 60; // px between the points where it is asked what covers a text

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
  const { requestAnimationFrame: draw, cancelAnimationFrame: drop } = window;
  const isDecks = ({ stack }) => /\/deck\.js:/.test(stack.split("\n")[2]);
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
    if (delay > 0 && delay <= PATIENCE && !isDecks(new Error())) timers.add(id);
    return id;
  };
  window.clearTimeout = (id) => {
    timers.delete(id);
    never(id);
  };

  let drawn = -Infinity; // when a script of the author's last asked to draw a frame
  const asked = new Set(); // the frames that it has not got yet
  window.requestAnimationFrame = (act) => {
    const id = draw.call(window, (now) => {
      asked.delete(id);
      act(now);
    });
    if (!isDecks(new Error())) {
      drawn = performance.now();
      asked.add(id);
    }
    return id;
  };
  window.cancelAnimationFrame = (id) => {
    asked.delete(id);
    drop(id);
  };

  const frame = () => new Promise((done) => draw.call(window, done));
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

  /** What the author wrote of it; of a formula that is its TeX. */
  const textOf = (element) => {
    if (!element.querySelector("math, annotation")) return element.textContent || element.alt || "";
    const copy = element.cloneNode(true);
    for (const each of [copy, ...copy.querySelectorAll("math")]) {
      if (each.matches("math")) each.textContent = each.querySelector("annotation")?.textContent ?? each.textContent;
    }
    return copy.textContent;
  };

  const clueOf = (slide, given) => {
    // A paragraph that is nothing but a formula is that to the author.
    const isMath = given.children.length === 1 && given.firstElementChild.matches("math") && given !== slide;
    const element = isMath ? given.firstElementChild : given;
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
      text: element === slide ? "" : words(textOf(element)),
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
    /** Whether it is there for screen readers alone. */
    const heard = new Map([[slide, false]]);
    const isHeard = (element) => {
      if (!heard.has(element)) heard.set(element, style(element).clipPath === "inset(50%)" || isHeard(element.parentElement));
      return heard.get(element);
    };
    const elements = [...slide.querySelectorAll("*")].filter((element) => isSeen(element) && !isHeard(element));
    return { elements, style, leave };
  };

  /** The texts that are seen: an element each, or a line of a listing, with the boxes of its rows. */
  const textsOf = (slide, { elements, leave }) => {
    const seen = new Set([slide, ...elements]);
    const rows = new Map();
    const accept = (node) => (node.data.trim() ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_REJECT);
    const walker = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT, accept);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (!seen.has(parent) || parent.matches("script, style")) continue;
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

  /** Code whose lines go on below. What a listing printed may: it says the same there; and on a phone all may. */
  const wraps = (slide, { elements, style }) =>
    (Reveal.isScrollView() ? [] : elements)
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

  /** Boxes side by side in a row as one. */
  const joined = (rects) => {
    const rows = [];
    for (const { left, right, top, bottom, height } of rects) {
      const last = rows.at(-1);
      const goesOn = last && Math.abs(last.top - top) < height / 2 && Math.abs(left - last.right) < height;
      if (goesOn) Object.assign(last, { right: Math.max(last.right, right), bottom: Math.max(last.bottom, bottom) });
      else rows.push({ left, right, top, bottom });
    }
    return rows.map((row) => ({ ...row, width: row.right - row.left, height: row.bottom - row.top }));
  };

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
      for (const rect of picture ? rects : joined(rects)) {
        const rows = picture ? [0.2, 0.5, 0.8] : [0.5];
        const count = Math.min(Math.max(Math.round(rect.width / APART), 3), 15);
        for (const row of rows.map((part) => rect.top + rect.height * part)) {
          for (let i = 0; i < count; i++) {
            points++;
            const x = rect.left + (rect.width * (i + 0.3)) / (count - 0.4);
            if (isRelated(document.elementFromPoint(x, row) ?? slide, element)) continue;
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

  // --- who uses a keyboard, or a screen reader ---------------------------------------------------------------------------

  const STOPS = "a[href], button, input, select, textarea, summary, iframe, audio[controls], video[controls], [tabindex]";

  /** Whether the keyboard goes back from one to the other, against the way one reads: up, or to the line's beginning. */
  const goesBack = (from, to, ltr) => {
    const [one, other] = [from.getBoundingClientRect(), to.getBoundingClientRect()];
    const [before, within] = ltr
      ? [other.right <= one.left + 1, other.left < one.right - 1]
      : [other.left >= one.right - 1, other.right > one.left + 1];
    const inRow = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 1;
    return inRow ? before : other.bottom <= one.top + 1 && within;
  };

  const focus = (slide) => {
    const stops = [...slide.querySelectorAll(STOPS)].filter(
      (element) =>
        element.tabIndex >= 0 &&
        !element.disabled &&
        !element.matches(ASIDE) &&
        !element.closest("[inert]") &&
        element.checkVisibility({ visibilityProperty: true }),
    );
    const hidden = stops.filter((element) => !isSeen(element));
    const order = stops.filter((element) => isSeen(element) && element.tabIndex === 0); // axe-core tells of others
    const ltr = getComputedStyle(slide).direction === "ltr";
    const back = order.filter((element, i) => i && goesBack(order[i - 1], element, ltr));
    return [
      ...hidden.map((element) => found(slide, "focus", element, { hidden: true })),
      ...back.map((element) => found(slide, "focus", element, { hidden: false })),
    ];
  };

  /** Has axe-core, which reads the whole document each time, read no other slides. */
  const alone = async (slide, act) => {
    const others = new Set(document.querySelectorAll(".slides section:not(:has(> section))"));
    others.delete(slide);
    for (const other of others) Object.defineProperty(other, "childNodes", { value: [], configurable: true });
    const walker = document.createTreeWalker.bind(document);
    const all = document.querySelectorAll.bind(document);
    const filter = (node) => (others.has(node) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
    document.createTreeWalker = (root, what) => walker(root, what, filter);
    document.querySelectorAll = (selector) => (selector === "*" ? slide.querySelectorAll("*") : all(selector));
    try {
      return await act();
    } finally {
      for (const other of others) delete other.childNodes;
      delete document.createTreeWalker;
      delete document.querySelectorAll;
    }
  };

  const shape = ({ color, backgroundColor, backgroundImage, opacity, fontSize, fontWeight, filter, textShadow }) =>
    [color, backgroundColor, backgroundImage, opacity, fontSize, fontWeight, filter, textShadow].join();

  const meets = (one, other) =>
    one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

  let shapes = new Map(); // of what axe-core has seen of the slide, at the step before
  let told = []; // what it said of that

  /** What axe-core says: at a further step it looks at what is new, at what looks another, and at what stands on that. */
  const access = async (slide, texts, { elements, style }) => {
    const now = new Map([slide, ...elements].map((element) => [element, shape(style(element))]));
    const changed = new Set([...now.keys()].filter((element) => shapes.get(element) !== now.get(element)));
    const isNew = [...changed].some((element) => !shapes.has(element));
    const grounds = [...changed].filter((element) => isPainted(element, style)).map((each) => each.getBoundingClientRect());
    for (const { element, rects } of changed.has(slide) ? [] : texts) {
      if (rects.some((rect) => grounds.some((ground) => meets(rect, ground)))) changed.add(element);
    }
    const isWithin = (element) => {
      for (let each = element; each !== slide.parentElement; each = each.parentElement) if (changed.has(each)) return true;
      return false;
    };
    shapes = now;
    told = told.filter(({ element }) => now.has(element) && !isWithin(element));
    const include = [...changed].filter((element) => element === slide || !isWithin(element.parentElement));
    if (!include.length) return told.map(({ mark }) => mark);
    const { violations } = await alone(slide, () =>
      axe.run(
        { include },
        {
          elementRef: true,
          preload: false,
          resultTypes: ["violations"],
          selectors: false,
          ...(isNew ? {} : { runOnly: { type: "rule", values: ["color-contrast"] } }),
        },
      ),
    );
    for (const { id, help, nodes } of violations) {
      for (const node of nodes) {
        const element = slide.contains(node.element) ? node.element : slide;
        const { contrastRatio, expectedContrastRatio } = node.any[0]?.data ?? {};
        const more = { rule: id, help, ratio: contrastRatio ?? 0, least: parseFloat(expectedContrastRatio) || 0 };
        told.push({ element, mark: found(slide, "access", element, more) });
      }
    }
    return told.map(({ mark }) => mark);
  };

  // --- the slide at a step ---------------------------------------------------------------------------------------------

  const measure = async () => {
    const slide = Reveal.getCurrentSlide();
    const late = [...moved(slide), ...slow(slide)];
    const scale = slide.getBoundingClientRect().width / slide.offsetWidth || 1;
    const seen = look(slide);
    const texts = textsOf(slide, seen);
    return [
      ...overflow(slide, scale, texts, seen),
      ...boxes(slide, seen),
      ...wraps(slide, seen),
      ...small(slide, scale, texts, seen),
      ...covered(slide, texts, seen),
      ...focus(slide),
      ...late,
      ...(window.axe ? await access(slide, texts, seen) : []),
    ];
  };

  const go = async (id) => {
    const slide = document.getElementById(id);
    const { h, v } = Reveal.getIndices(slide);
    since = performance.now();
    Reveal.slide(h, v, -1);
    // Where one scrolls, its first pixel may still be of the slide before.
    const view = Reveal.isScrollView() ? Reveal.getViewportElement() : null;
    for (let i = 0; view && Reveal.getCurrentSlide() !== slide && i < 8; i++) {
      view.scrollTop++;
      await frame();
      await frame();
    }
    await settle();
  };

  const forward = async () => {
    since = performance.now();
    if (!Reveal.nextFragment()) return false;
    await settle();
    return true;
  };

  const through = async (look, forth) => {
    const states = [];
    do {
      states.push(await look());
      // What happens on the way belongs to the next step.
      console.debug(`greenroom: step ${states.length + 1}`);
    } while (await forth());
    return states;
  };

  const walk = async (id) => {
    shapes = new Map();
    told = [];
    await go(id);
    return through(measure, forward);
  };

  // --- what moves ------------------------------------------------------------------------------------------------------

  /** What part of the frames is lost, and the longest time without one, while something goes on. */
  const film = async (goesOn) => {
    const times = [await frame()];
    while (goesOn() && times.at(-1) < times[0] + WATCH) times.push(await frame());
    const gaps = times.slice(1).map((time, i) => time - times[i]);
    const lost = gaps.reduce((sum, gap) => sum + Math.max(0, Math.round(gap / FRAME) - 1), 0);
    return { share: lost / (lost + gaps.length || 1), longest: Math.max(0, ...gaps) };
  };

  /** What part of the frames the machine loses of the simplest thing that moves. */
  const usual = async () => {
    const box = document.createElement("div");
    box.style.cssText = "position: fixed; inset: 0; background: gray; opacity: 0.01; pointer-events: none";
    document.body.append(box);
    const animation = box.animate([{ translate: "0" }, { translate: "9px" }], 2 * MOVES);
    const { share } = await film(() => animation.playState === "running");
    box.remove();
    return share;
  };

  /** What moves on the slide for as long as one sees it; the slide itself if a script or a drawing of it does. */
  const mover = (slide) => {
    const isLong = ({ effect, playState }) => playState === "running" && effect.getComputedTiming().endTime >= MOVES;
    const targets = document.getAnimations().filter(isLong).map(({ effect }) => effect.target);
    const own = targets.find((target) => slide.contains(target) && target !== slide);
    const draws = asked.size || performance.now() - drawn < 100 || slide.querySelector("animate, animateTransform, animateMotion");
    return own ?? (draws || targets.some((target) => target?.closest(".morph")) ? slide : null);
  };

  const observeFrames = async () => {
    const slide = Reveal.getCurrentSlide();
    for (let i = 0; i < 3; i++) await frame();
    const element = mover(slide);
    if (!element) return [];
    const { share, longest } = await film(() => mover(slide));
    // What is lost anyway is lost of what is left.
    const jerks = share > LOST && 1 - share < (1 - LOST) * (1 - (await usual()));
    return jerks ? [found(slide, "frames", element, { share, longest })] : [];
  };

  const watch = async (id) => {
    const slide = document.getElementById(id);
    const order = Reveal.getSlides();
    // What becomes of the slide before is seen when one comes from there.
    if (slide.matches("[data-morph], [data-auto-animate]")) await go(order[Math.max(order.indexOf(slide) - 1, 0)].id);
    const { h, v } = Reveal.getIndices(slide);
    Reveal.slide(h, v, -1);
    return through(observeFrames, () => Reveal.nextFragment());
  };

  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const quiet = isStill ? "*, *::before, *::after" : ".slides section, .backgrounds, .backgrounds *, .controls *";
  const style = document.createElement("style");
  style.textContent =
    `${quiet} { transition: none !important; animation-duration: 0s !important; animation-delay: 0s !important }` +
    ".slides section.present, .slides section.present * { pointer-events: auto !important }" +
    ".reveal-viewport { scroll-snap-type: none !important }";
  document.addEventListener("DOMContentLoaded", () => document.head.append(style));

  window.greenroom = { go, forward, walk, watch, settle };
}
