// Finds reveal.js its slides without a look at what is in them.
//
// At each change it asks some ten times which sections there are, in a deck of any length, and the browser looks at every
// element for that: half a million in thousands of slides. They stand on two levels, though, which are soon gone through.

const ASKED = /^\.slides(?: |( ?> ?))section([^\s>+~,]*)(?:>section([^\s>+~,]*))?$/;
const STRETCHED = "section > .stretch, section > .r-stretch";

const query = (element, selector) => Element.prototype.querySelectorAll.call(element, selector);

const sectionsOf = (element) => [...element.children].filter(({ localName }) => localName === "section");

const chosen = (sections, rest) => (rest ? sections.filter((section) => section.matches(`section${rest}`)) : sections);

export const Sections = () => ({
  id: "sections",
  init(deck) {
    const reveal = deck.getRevealElement();
    const slides = deck.getSlidesElement();
    const isWrapped = () => deck.isPrintView() || deck.isScrollView(); // in pages, which are anywhere
    const all = () => sectionsOf(slides).flatMap((section) => [section, ...sectionsOf(section)]);
    reveal.querySelectorAll = (selector) => {
      const asked = ASKED.exec(selector);
      if (!asked || isWrapped()) return query(reveal, selector);
      const [, child, own, below] = asked;
      if (below !== undefined) return chosen(chosen(sectionsOf(slides), own).flatMap(sectionsOf), below);
      return chosen(child ? sectionsOf(slides) : all(), own);
    };
    // What fills the rest of its slide is measured each time that the slide comes to be shown, and only then can be.
    slides.querySelectorAll = (selector) => {
      if (selector !== STRETCHED || isWrapped()) return query(slides, selector);
      return all()
        .filter(({ style }) => style.display !== "none")
        .flatMap((section) => [...section.children].filter((element) => element.matches(".stretch, .r-stretch")));
    };
  },
});
