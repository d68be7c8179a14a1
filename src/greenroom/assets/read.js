// A quiet link from the slide to its page in the docs, beside the slide number: the slide itself keeps its room.
export const Read = () => ({
  id: "read",
  init(deck) {
    const link = Object.assign(document.createElement("a"), { className: "read-here", textContent: "Read this" });
    deck.getRevealElement().append(link);
    const update = () => {
      const own = deck.getCurrentSlide().querySelector("a.read");
      link.hidden = !own;
      if (own) link.href = own.href;
    };
    deck.on("ready", update);
    deck.on("slidechanged", update);
    deck.on("slidesync", update);
  },
});
