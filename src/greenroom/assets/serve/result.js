// What came of a run, in the place of what was recorded: how it is laid out, and the badge that says what is seen. For
// the deck that runs it and, without anything to press, for whoever looks on.
import "./run.css";

export const FRAMEWORKS = { tf2: "TensorFlow", pytorch: "PyTorch", python: "Python" };
const SMALLEST = 20; // px, as in fit.js
const ADVANCE = 0.6; // of a character of the code font, in em
const LEAST = 180; // px that an output may take, wherever it stands
const TICK = 100; // ms

export const make = (tag, traits, ...children) => {
  const element = Object.assign(document.createElement(tag), traits);
  element.append(...children);
  return element;
};

const output = (kind, content) =>
  make("div", { className: `output ${kind}`, role: "group", ariaLabel: "Output" }, content);

const time = (seconds) => (seconds < 0.01 ? "under 0.01 s" : `${seconds.toFixed(seconds < 0.995 ? 2 : 1)} s`);

const parse = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
};

/** The slide's listings with where they stand, as the server names it. */
export const listingsOf = (slide) =>
  [...slide.querySelectorAll(":is(.panes, .listing):not(.panes > .listing, aside *)")].flatMap((group, fence) =>
    (group.matches(".panes") ? [...group.querySelectorAll(":scope > .listing")] : [group]).map((listing) => ({
      listing,
      place: { slide: slide.id, fence, framework: listing.dataset.framework },
    })),
  );

export const key = ({ slide, fence, framework }) => [slide, fence, framework].join();

/** What was recorded of the listing. */
export const recorded = (listing) => [...listing.querySelectorAll(":scope > .output:not(.live)")];

/** How high the listing's output may become without pushing anything off the slide. */
const roomOf = (listing, height, slideHeight) => {
  const slide = listing.closest("section");
  const bottom = Math.max(...[...slide.children].map((child) => child.offsetTop + child.offsetHeight));
  return height + Math.max(0, slideHeight - slide.offsetTop - bottom);
};

/** Makes text smaller as long as it can be read, so that its lines are not too wide. */
const narrow = (code, size) => {
  const room = code.clientWidth - 2 * parseFloat(getComputedStyle(code).paddingInlineStart);
  const widest = Math.max(1, ...code.textContent.split("\n").map((line) => line.length));
  const fitting = Math.floor(Math.min(size, room / (widest * ADVANCE)));
  code.style.setProperty("--size", `${Math.max(Math.min(SMALLEST, size), fitting)}px`);
  code.classList.add("wrapped");
};

const heightOf = (boxes) => boxes.reduce((sum, box) => sum + box.offsetHeight, 0);

/** Keeps the outputs within their room: pictures give way, then text scrolls. */
const keepWithin = (boxes, room) => {
  const over = () => heightOf(boxes) - room;
  const pictures = boxes.flatMap((box) => [...box.querySelectorAll("img")]);
  for (const picture of pictures) {
    if (over() > 0) {
      const least = picture.offsetHeight / 2;
      picture.style.setProperty("--most", `${Math.max(least, picture.offsetHeight - over() / pictures.length)}px`);
    }
  }
  const codes = boxes.flatMap((box) => [...box.querySelectorAll("code")]);
  for (const code of codes.toSorted((a, b) => b.offsetHeight - a.offsetHeight)) {
    if (over() > 0) code.style.setProperty("--most", `${Math.max(LEAST / 2, code.offsetHeight - over())}px`);
    const scrolls = code.scrollHeight > code.clientHeight + 1;
    code.classList.toggle("scrolls", scrolls);
    if (scrolls) code.tabIndex = 0;
  }
};

/** What a badge says of what was recorded, to those who are not told. */
const NOTHING = { name: "recorded", origin: "", before: "" };

/** A text about a view that says which of the slide's listings it is. */
export const named = (view, text) =>
  view.listing.closest(".panes") ? `${FRAMEWORKS[view.place.framework]}: ${text}` : text;

/** A view of a listing, whose badge is a `button`, or a `span` where there is nothing to press. */
export const viewOf = (listing, place, tag) => {
  const origin = make("span", { className: "with" });
  const badge = make(tag, { className: "ran" }, make("span"), origin);
  return { listing, place, badge, id: null, state: "", why: "", live: null, shown: false, over: false };
};

/**
 * Shows what comes of runs.
 *
 * @param deck the deck
 * @param on what is told: `offer(place)` gives what the badge says of what was recorded; `changed(view)` is called when
 *   what is seen may be something else, `ended(view)` when a run has, `raised(listing, line)` with the line that raised an
 *   error, or 0; and `tell(view, text)` with what is to be heard
 */
export const results = (deck, { offer = () => NOTHING, changed, ended, raised, tell }) => {
  /** What the badge says, what of that only whoever asks, and what pressing it does. */
  const words = ({ state, began, shown, live, took, why, made, place }) => {
    if (state) return [`${state} · ${((performance.now() - began) / 1000).toFixed(1)} s`, "", "Stop"];
    const { name, origin, before } = offer(place);
    if (shown) return [`live · ${took}`, made && ` with ${made}`, before];
    const other = live ? "Show what ran just now" : "";
    return why ? [`${name} · ${why}`, "", other] : [name, origin, other];
  };

  /** Says what is seen, at the output if that is seen, or else at the code. */
  const label = (view) => {
    const { badge, button, listing, state, live, shown, why } = view;
    const [text, origin, does] = words(view);
    const quiet = !state && !why && !live;
    const box = (shown ? live : recorded(listing)).find(
      (each) => quiet || each.checkVisibility({ visibilityProperty: true }),
    );
    const home = box ?? listing.querySelector(":scope > pre") ?? listing;
    if (badge.parentNode !== home) home.append(badge);
    badge.hidden = quiet && (!box || !button);
    badge.firstChild.textContent = text;
    badge.lastChild.textContent = origin;
    if (button) badge.title = does;
    badge.classList.toggle("going", Boolean(state));
    badge.classList.toggle("now", !state && shown);
    if (state || shown) badge.classList.remove("open");
    changed(view);
    if (!button) return;
    button.title = state ? "Stop" : "Run the code (X)";
    button.ariaLabel = named(view, state ? "Stop" : "Run the code");
    button.classList.toggle("going", Boolean(state));
  };

  /** Shows what ran just now, or what was recorded. */
  const show = (view, isLive) => {
    view.shown = isLive;
    for (const box of recorded(view.listing)) {
      box.hidden = isLive && !view.over;
      box.classList.toggle("under", isLive && view.over);
    }
    for (const box of view.live ?? []) {
      box.classList.toggle("over", view.over);
      box.style.bottom = view.over ? `${view.height - view.room}px` : "";
    }
    if (isLive) view.listing.append(...view.live);
    else for (const box of view.live ?? []) box.remove();
  };

  /** Puts outputs in the place of those that are seen, in which nothing around them moves. */
  const put = (view, boxes) => {
    if (!view.shown) {
      const old = recorded(view.listing);
      const top = Math.min(...old.map((box) => box.offsetTop));
      const height = old.length ? Math.max(...old.map((box) => box.offsetTop + box.offsetHeight)) - top : 0;
      const code = old[0]?.querySelector("code") ?? view.listing.querySelector(":scope > pre > code");
      view.height = height;
      view.room = roomOf(view.listing, height, deck.getComputedSlideSize().height);
      view.size = code ? parseFloat(getComputedStyle(code).fontSize) : SMALLEST;
      view.over = false;
    }
    for (const box of view.live ?? []) box.remove();
    view.live = boxes;
    for (const box of boxes) box.classList.add("live");
    if (boxes.length === 1) boxes[0].style.minHeight = `${view.height}px`;
    show(view, true);
    fill(view);
  };

  /** Fits what ran into its room; what needs more than a small one covers the end of the code. */
  const fill = (view) => {
    for (const box of view.live) {
      for (const code of box.querySelectorAll("code")) narrow(code, view.size);
    }
    if (!view.over && view.live.length === 1 && view.room < LEAST / 2 && heightOf(view.live) > view.room) {
      view.over = true;
      show(view, true);
    }
    keepWithin(view.live, view.over ? LEAST : view.room);
    // What an error says stands at its end.
    for (const box of view.live.filter((each) => each.matches(".error"))) {
      for (const code of box.querySelectorAll("code")) code.scrollTop = code.scrollHeight;
    }
  };

  const print = (view, { text, anew }) => {
    if (!view.streams) {
      view.streams = true;
      view.made = "";
      put(view, [output("", make("pre", {}, make("code")))]);
    }
    const code = view.live[0].querySelector("code");
    if (anew) code.textContent = "";
    code.append(text);
    fill(view);
    code.scrollTop = code.scrollHeight;
    label(view);
  };

  /** Begins to count the time of what runs. */
  const begin = (view, seconds = 0) => {
    view.state = "running";
    view.streams = false;
    view.why = "";
    view.began = performance.now() - seconds * 1000;
    clearInterval(view.timer);
    view.timer = setInterval(label, TICK, view);
  };

  const end = (view) => {
    view.state = "";
    clearInterval(view.timer);
    ended(view);
  };

  const done = (view, { html, seconds, versions, line }) => {
    end(view);
    raised(view.listing, line);
    view.took = time(seconds);
    view.made = versions;
    const boxes = html.map(parse);
    if (!boxes.length && recorded(view.listing).length) {
      boxes.push(output("nothing", "It printed nothing."));
    }
    put(view, boxes);
    const pictures = boxes.flatMap((box) => [...box.querySelectorAll("img")]);
    if (pictures.length) Promise.allSettled(pictures.map((img) => img.decode())).then(() => view.shown && fill(view));
    label(view);
    tell(view, `done in ${time(seconds)}`);
  };

  /** Goes back to what was recorded, and says why. */
  const fail = (view, text) => {
    end(view);
    show(view, false);
    view.live = null;
    view.why = text;
    label(view);
    tell(view, `recorded: ${text}`);
  };

  const stopped = (view, { seconds }) => {
    if (!view.streams) return fail(view, "stopped");
    end(view);
    view.took = `stopped after ${time(seconds)}`;
    label(view);
    tell(view, view.took);
  };

  const events = {
    queued: (view) => (view.state = "waiting"),
    warming: (view) => (view.state = `importing ${FRAMEWORKS[view.place.framework]}`),
    started: (view) => (view.state = "running"),
    out: print,
    done,
    failed: (view, { text }) => fail(view, text),
    late: (view, { text }) => fail(view, text),
    stopped,
  };

  /** Does what a message of a run says. */
  const take = (view, message) => {
    events[message.event]?.(view, message);
    label(view);
  };

  return { begin, end, fail, label, put, show, take };
};
