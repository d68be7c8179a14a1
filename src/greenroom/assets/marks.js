// The laser pointer (I) and the pen (D). What they do is in drawing.js, which is loaded when something is pointed at or
// drawn, here or where the speaker is: most decks are read without.
import { beside } from "./beside.js";

const PLACE = beside("marks.js");

export const Marks = () => {
  let deck;
  let loading;
  const listeners = new Set();
  const tell = (change, from) => listeners.forEach((listen) => listen !== from && listen(change));

  const load = () =>
    (loading ??= new Promise((resolve, reject) => {
      const script = Object.assign(document.createElement("script"), { src: PLACE, onerror: reject });
      script.onload = () => resolve(window.greenroomMarks(deck, tell));
      document.head.append(script);
    }));

  const use = async (tool, event) => event?.repeat || (await load()).use(tool);

  return {
    id: "marks",
    /** Has somebody told of each change that is made here: see drawing.js. */
    listen: (listen) => listeners.add(listen),
    /** Shows a change that was made elsewhere, and tells all but the one from whom it comes, if it is to go on. */
    async take(change, from) {
      if (loading || change.tool || !change.all || Object.keys(change.all).length) (await load()).take(change);
      if (from) tell(change, from);
    },
    /** All that there is, as a change. */
    all: async () => (loading ? (await loading).all() : {}),
    init(reveal) {
      deck = reveal;
      const isCopy = deck.isSpeakerNotes();
      if (deck.getConfig().view === "print") return;
      if (!isCopy) {
        deck.addKeyBinding({ keyCode: 68, key: "D", description: "Draw on the slide" }, (event) => use("pen", event));
        deck.addKeyBinding({ keyCode: 73, key: "I", description: "Laser pointer" }, (event) => use("laser", event));
      }
      try {
        if (!isCopy && sessionStorage[`greenroom.marks ${location.pathname}`]) deck.on("ready", load);
      } catch {
        // A browser that keeps nothing has no drawings.
      }
    },
  };
};
