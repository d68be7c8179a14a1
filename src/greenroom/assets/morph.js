// Lets listings become their later versions. Between a slide with `data-morph` and the one before it, in either
// direction, the slides dissolve into each other in their places, and their code goes over piece by piece: what is gone
// fades out, what stays moves, what is new fades in. Which text stays was found at build time; where it stands is
// measured here, when both slides are laid out. The pieces lie in a few layers over the slides, of which only
// `transform` and `opacity` change; the slides stay as they are, and when the layers go, the new one is there.

// When each begins and ends, in ms.
const GONE = [0, 180];
const MOVE = [60, 480];
const LIGHTS = [60, 340];
const DIMS = [200, 480];
const DISSOLVE = [40, 360];
const NEW = [340, 540]; // of the first line
const TURNS = 8; // that new lines come in, at most
const TURN = 15; // from one to the next
const ALL = NEW[1] + (TURNS - 1) * TURN;

const EASE = "cubic-bezier(0.4, 0, 0.1, 1)";
const SPEED = { fast: 0.5, slow: 1.5 };

// --- listings ---

/** How the text of an element looks, its line's opacity included. */
const lookOf = (element) => {
  const { color, fontWeight, fontStyle, textDecorationLine, opacity } = getComputedStyle(element);
  const line = element.closest(".line") ?? element;
  const whole = line === element ? opacity : opacity * getComputedStyle(line).opacity;
  return [
    `color: ${color}`,
    `font-weight: ${fontWeight}`,
    `font-style: ${fontStyle}`,
    `text-decoration: ${textDecorationLine}`,
    `opacity: ${whole}`,
  ].join("; ");
};

/** How far above its baseline a font's lines begin, in px. */
const ascentOf = (font) => {
  const context = document.createElement("canvas").getContext("2d");
  context.font = font;
  return Math.round(context.measureText("").fontBoundingBoxAscent);
};

/** A listing as it is laid out: its text, and how and where any part of that stands. */
const read = (code) => {
  const nodes = [];
  const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
  for (let start = 0; walker.nextNode(); start += walker.currentNode.length) {
    nodes.push({ node: walker.currentNode, start });
  }
  const nodeAt = (place) => {
    let [first, last] = [0, nodes.length - 1];
    while (first < last) {
      const middle = (first + last + 1) >> 1;
      if (nodes[middle].start <= place) first = middle;
      else last = middle - 1;
    }
    return first;
  };
  const looks = new Map();
  const look = (element) => looks.get(element) ?? looks.set(element, lookOf(element)).get(element);

  const range = document.createRange();
  const box = (start, end) => {
    const [first, last] = [nodes[nodeAt(start)], nodes[nodeAt(end - 1)]];
    range.setStart(first.node, start - first.start);
    range.setEnd(last.node, end - last.start);
    const rects = [...range.getClientRects()].filter(({ width }) => width);
    if (!rects.length) return null;
    const [{ top, height }] = rects;
    const apart = rects.some((rect) => Math.abs(rect.top - top) > height / 2);
    return { left: Math.min(...rects.map(({ left }) => left)), top, height, apart };
  };
  const { fontSize, fontFamily } = getComputedStyle(code);
  const font = `${fontSize} ${fontFamily}`;
  const frame = code.getBoundingClientRect();
  return {
    text: code.textContent,
    frame,
    size: parseFloat(fontSize),
    font,
    ascent: ascentOf(font),
    box,
    /** Where each of the rows begins that a wrapped line has between two places. */
    rows: (start, end) => {
      if (!box(start, end)?.apart) return [start];
      const found = [];
      let row;
      for (let place = start; place < end; place++) {
        const at = box(place, place + 1);
        if (!at || (row && Math.abs(at.top - row.top) <= row.height / 2)) continue;
        row = at;
        found.push(place);
      }
      return found;
    },
    /** The text between two places, in the parts that it is laid out in, and how each looks. */
    parts: (start, end) => {
      const found = [];
      for (let i = nodeAt(start); i < nodes.length && nodes[i].start < end; i++) {
        const { node, start: first } = nodes[i];
        const text = node.data.slice(Math.max(start - first, 0), end - first);
        if (text) found.push({ text, style: look(node.parentNode) });
      }
      return found;
    },
    seen: (at) => at && at.top < frame.bottom && at.top + at.height > frame.top,
  };
};

/** What stays of a text on the way there: places in both listings, and a length. */
const runsOf = (numbers, forward, from, to) => {
  const runs = [];
  for (let i = 0; i + 2 < numbers.length; i += 3) {
    const [earlier, later, length] = numbers.slice(i, i + 3);
    const run = forward ? { from: earlier, to: later, length } : { from: later, to: earlier, length };
    const text = (listing, start) => listing.text.slice(start, start + length);
    if (text(from, run.from) === text(to, run.to)) runs.push(run);
  }
  return runs;
};

/** The text between two places, in pieces of one row each, without the white space around them. */
const pieces = (listing, start, end, breaks = (...piece) => listing.rows(...piece)) =>
  [...listing.text.slice(start, end).matchAll(/\S(?:[^\n\t]*\S)?/g)].flatMap(({ index, 0: { length } }) => {
    const [first, last] = [start + index, start + index + length];
    const inside = [...new Set(breaks(first, last))].filter((place) => place > first && place < last);
    const bounds = [first, ...inside.sort((one, other) => one - other), last];
    return bounds.slice(1).map((bound, i) => [bounds[i], bound]);
  });

/** The pieces of a listing that are in none of the runs. */
const others = (listing, runs, side) => {
  let done = 0;
  return [...runs, { [side]: listing.text.length, length: 0 }]
    .sort((one, other) => one[side] - other[side])
    .flatMap((run) => {
      const found = pieces(listing, done, run[side]);
      done = run[side] + run.length;
      return found;
    });
};

// --- layers ---

/** Changes a property between two times. All animations take as long as each other, so that none wakes up the page. */
const animate = (element, property, [first, last], [begin, end], speed, easing) =>
  element.animate(
    [
      { [property]: first, offset: 0 },
      { [property]: first, offset: begin / ALL, easing },
      { [property]: last, offset: end / ALL },
      { [property]: last, offset: 1 },
    ],
    { duration: ALL * speed, fill: "both" },
  );

/** What the layers of two listings are made on: in px of the slides, from their corner; cut off around the listings. */
const stageOf = (slides, { frame: one }, { frame: other }) => {
  const origin = slides.getBoundingClientRect();
  const unit = slides.offsetWidth / origin.width;
  const x = Math.floor((Math.min(one.left, other.left) - origin.left) * unit);
  const y = Math.floor((Math.min(one.top, other.top) - origin.top) * unit);
  const width = Math.ceil((Math.max(one.right, other.right) - origin.left) * unit) - x;
  const height = Math.ceil((Math.max(one.bottom, other.bottom) - origin.top) * unit) - y;
  const element = document.createElement("div");
  element.style.cssText = `--x: ${x}px; --y: ${y}px; width: ${width}px; height: ${height}px`;

  // Text stands on whole pixels of the screen.
  const dots = devicePixelRatio;
  const pixel = (at) => (Math.round((origin.top + at / unit) * dots) / dots - origin.top) * unit;
  return {
    element,
    place: (box, { ascent }) => {
      const [left, top] = [(box.left - origin.left) * unit, (box.top - origin.top) * unit];
      return { left, top, height: box.height * unit, base: top + ascent };
    },
    /** What puts a text that stands in one place into another one, and makes it so much larger. */
    way: (here, there, scale) => {
      const right = there.left - scale * here.left;
      const down = scale === 1 ? pixel(there.base) - pixel(here.base) : there.base - scale * here.base;
      const moves = scale !== 1 || Math.abs(right) + Math.abs(down) > 0.05;
      return moves ? `translate(${right.toFixed(1)}px, ${down.toFixed(1)}px) scale(${scale})` : "";
    },
    /** Puts a piece into the layer of those that do the same; `how` is the way it goes, or whose turn it is to come. */
    lay: (name, how, { font }, parts, { left, top, height }) => {
      const id = `${name} ${how}`;
      let layer = [...element.children].find(({ dataset }) => dataset.layer === id);
      if (!layer) {
        layer = document.createElement("div");
        layer.className = name;
        Object.assign(layer.dataset, { layer: id, how });
        layer.style.font = font;
        element.append(layer);
      }
      const piece = document.createElement("span");
      piece.style.cssText = `left: ${left}px; top: ${top}px; line-height: ${height}px`;
      for (const { text, style } of parts) {
        const part = document.createElement("span");
        part.style.cssText = style;
        part.textContent = text;
        piece.append(part);
      }
      layer.append(piece);
    },
  };
};

/** Makes the layers in which one listing becomes another. */
const morph = (codes, forward, slides) => {
  const [from, to] = codes.map(read);
  const { element, lay, place, way } = stageOf(slides, from, to);
  const runs = runsOf(codes.numbers, forward, from, to);
  const scale = from.size / to.size;
  for (const run of runs) {
    const shift = run.from - run.to;
    const breaks = (start, end) => [
      ...to.rows(start, end),
      ...from.rows(start + shift, end + shift).map((row) => row - shift),
    ];
    for (const [start, end] of pieces(to, run.to, run.to + run.length, breaks)) {
      const [was, is] = [from.box(start + shift, end + shift), to.box(start, end)];
      if (!was || !is || (!from.seen(was) && !to.seen(is))) continue;
      const [first, last] = [place(was, from), place(is, to)];
      const [before, after] = [from.parts(start + shift, end + shift), to.parts(start, end)];
      if (JSON.stringify(before) === JSON.stringify(after)) {
        lay("stays", way(last, first, scale), to, after, last);
      } else {
        lay("dims", way(first, last, 1 / scale), from, before, first);
        lay("lights", way(last, first, scale), to, after, last);
      }
    }
  }
  for (const [start, end] of others(from, runs, "from")) {
    const box = from.box(start, end);
    if (from.seen(box)) lay("gone", "", from, from.parts(start, end), place(box, from));
  }
  const fresh = others(to, runs, "to")
    .map(([start, end]) => ({ box: to.box(start, end), parts: to.parts(start, end) }))
    .filter(({ box }) => to.seen(box));
  const rows = [...new Set(fresh.map(({ box }) => box.top))].sort((one, other) => one - other);
  const turns = Math.min(rows.length, TURNS);
  for (const { box, parts } of fresh) {
    lay("new", Math.floor((rows.indexOf(box.top) * turns) / rows.length), to, parts, place(box, to));
  }
  return element;
};

const FADES = {
  gone: [[1, 0], GONE, "ease-out"],
  new: [[0, 1], NEW, "ease-out"],
  dims: [[1, 0], DIMS, "ease-in"],
  lights: [[0, 1], LIGHTS, "ease-out"],
};

/** Sets a layer going. */
const go = (layer, speed) => {
  const { className: name, dataset } = layer;
  const [values, times, easing] = FADES[name] ?? [];
  const late = name === "new" ? dataset.how * TURN : 0;
  if (values) animate(layer, "opacity", values, times.map((time) => time + late), speed, easing);
  if (name === "new" || !dataset.how) return;
  const way = name === "dims" ? ["none", dataset.how] : [dataset.how, "none"];
  animate(layer, "transform", way, MOVE, speed, EASE);
};

// --- slides ---

/** The listings of two slides of which one becomes the other: pairs, with the numbers of what stays. */
const pairs = (from, to, forward) =>
  [...(forward ? to : from).querySelectorAll("code[data-morph]")]
    .map((later) => {
      const earlier = (forward ? from : to).querySelector(`code[data-morphs-as="${later.dataset.morphPair}"]`);
      const numbers = later.dataset.morph.split(" ").map(Number);
      return Object.assign(forward ? [earlier, later] : [later, earlier], { numbers });
    })
    .filter((codes) => codes.every((code) => code?.getClientRects().length));

/** Brings the deck to the end of what is going on. */
const finish = (slides) => {
  if (!slides.parentNode.matches(".morphs")) return;
  const moving = slides.querySelectorAll(".morphing");
  slides.querySelector(".morph")?.remove();
  for (const element of moving) {
    for (const animation of element.getAnimations()) animation.cancel();
    element.classList.remove("morphing", "dissolving");
  }
  for (const element of moving) getComputedStyle(element).opacity; // now, while nothing in them has a transition
  slides.parentNode.classList.remove("morphs");
};

/** Sets two slides going; what has no code to show on both is left to reveal.js. */
const start = (slides, from, to, forward) => {
  const found = pairs(from, to, forward);
  if (!found.length) return;
  const stacks = [from, to].map((slide) => slide.closest(".slides > section"));
  const apart = stacks[0] !== stacks[1];
  slides.parentNode.classList.add("morphs");
  for (const section of new Set([from, to, ...stacks])) section.classList.add("morphing");
  const speed = SPEED[to.dataset.transitionSpeed ?? slides.parentNode.dataset.transitionSpeed] ?? 1;
  const layers = document.createElement("div");
  layers.className = "morph";
  layers.ariaHidden = "true";
  layers.inert = true;
  layers.append(...found.map((codes) => morph(codes, forward, slides)));
  for (const code of found.flat()) code.classList.add("morphing");
  slides.append(layers);
  for (const layer of layers.querySelectorAll(":scope > div > div")) go(layer, speed);
  const [out, into] = apart ? stacks : [from, to];
  into.classList.add("dissolving");
  animate(out, "opacity", [1, 0], DISSOLVE, speed, "ease-in-out");
  animate(into, "opacity", [0, 1], DISSOLVE, speed, "ease-in-out");
  const all = [out, into, layers].flatMap((element) => element.getAnimations({ subtree: element === layers }));
  Promise.all(all.map(({ finished }) => finished)).then(
    () => finish(slides),
    () => {}, // it was brought to its end before
  );
};

export const Morph = () => ({
  id: "morph",
  init(deck) {
    const slides = deck.getSlidesElement();
    if (/receiver/i.test(location.search)) return;
    const still = matchMedia("(prefers-reduced-motion: reduce), (forced-colors: active)");
    let laidOut;
    const end = () => {
      laidOut?.disconnect();
      finish(slides);
    };
    deck.on("slidechanged", ({ previousSlide: from, currentSlide: to }) => {
      end();
      if (!from || still.matches || deck.isOverview() || deck.isScrollView() || deck.isPrintView()) return;
      const order = deck.getSlides();
      const way = order.indexOf(to) - order.indexOf(from);
      if (Math.abs(way) !== 1 || !(way > 0 ? to : from).matches("[data-morph]")) return;
      // Observers come after one another: fit.js has fitted the slide.
      laidOut = new ResizeObserver(() => {
        laidOut.disconnect();
        start(slides, from, to, way > 0);
      });
      laidOut.observe(to);
    });
    for (const event of ["beforeslidechange", "fragmentshown", "fragmenthidden", "overviewshown", "resize", "slidesync"]) {
      deck.on(event, end);
    }
    for (const event of ["keydown", "resize", "beforeprint"]) addEventListener(event, end, true);
  },
});
