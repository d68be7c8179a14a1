// reveal.js makes the deck an `application`, in which screen readers stop reading: it is a document.
export const Access = () => ({
  id: "access",
  init(deck) {
    deck.on("ready", () => deck.getRevealElement().removeAttribute("role"));
  },
});
