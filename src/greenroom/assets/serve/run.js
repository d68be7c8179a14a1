// Runs listings on the slide, where the server lets this page: a button on each that was recorded, and the key X for
// all of the slide. What was recorded stays until there is something newer to show; a badge says which of the two is seen,
// and brings back the other. What may be run is asked for, and what comes of it told, as serve/runs.py says.
//
//   to the server     runs {slides}                              what of these may be run?
//                     run {id, talk, slide, fence, framework}    runs the listing: `fence` counts the slide's snippets
//                     run {…, code}                              runs it with this text in its place: see edit.js
//                     stop {id}
import { on, send } from "./connection.js";
import { edits } from "./edit.js";
import "./run.css";

const FRAMEWORKS = { tf2: "TensorFlow", pytorch: "PyTorch", python: "Python" };
const SMALLEST = 20; // px, as in fit.js
const ADVANCE = 0.6; // of a character of the code font, in em
const LEAST = 180; // px that an output may take, wherever it stands
const TICK = 100; // ms

const make = (tag, traits, ...children) => {
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
const listingsOf = (slide) =>
  [...slide.querySelectorAll(":is(.panes, .listing):not(.panes > .listing, aside *)")].flatMap((group, fence) =>
    (group.matches(".panes") ? [...group.querySelectorAll(":scope > .listing")] : [group]).map((listing) => ({
      listing,
      place: { slide: slide.id, fence, framework: listing.dataset.framework },
    })),
  );

const key = ({ slide, fence, framework }) => [slide, fence, framework].join();

/** What was recorded of the listing. */
const recorded = (listing) => [...listing.querySelectorAll(":scope > .output:not(.live)")];

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

export const runs = (talk) => {
  const deck = window.Reveal;
  if (!deck || deck.isSpeakerNotes() || deck.getConfig().view === "print") return;
  const status = make("p", { className: "heard", role: "status" });
  const views = new Map(); // what listings show, by their elements
  const going = new Map(); // those that run, by the names of their runs
  const offers = new Map(); // when and with what they were recorded, by where they stand
  let bound = false;
  let unanswered = 0; // times that the server was asked what may be run
  let wanted; // the slide that is to be run once that is known
  let count = 0;

  const named = (view, text) =>
    view.listing.closest(".panes") ? `${FRAMEWORKS[view.place.framework]}: ${text}` : text;

  const tell = (view, text) => (status.textContent = named(view, text));

  /** What the badge says, what of that only whoever asks, and what pressing it does. */
  const words = ({ state, began, shown, live, took, why, made, place }) => {
    if (state) return [`${state} · ${((performance.now() - began) / 1000).toFixed(1)} s`, "", "Stop"];
    if (shown) return [`live · ${took}`, made && ` with ${made}`, "Show what was recorded"];
    const other = live ? "Show what ran just now" : "";
    return why ? [`recorded · ${why}`, "", other] : ["recorded", offers.get(key(place))?.origin ?? "", other];
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
    badge.hidden = !box && quiet;
    badge.firstChild.textContent = text;
    badge.lastChild.textContent = origin;
    badge.title = does;
    badge.classList.toggle("going", Boolean(state));
    badge.classList.toggle("now", !state && shown);
    if (state || shown) badge.classList.remove("open");
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

  const end = (view) => {
    going.delete(view.id);
    view.state = "";
    view.id = null;
    clearInterval(view.timer);
  };

  const done = (view, { html, seconds, versions, line }) => {
    end(view);
    editor.raised(view.listing, line);
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

  const start = (view) => {
    view.id = `${++count}-${Math.random().toString(36).slice(2)}`;
    view.state = "running";
    view.streams = false;
    view.why = "";
    view.began = performance.now();
    going.set(view.id, view);
    const message = { type: "run", id: view.id, talk, ...view.place, code: editor.typed(view.listing) };
    if (send(message) === false) return fail(view, "there is no connection");
    view.timer = setInterval(label, TICK, view);
    label(view);
    tell(view, "running");
  };

  const stop = (view) => send({ type: "stop", id: view.id });

  const press = (view) => {
    if (view.state) return stop(view);
    if (view.live) {
      show(view, !view.shown);
      label(view);
      tell(view, view.shown ? "live" : "recorded");
    }
    view.badge.classList.toggle("open", !view.shown && !view.badge.matches(".open"));
  };

  /** Forgets what ran: it was of other code. */
  const forget = (view) => {
    if (view.id) {
      stop(view);
      end(view);
    }
    show(view, false);
    view.live = null;
    view.why = "";
    label(view);
  };

  const editor = edits(deck, {
    run: (listings) => {
      for (const view of listings.map((listing) => views.get(listing)).filter(Boolean)) {
        if (view.id) {
          stop(view);
          end(view);
        }
        start(view);
      }
    },
    restored: (listing) => views.has(listing) && forget(views.get(listing)),
    say: (text) => (status.textContent = text),
  });

  const add = (listing, place) => {
    const button = make("button", { type: "button", className: "run" });
    const origin = make("span", { className: "with" });
    const badge = make("button", { type: "button", className: "ran" }, make("span"), origin);
    const view = { listing, place, button, badge, id: null, state: "", why: "", live: null, shown: false, over: false };
    button.addEventListener("click", () => (view.state ? stop(view) : start(view)));
    badge.addEventListener("click", () => press(view));
    for (const control of [button, badge]) {
      // Keys that press a button would otherwise also turn the slide.
      control.addEventListener("keydown", (event) => {
        if (event.key === " " || event.key === "Enter") event.stopPropagation();
      });
    }
    const pre = listing.querySelector(":scope > pre");
    if (pre) pre.querySelector(":scope > code").after(button);
    else listing.append(button);
    views.set(listing, view);
    editor.add(listing, key(place));
    label(view);
  };

  const remove = (view) => {
    if (view.id) {
      stop(view);
      end(view);
    }
    show(view, false);
    editor.remove(view.listing);
    view.button.remove();
    view.badge.remove();
    views.delete(view.listing);
  };

  /** The slides that are seen. */
  const seen = () => {
    const slide = deck.getCurrentSlide();
    return deck.isScrollView() ? [...deck.getSlidesElement().querySelectorAll("section[id]")] : slide ? [slide] : [];
  };

  /** Gives the listings that are seen what they need, and forgets those that are gone. */
  const update = () => {
    for (const view of [...views.values()]) {
      if (!view.listing.isConnected || !offers.has(key(view.place))) remove(view);
    }
    for (const { listing, place } of seen().flatMap(listingsOf)) {
      const view = views.get(listing);
      if (view && key(view.place) !== key(place)) remove(view);
      if (!views.has(listing) && offers.has(key(place))) add(listing, place);
    }
  };

  const ofSlide = () => {
    const slide = deck.getCurrentSlide();
    return [...views.values()].filter(({ listing }) => slide.contains(listing) && listing.checkVisibility());
  };

  const listed = () => ofSlide().map(({ listing }) => listing);

  /** Runs all listings of the slide, or stops those that run. */
  const toggle = () => {
    if (deck.isOverlayOpen()) return deck.closeOverlay();
    const all = ofSlide();
    if (!all.length && unanswered) wanted = deck.getCurrentSlide();
    const running = all.filter(({ state }) => state);
    if (running.length) running.forEach(stop);
    else all.forEach(start);
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

  const ask = () => {
    if (send({ type: "runs", slides: seen().map(({ id }) => id) }) !== false) unanswered++;
  };

  on("runs", ({ slides, listings }) => {
    for (const [name, { slide }] of offers) if (slides.includes(slide)) offers.delete(name);
    for (const { date, versions, ...place } of listings) {
      offers.set(key(place), { slide: place.slide, origin: `${date && ` on ${date}`} with ${versions}` });
    }
    if (offers.size && !bound) {
      bound = true;
      deck.getRevealElement().append(status);
      deck.addKeyBinding({ keyCode: 88, key: "X", description: "Run the code, or stop it" }, toggle);
      deck.addKeyBinding({ keyCode: 69, key: "E", description: "Edit the code" }, () => editor.start(listed()));
      deck.addKeyBinding({ keyCode: 90, key: "Z", description: "Restore the code that was edited" }, () =>
        editor.restore(listed()),
      );
    }
    update();
    unanswered--;
    const slide = wanted;
    wanted = undefined;
    if (slide && slide === deck.getCurrentSlide()) toggle();
  });
  on("run", (message) => {
    const view = going.get(message.run);
    if (!view) return;
    events[message.event]?.(view, message);
    label(view);
  });
  on("connected", ask);
  on("disconnected", () => {
    unanswered = 0;
    for (const view of [...going.values()]) fail(view, "the connection was lost");
  });

  let asked = 0;
  const changed = () => {
    update();
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(ask);
  };
  for (const change of ["slidesync", "sync"]) deck.on(change, changed);
  deck.on("slidechanged", () => {
    update();
    ask();
  });
  // Where an output is a fragment, its badge comes and goes with it.
  for (const change of ["fragmentshown", "fragmenthidden"]) deck.on(change, () => ofSlide().forEach(label));
};
