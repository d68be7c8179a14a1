// Runs listings on the slide, where the server lets this page: a button on each that was recorded, and the key X for
// all of the slide. What was recorded stays until there is something newer to show; a badge says which of the two is seen,
// and brings back the other. What may be run is asked for, and what comes of it told, as serve/runs.py says.
//
//   to the server     runs {slides}                              what of these may be run?
//                     run {id, talk, slide, fence, framework}    runs the listing: `fence` counts the slide's snippets
//                     run {…, code}                              runs it with this text in its place: see edit.js
//                     stop {id}
//                     seen {runs}                                these are shown now: see serve/seen.py
import { on, send } from "./connection.js";
import { edits } from "./edit.js";
import { key, listingsOf, make, named, results, viewOf } from "./result.js";

/** What badges say of outputs that were recorded, or only come from a run in the background. */
const wasRecorded = (date, versions) => ({
  name: "recorded",
  origin: `${date && ` on ${date}`} with ${versions}`,
  before: "Show what was recorded",
});
const ranAgain = (versions) => ({
  name: "ran again",
  origin: ` with ${versions}, not recorded yet`,
  before: "Show what ran in the background",
});

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
  let known = "[]"; // the runs that the server knows to be shown

  const tell = (view, text) => (status.textContent = named(view, text));

  /** Says which runs are shown, for those who look on. */
  const tellSeen = () => {
    const shown = [...views.values()].filter((view) => view.run && (view.state || view.shown));
    const told = JSON.stringify(shown.map(({ run }) => run));
    if (told !== known && send({ type: "seen", runs: JSON.parse(told) }) !== false) known = told;
  };

  const { begin, end, fail, label, show, take } = results(deck, {
    offer: (place) => offers.get(key(place)) ?? { name: "recorded", origin: "", before: "" },
    changed: tellSeen,
    ended: (view) => {
      going.delete(view.id);
      view.id = null;
    },
    raised: (listing, line) => editor.raised(listing, line),
    tell,
  });

  const start = (view) => {
    view.id = view.run = `${++count}-${Math.random().toString(36).slice(2)}`;
    begin(view);
    going.set(view.id, view);
    const message = { type: "run", id: view.id, talk, ...view.place, code: editor.typed(view.listing) };
    if (send(message) === false) return fail(view, "there is no connection");
    label(view);
    tell(view, "running");
  };

  const stop = (view) => send({ type: "stop", id: view.id });

  /** Stops what runs, whatever still comes of it. */
  const halt = (view) => {
    if (!view.id) return;
    stop(view);
    end(view);
  };

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
    halt(view);
    show(view, false);
    view.live = null;
    view.why = "";
    label(view);
  };

  const editor = edits(deck, {
    run: (listings) => {
      for (const view of listings.map((listing) => views.get(listing)).filter(Boolean)) {
        halt(view);
        start(view);
      }
    },
    restored: (listing) => views.has(listing) && forget(views.get(listing)),
    say: (text) => (status.textContent = text),
  });

  const add = (listing, place) => {
    const button = make("button", { type: "button", className: "run tool" });
    const view = Object.assign(viewOf(listing, place, "button"), { button });
    const { badge } = view;
    badge.type = "button";
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
    halt(view);
    show(view, false);
    editor.remove(view.listing);
    view.button.remove();
    view.badge.remove();
    views.delete(view.listing);
    tellSeen();
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

  const ask = () => {
    if (send({ type: "runs", slides: seen().map(({ id }) => id) }) !== false) unanswered++;
  };

  on("runs", ({ slides, listings }) => {
    const before = new Map(offers);
    for (const [name, { slide }] of before) if (slides.includes(slide)) offers.delete(name);
    for (const { date, versions, memory, ...place } of listings) {
      offers.set(key(place), { slide: place.slide, ...(memory ? ranAgain(versions) : wasRecorded(date, versions)) });
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
    for (const view of views.values()) {
      const name = key(view.place);
      if (before.has(name) && before.get(name).origin !== offers.get(name).origin) label(view);
    }
    unanswered--;
    const slide = wanted;
    wanted = undefined;
    if (slide && slide === deck.getCurrentSlide()) toggle();
  });
  on("run", (message) => {
    if (going.has(message.run)) take(going.get(message.run), message);
  });
  on("ask", ask);
  on("connected", () => {
    known = "[]";
    ask();
    tellSeen();
  });
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
