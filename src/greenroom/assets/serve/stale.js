// Marks outputs that are of other code than stands beside them: the module runs again (`running`), or what came of that
// cannot be shown (`old`).
import "./stale.css";

let slides = {};
let marked = [];

/** The listings of each slide have their marks, and no others have any. */
export const mark = () => {
  const wanted = new Map();
  for (const [id, marks] of Object.entries(slides)) {
    const listings = document.getElementById(id)?.querySelectorAll(".listing");
    for (const [number, state] of listings ? marks : []) wanted.set(listings[number], state);
  }
  wanted.delete(undefined); // a listing that the page does not have yet
  for (const listing of marked) if (!wanted.has(listing)) delete listing.dataset.stale;
  for (const [listing, state] of wanted) listing.dataset.stale = state;
  marked = [...wanted.keys()];
};

export const stale = (message) => {
  slides = message.slides;
  mark();
};
