// Marks outputs that are of other code than the one beside them: its module runs again, or has failed to.
import "./stale.css";

const WORDS = { running: "running again …", failed: "of earlier code: it fails now" };

let slides = {};

/** The listings of each slide have their marks, and no others have any. */
export const mark = () => {
  const wanted = new Map();
  for (const [id, marks] of Object.entries(slides)) {
    const listings = document.getElementById(id)?.querySelectorAll(".listing");
    for (const [number, state] of listings ? marks : []) wanted.set(listings[number], WORDS[state]);
  }
  for (const listing of document.querySelectorAll(".listing[data-stale]")) {
    if (!wanted.has(listing)) delete listing.dataset.stale;
  }
  for (const [listing, words] of wanted) if (listing) listing.dataset.stale = words;
};

export const stale = (message) => {
  slides = message.slides;
  mark();
};
