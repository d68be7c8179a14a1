// The speaker's view is loaded when it is asked for: with the S key, by `?notes`, or by a speaker's window that was
// open before this page was loaded again.
const source = new URL("notes.js", document.currentScript.src).href;

const load = (deck) =>
  new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = source;
    script.onload = () => {
      const notes = window.RevealNotes();
      notes.init(deck);
      resolve(notes);
    };
    script.onerror = reject;
    document.head.append(script);
  });

export const Speaker = () => ({
  id: "speaker",
  init(deck) {
    if (/receiver/i.test(location.search)) return;
    let notes;
    const ready = () => (notes ??= load(deck));
    deck.addKeyBinding({ keyCode: 83, key: "S", description: "Speaker notes view" }, async () => (await ready()).open());
    if (/[?&]notes/i.test(location.search)) ready();
    addEventListener("message", ({ data }) => {
      if (typeof data === "string" && data.includes('"reveal-notes"') && data.includes('"heartbeat"')) ready();
    });
  },
});
