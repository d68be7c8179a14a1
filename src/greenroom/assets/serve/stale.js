// Marks outputs that are of other code than stands beside them: the module runs again (`running`), or what came of that
// cannot be shown (`old`).
import "./stale.css";

let slides = {};

/** The listings of each slide have their marks, and no others have any. */
export const mark = () => {
  const wanted = new Map();
  for (const [id, marks] of Object.entries(slides)) {
    const listings = document.getElementById(id)?.querySelectorAll(".listing");
    for (const [number, state] of listings ? marks : []) wanted.set(listings[number], state);
  }
  for (const listing of document.querySelectorAll(".listing[data-stale]")) {
    if (!wanted.has(listing)) delete listing.dataset.stale;
  }
  for (const [listing, state] of wanted) if (listing) listing.dataset.stale = state;
};

export const stale = (message) => {
  slides = message.slides;
  mark();
};
