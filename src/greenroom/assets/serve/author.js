// What takes the author from a change to its slide, and from a slide to the editor.
import { on, send } from "./connection.js";

/** The fragment that brings a step of the slide's walks, or what there is before any. */
const fragmentOf = (slide, step) => {
  const marker = slide.querySelectorAll("pre > .step")[step - 2];
  return marker ? Number(marker.dataset.fragmentIndex) : -1;
};

/** Goes to the slide that shows what was saved: the one that is shown, if it does. A step of 0 is none in particular. */
const go = (deck, places) => {
  const here = places.find(([id]) => id === deck.getCurrentSlide()?.id);
  const [id, step] = here ?? places[0];
  const slide = document.getElementById(id);
  if (!slide?.closest(".slides") || (here && !step)) return;
  const { h, v } = deck.getIndices(slide);
  deck.slide(h, v, step ? fragmentOf(slide, step) : undefined);
};

/** The module's line that a line of a listing shows. */
const placeOf = (code, line) => {
  const listing = code.closest(".listing");
  const path = listing?.querySelector(".source")?.title;
  const number = Number(listing?.dataset.lines.split(" ")[[...code.querySelectorAll(".line")].indexOf(line)]);
  return path && number ? { path, line: number } : undefined;
};

const open = (code, line) => {
  const place = placeOf(code, line);
  if (place) send({ type: "open", ...place });
  return Boolean(place);
};

/** Says something for a moment. */
const say = (text) => {
  let note = document.querySelector(".greenroom-said");
  if (!note) {
    note = Object.assign(document.createElement("p"), { className: "greenroom-said", role: "status" });
    document.body.append(note);
  }
  note.textContent = text;
  clearTimeout(note.timer);
  note.timer = setTimeout(() => (note.textContent = ""), 8000);
};

export const author = (deck) => {
  on("go", ({ places }) => go(deck, places));
  on("open", ({ url, text }) => (url ? location.assign(url) : say(text)));

  // Before others see it: reveal.js would zoom, or the browser select.
  const press = (event) => {
    const line = event.altKey && event.button === 0 && event.target.closest?.(".listing > pre > code > .line");
    if (!line || (event.type === "click" ? !open(line.parentElement, line) : !placeOf(line.parentElement, line))) return;
    event.preventDefault();
    event.stopPropagation();
  };
  for (const type of ["mousedown", "click"]) addEventListener(type, press, { capture: true });

  addEventListener("keydown", (event) => {
    if (!event.altKey || event.key !== "Enter" || event.target.closest?.("input, textarea, [contenteditable]")) return;
    const codes = [...deck.getCurrentSlide().querySelectorAll(".listing > pre > code")];
    const code = codes.find((each) => each.checkVisibility());
    if (code && open(code, code.querySelector(".line:not(.dim)") ?? code.querySelector(".line"))) event.preventDefault();
  });
};
