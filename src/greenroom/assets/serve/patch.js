// Puts what has changed into a running deck, which keeps its slide, step, overview and scroll positions.
//
// A slide that changes stays the element that it is, and gets other contents: reveal.js, its backgrounds and whoever
// watches the slide need not learn of another one. So a change of one slide costs the same in a deck of any length.
// Plugins then prepare the slide on `slidesync`, a new one as well.
//
//   slides {slides, names, order, files, version}
//     slides   the HTML of what has changed, by the slides' ids
//     order    the ids of all slides, a list for each stack; null if it is the same
//     names    the ids of slides that have another one now, with that
//     files    the paths of the files that have changed, relative to the deck
//     version  counts the changes

/** What reveal.js and our plugins note on a slide: all else on it is the author's. */
export const NOTED = {
  classes: /^(present|past|future|stack|has-(dark|light)-background|center|scrolls|morphing|dissolving)$/,
  attributes: /^(class|style|hidden|aria-hidden|inert|tabindex|data-(index-[hv]|previous-indexv|fragment|prevent-swipe))$/,
  styles: ["display", "top", "transform"],
};

const BACKGROUND = /^data-(background|preload)/;
const MANY = 200; // slides that are made anew faster by loading the page again

const fresh = new Map(); // the version of each file that has changed since the page was loaded

const parse = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
};

// --- files ---

const BACKED = "section:is([data-background], [data-background-image], [data-background-video])";
const NAMES = ["src", "data-src", "poster", "href", "data-background-image", "data-background-video", "data-background"];

/** Has the element load anew what it shows, if that has changed; says whether it has. */
const renew = (element) => {
  const changed = NAMES.filter((name) => fresh.has(element.getAttribute(name)?.split("?")[0]));
  for (const name of changed) {
    const [path] = element.getAttribute(name).split("?");
    element.setAttribute(name, `${path}?${fresh.get(path)}`);
  }
  return changed.length > 0;
};

const renewAll = (root) => {
  renew(root);
  for (const element of root.querySelectorAll("img, video, audio, source, iframe")) renew(element);
};

const SIZES = ["--slide-width", "--slide-height", "--slide-margin", "--slide-center"];

const sizes = () => SIZES.map((name) => getComputedStyle(document.documentElement).getPropertyValue(name)).join(" ");

/** A style sheet stays until the one in its place is there. */
const restyle = (deck, link) => {
  const before = sizes();
  const next = link.cloneNode();
  renew(next);
  next.onload = () => {
    link.remove();
    if (sizes() !== before) location.reload();
    else deck.getPlugin("fit").again(leaves(deck.getSlidesElement()));
  };
  link.after(next);
};

const PROGRAMS = /^assets\/(snippets\/|programs\.js$)/; // which no slide shows

/** Has the page load files anew whose content has changed. */
const refresh = (deck, files, version) => {
  if (!files.every((file) => PROGRAMS.test(file))) show(deck, files);
  deck.dispatchEvent({ type: "filesync", data: { files, version } });
};

const show = (deck, files) => {
  [...document.images, ...document.querySelectorAll("video, audio, source, iframe")].forEach(renew);
  for (const link of document.querySelectorAll("link[rel='stylesheet']")) {
    if (files.includes(link.getAttribute("href").split("?")[0])) restyle(deck, link);
  }
  for (const slide of deck.getSlidesElement().querySelectorAll(BACKED)) if (renew(slide)) deck.syncSlide(slide);
};

// --- slides ---

/** How far the slide's fragments are shown: all of them, where it is passed. */
const reached = (deck, slide) => {
  const fragments = [...slide.querySelectorAll(".fragment")];
  const shown = fragments.filter((fragment) => fragment.matches(".visible"));
  const isHere = slide === deck.getCurrentSlide();
  const past = slide.matches(slide.parentNode.matches("section") || !deck.getConfig().rtl ? ".past" : ".future");
  if (!isHere && (fragments.length ? shown.length === fragments.length : past)) return Infinity;
  return Math.max(-1, ...shown.map((fragment) => fragment.dataset.fragmentIndex));
};

/** Shows the slide's fragments as far as that, without a word to those who announce them. */
const reach = (deck, slide, index) => {
  deck.getPlugin("steps").order(slide);
  const fragments = deck.syncFragments(slide);
  const last = Math.min(index, Math.max(-1, ...fragments.map((fragment) => fragment.dataset.fragmentIndex)));
  for (const fragment of fragments) {
    fragment.classList.toggle("visible", fragment.dataset.fragmentIndex <= last);
    fragment.classList.toggle("current-fragment", index < Infinity && Number(fragment.dataset.fragmentIndex) === last);
  }
};

const boxes = (slide) => [slide, ...slide.querySelectorAll("pre > code")];

/** Scrolls the slide's boxes to where they were, after everybody else has seen how large they are now. */
const scroll = (slide, places) => {
  const moved = boxes(slide).filter((_, i) => places[i]?.some(Boolean));
  if (!moved.length) return;
  const back = new ResizeObserver(() => {
    back.disconnect();
    boxes(slide).forEach((box, i) => places[i] && ([box.scrollTop, box.scrollLeft] = places[i]));
  });
  moved.forEach((box) => back.observe(box));
};

const attributes = (element, pattern) =>
  element.getAttributeNames().filter((name) => pattern.test(name)).map((name) => `${name}=${element.getAttribute(name)}`).join("\n");

/** Gives the slide the contents and the attributes that it has now. */
const fill = (slide, html) => {
  const next = parse(html);
  renewAll(next);
  const background = attributes(slide, BACKGROUND);
  const classes = (section, noted) => [...section.classList].filter((name) => NOTED.classes.test(name) === noted);
  const own = classes(slide, false).join(" ");
  for (const name of slide.getAttributeNames()) {
    if (!next.hasAttribute(name) && !NOTED.attributes.test(name)) slide.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (!NOTED.attributes.test(name) && slide.getAttribute(name) !== value) slide.setAttribute(name, value);
  }
  const styles = NOTED.styles.map((name) => [name, slide.style[name]]);
  slide.style.cssText = next.style.cssText;
  for (const [name, value] of styles) slide.style[name] = value;
  slide.className = [...next.classList, ...classes(slide, true)].join(" ");
  slide.replaceChildren(...next.childNodes);
  return own !== classes(slide, false).join(" ") || background !== attributes(slide, BACKGROUND);
};

/** Makes a slide what it is now. */
const replace = (deck, slide, html) => {
  const index = reached(deck, slide);
  const places = boxes(slide).map(({ scrollTop, scrollLeft }) => [scrollTop, scrollLeft]);
  const otherBackground = fill(slide, html);
  reach(deck, slide, index);
  if (otherBackground) deck.syncSlide(slide);
  else {
    if (slide.style.display !== "none") deck.loadSlide(slide);
    deck.dispatchEvent({ type: "slidesync", data: { slide } });
  }
  if (slide !== deck.getCurrentSlide()) return;
  scroll(slide, places);
  deck.startEmbeddedContent();
};

// --- order ---

/** The slides that have each of the ids now, where there is one: the same, a renamed one, one that was in its place. */
const matched = (before, ids, names) => {
  const byId = new Map(before.map((slide) => [slide.id, slide]));
  const found = new Map();
  for (const [old, name] of Object.entries(names)) if (byId.has(old)) found.set(name, byId.get(old));
  const taken = new Set(found.values());
  for (const id of ids) {
    const slide = byId.get(id);
    if (slide && !found.has(id) && !taken.has(slide)) taken.add(found.set(id, slide).get(id));
  }
  ids.forEach((id, i) => {
    if (found.has(id)) return;
    const next = before[before.indexOf(found.get(ids[i - 1])) + 1];
    if (next && !taken.has(next)) taken.add(found.set(id, next).get(id));
  });
  return found;
};

/** Makes these an element's children of their kind, in this order, and moves only what has to be. */
const settle = (parent, children, selector) => {
  const wanted = new Set(children);
  for (const child of [...parent.children]) if (child.matches(selector) && !wanted.has(child)) child.remove();
  const next = (element) => {
    while (element && !element.matches(selector)) element = element.nextElementSibling;
    return element;
  };
  let at = next(parent.firstElementChild);
  for (const child of children) {
    if (child === at) at = next(at.nextElementSibling);
    else parent.insertBefore(child, at);
  }
};

/** The slide's background, which reveal.js fills. */
const backgroundOf = (section) => {
  if (!section.slideBackgroundElement) {
    const background = Object.assign(document.createElement("div"), { className: "slide-background" });
    const content = Object.assign(document.createElement("div"), { className: "slide-background-content" });
    background.append(content);
    Object.assign(section, { slideBackgroundElement: background, slideBackgroundContentElement: content });
  }
  return section.slideBackgroundElement;
};

/** Puts the slides, which are all there, into stacks. */
const stack = (deck, order) => {
  const used = new Set();
  const stacks = order.map((slides) => {
    if (slides.length === 1 && !slides.stacked) return slides[0];
    const free = slides.map((slide) => slide.parentElement).find((parent) => parent?.matches("section") && !used.has(parent));
    const section = free ?? Object.assign(document.createElement("section"), { className: "stack" });
    used.add(section);
    settle(section, slides, "section");
    settle(backgroundOf(section), slides.map(backgroundOf), ".slide-background");
    section.slideBackgroundElement.classList.add("stack");
    return section;
  });
  settle(deck.getSlidesElement(), stacks, "section");
  settle(deck.getBackgroundsElement(), stacks.map(backgroundOf), ".slide-background");
};

const leaves = (root) => [...root.querySelectorAll("section:not(:has(> section))")];

/** Where the deck goes when its slide is gone: to the next one that is still there, or else the one before. */
const nearest = (slide, before, left) => {
  const at = before.indexOf(slide);
  return before.slice(at).find((each) => left.has(each)) ?? before.slice(0, at).findLast((each) => left.has(each)) ?? null;
};

const isHidden = (slide) => slide.dataset.visibility === "hidden";

/** Adds, removes, renames and moves slides. */
const arrange = (deck, { order, slides, names }) => {
  const root = deck.getSlidesElement();
  const here = deck.getCurrentSlide();
  const before = leaves(root);
  const found = matched(before, order.flat(), names ?? {});
  const added = [];
  const sections = order
    .map((ids) => {
      const own = ids.map((id) => {
        if (found.has(id)) return found.get(id);
        const slide = slides[id] && parse(slides[id]);
        if (!slide || isHidden(slide)) return null; // reveal.js takes hidden slides out
        renewAll(slide);
        if (ids.length > 1) slide.className += " future";
        added.push(slide);
        return slide;
      });
      return Object.assign(own.filter(Boolean), { stacked: ids.length > 1 });
    })
    .filter((own) => own.length);
  const left = new Set(sections.flat());
  for (const [id, slide] of found) {
    if (slide.id !== id) slide.id = id;
  }
  const shape = (stacks) => stacks.map((own) => own.map(({ id }) => id).join(" ")).join("\n");
  const stacks = [...root.children].filter((child) => child.matches("section"));
  const same = shape(stacks.map((each) => (each.matches(":has(> section)") ? leaves(each) : [each]))) === shape(sections);
  if (same && !added.length) return address(deck);

  const overview = deck.isOverview();
  if (overview) deck.toggleOverview(false);
  stack(deck, sections);
  const there = left.has(here) ? here : nearest(here, before, left) ?? added[0];
  const { h, v } = deck.getIndices(there);
  const f = there === here ? deck.getIndices().f : -1;
  deck.slide(h, v, f);
  for (const slide of added) {
    reach(deck, slide, reached(deck, slide));
    deck.syncSlide(slide);
  }
  if (overview) deck.toggleOverview(true);
};

/** Says in the address where the deck is, when only the slide's id is another one. */
const address = (deck) => {
  const { hash, respondToHashChanges, history: pushed } = deck.getConfig();
  if (!(hash || pushed) || !respondToHashChanges) return;
  history.replaceState(history.state, "", `#${deck.getSlidePath()}`);
};

// --- all of it ---

export const patch = (deck, message) => {
  const { slides, order, files, version } = message;
  const changed = Object.entries(slides);
  const outside = deck.isScrollView() || deck.isPrintView(); // where slides are wrapped in pages
  if (changed.length > MANY || (order && outside)) return location.reload();
  for (const file of files) fresh.set(file, version);
  const known = order ? new Set(leaves(deck.getSlidesElement())) : null;
  if (order) arrange(deck, message);
  let all = true;
  for (const [id, html] of changed) {
    const slide = document.getElementById(id);
    if (!slide?.closest(".slides")) all &&= Boolean(order) || isHidden(parse(html));
    else if (known && !known.has(slide)) continue; // it came with the new order
    else if (isHidden(parse(html))) all = false;
    else replace(deck, slide, html);
  }
  if (!all) return location.reload();
  if (changed.some(([id]) => id === deck.getCurrentSlide().id)) deck.navigateFragment(deck.getIndices().f ?? -1);
  if (files.length) refresh(deck, files, version);
};
