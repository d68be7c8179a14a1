// Puts what has changed into a running deck, which keeps its slide, step and scroll positions.

const STATE = ["present", "past", "future", "stack"];

const parse = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
};

/** Where the slide's boxes are scrolled to, and where they shall be again. */
const scrolled = (slide) => [...slide.querySelectorAll("pre > code")].map(({ scrollTop, scrollLeft }) => [scrollTop, scrollLeft]);

const scroll = (slide, places) =>
  slide.querySelectorAll("pre > code").forEach((code, i) => places[i] && ([code.scrollTop, code.scrollLeft] = places[i]));

/** Puts a new slide in the place of an old one, with what reveal.js has noted on it. */
const replace = (old, html) => {
  const slide = parse(html);
  for (const name of STATE) slide.classList.toggle(name, old.classList.contains(name));
  for (const name of ["hidden", "aria-hidden", "inert", "data-index-h", "data-index-v"]) {
    if (old.hasAttribute(name)) slide.setAttribute(name, old.getAttribute(name));
  }
  for (const name of ["display", "top"]) slide.style[name] = old.style[name];
  old.replaceWith(slide);
  return slide;
};

/** Puts the slides into another order: new ones come in, those that are gone go, the others stay what they are. */
const arrange = (root, order, slides) => {
  const known = new Map([...root.querySelectorAll("section[id]")].map((slide) => [slide.id, slide]));
  const stacks = order.map((ids) => {
    const sections = ids.map((id) => known.get(id) ?? parse(slides[id]));
    if (sections.length === 1) return sections[0];
    const stack = sections.map((slide) => slide.parentElement).find((parent) => parent && parent !== root && !parent.used);
    const section = stack ?? document.createElement("section");
    section.used = true;
    section.replaceChildren(...sections);
    return section;
  });
  for (const stack of stacks) delete stack.used;
  root.replaceChildren(...stacks);
};

/** Has the page load files anew whose content has changed. */
const refresh = (files, version) => {
  for (const element of document.querySelectorAll("[src], link[href]")) {
    const name = element.hasAttribute("src") ? "src" : "href";
    const [path] = element.getAttribute(name).split("?");
    if (files.includes(path)) element.setAttribute(name, `${path}?${version}`);
  }
};

export const patch = (deck, { slides, order, files, version }) => {
  const root = deck.getSlidesElement();
  const here = deck.getCurrentSlide();
  const { h, v, f } = deck.getIndices();
  const places = scrolled(here);
  const changed = Object.keys(slides)
    .map((id) => [document.getElementById(id), slides[id]])
    .filter(([old]) => old?.closest(".slides") === root)
    .map(([old, html]) => replace(old, html));
  if (order) {
    arrange(root, order, slides);
    deck.sync();
    const again = document.getElementById(here.id);
    const at = again?.closest(".slides") === root ? deck.getIndices(again) : { h: Math.min(h, order.length - 1), v };
    deck.slide(at.h, at.v, f);
  }
  for (const slide of changed) deck.syncSlide(slide);
  if (changed.some((slide) => slide.id === here.id)) {
    deck.slide(h, v, f);
    requestAnimationFrame(() => scroll(deck.getCurrentSlide(), places));
  }
  if (files.length) refresh(files, version);
};
