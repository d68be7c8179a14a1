// Finds reveal.js its slides without a look at what is in them.
//
// At each change it asks some ten times which sections there are, in a deck of any length, and the browser looks at every
// element for that: half a million in thousands of slides. They stand on two levels, though, which are soon gone through.

const ASKED = /^\.slides(?: |( ?> ?))section([^\s>+~,]*)(?:>section([^\s>+~,]*))?$/;
const COUNTED = '.slides section:not(.stack):not([data-visibility="uncounted"])';
const STRETCHED = "section > .stretch, section > .r-stretch";

const query = (element, selector) => Element.prototype.querySelectorAll.call(element, selector);

const sectionsOf = (element) => [...element.children].filter(({ localName }) => localName === "section");

const isCounted = (section) => section.getAttribute("data-visibility") !== "uncounted";

const chosen = (sections, rest) => (rest ? sections.filter((section) => section.matches(`section${rest}`)) : sections);

export const Sections = () => ({
  id: "sections",
  init(deck) {
    const reveal = deck.getRevealElement();
    const slides = deck.getSlidesElement();
    const isWrapped = () => deck.isPrintView() || deck.isScrollView(); // in pages, which are anywhere

    let stacks; // each section of the first level with those in it, until one comes or goes
    let all;
    let counted; // for each of the first level: itself, if it counts, and those in it that do
    const isOfSections = ({ type, target }) =>
      type === "attributes" || target === slides || (target.parentNode === slides && target.localName === "section");
    const forget = (records) => {
      if (records.some(isOfSections)) stacks = all = counted = null;
    };
    const changes = new MutationObserver(forget);
    changes.observe(slides, { childList: true, subtree: true, attributeFilter: ["data-visibility"] });
    const look = () => {
      forget(changes.takeRecords());
      stacks ??= new Map(sectionsOf(slides).map((section) => [section, sectionsOf(section)]));
      all ??= [...stacks].flatMap(([section, within]) => [section, ...within]);
      counted ??= [...stacks].map(([section, within]) => [section, [section].filter(isCounted), within.filter(isCounted)]);
    };
    const isStack = (section) => section.classList.contains("stack");

    reveal.querySelectorAll = (selector) => {
      const asked = ASKED.exec(selector);
      if (!asked || isWrapped()) return query(reveal, selector);
      const [, child, own, below] = asked;
      look();
      if (selector === COUNTED) {
        return counted.flatMap(([section, own, within]) => (isStack(section) ? within : [...own, ...within]));
      }
      const found = chosen(child || below !== undefined ? [...stacks.keys()] : all, own);
      if (below !== undefined) return chosen(found.flatMap((section) => stacks.get(section)), below);
      return [...found];
    };
    // What fills the rest of its slide is measured each time that the slide comes to be shown, and only then can be.
    slides.querySelectorAll = (selector) => {
      if (selector !== STRETCHED || isWrapped()) return query(slides, selector);
      look();
      return all
        .filter(({ style }) => style.display !== "none")
        .flatMap((section) => [...section.children].filter((element) => element.matches(".stretch, .r-stretch")));
    };
  },
});
