// Finds reveal.js its slides without a look at what is in them.
//
// At each change it asks some ten times which sections there are, in a deck of any length, and the browser looks at every
// element for that: half a million in thousands of slides. They stand on two levels, though, which are soon gone through.

const ASKED = /^\.slides ?>? ?section[^\s>+~,]*(>section[^\s>+~,]*)?$/;

const isSection = ({ localName }) => localName === "section";

export const Sections = () => ({
  id: "sections",
  init(deck) {
    const reveal = deck.getRevealElement();
    const slides = deck.getSlidesElement();
    reveal.querySelectorAll = (selector) => {
      const wrapped = deck.isPrintView() || deck.isScrollView(); // in pages, which are anywhere
      if (wrapped || !ASKED.test(selector)) return Element.prototype.querySelectorAll.call(reveal, selector);
      return [...slides.children]
        .filter(isSection)
        .flatMap((section) => [section, ...[...section.children].filter(isSection)])
        .filter((section) => section.matches(selector));
    };
  },
});
