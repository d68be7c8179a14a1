// What the speaker runs, for those who look on: followers, and the pictures of the deck in the speaker's window. They see
// what the room sees, and have nothing to press. What they are told says serve/seen.py.
import { on } from "./connection.js";
import { key, listingsOf, results, viewOf } from "./result.js";

export const look = (deck) => {
  const runs = new Map(); // what is seen, by the names of the runs

  const codeOf = (listing) => listing.querySelector(":scope > pre > code");

  /** Puts lines into a listing, and has the slide laid out for them. */
  const setCode = (listing, html, steps) => {
    const code = codeOf(listing);
    if (!code) return;
    code.innerHTML = html;
    if (steps !== undefined) code.dataset.lineNumbers = steps;
    deck.getPlugin("steps").show(listing);
    deck.getPlugin("fit").again([listing.closest("section")]);
  };

  const { begin, end, label, show, take } = results(deck, {
    changed: () => {},
    ended: () => {},
    raised: (listing, line) => codeOf(listing)?.querySelectorAll(".line")[line - 1]?.classList.add("raised"),
    tell: () => {},
  });

  /** Shows a run, if its listing is laid out. */
  const open = (run) => {
    const slide = document.getElementById(run.place.slide);
    const found = slide && listingsOf(slide).find(({ place }) => key(place) === key(run.place));
    if (!found?.listing.checkVisibility()) return;
    const { listing } = found;
    const code = codeOf(listing);
    if (code && run.code !== null) {
      run.original = { html: code.innerHTML, steps: code.dataset.lineNumbers };
      const count = run.code.split("\n").length;
      setCode(listing, run.code, run.original.steps?.replace(/[^|]+/g, `1-${count}`)); // all lines at each step
    }
    run.view = viewOf(listing, run.place, "span");
    begin(run.view, (performance.now() - run.began) / 1000);
    label(run.view);
    if (run.text) take(run.view, { event: "out", text: run.text, anew: true });
    if (run.last) take(run.view, run.last);
  };

  const close = (run) => {
    const { view, original } = run;
    run.view = run.original = undefined;
    if (!view) return;
    end(view);
    show(view, false);
    view.badge.remove();
    if (original && view.listing.isConnected) setCode(view.listing, original.html, original.steps);
  };

  const drop = (name) => {
    if (runs.has(name)) close(runs.get(name));
    runs.delete(name);
  };

  on("seen", ({ run: name, code, seconds, slide, fence, framework }) => {
    const place = { slide, fence, framework };
    for (const [other, run] of [...runs]) if (other === name || key(run.place) === key(place)) drop(other);
    const run = { place, code, began: performance.now() - seconds * 1000, text: "", last: null };
    runs.set(name, run);
    open(run);
  });
  on("ran", (message) => {
    const run = runs.get(message.run);
    if (!run) return;
    if (message.event === "out") run.text = message.anew ? message.text : run.text + message.text;
    else run.last = message;
    if (run.view) take(run.view, message);
  });
  on("gone", ({ runs: names }) => names.forEach(drop));
  on("disconnected", () => [...runs.keys()].forEach(drop)); // all are told anew

  /** What is laid out now, or is another element, is shown. */
  const update = () => {
    for (const run of runs.values()) {
      if (run.view && !run.view.listing.isConnected) close(run);
      if (!run.view) open(run);
    }
  };
  for (const change of ["slidechanged", "slidesync", "sync"]) deck.on(change, update);
  for (const change of ["fragmentshown", "fragmenthidden"]) {
    deck.on(change, () => runs.forEach(({ view }) => view && label(view)));
  }
};
