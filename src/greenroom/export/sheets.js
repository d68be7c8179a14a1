// Turns a deck that reveal.js laid out for print into sheets: each as large as the paper, with the slide at one of its
// steps as a screen of the size shows it, and, if they are wanted, with what the speaker says below. It comes before the
// deck's own scripts (sheets.py).
//
//   greenroomSheets.ready            whether reveal.js is done
//   greenroomSheets.media()          puts still pictures where something would play
//   greenroomSheets.lay(options)     makes the sheets: [{id, step, steps, walk, begins, part}], in their order
//   greenroomSheets.only(number)     shows one of them and no other, from 0
//
// `step` and `steps` count what is shown one after the other on the slide, `walk` the steps of its listings, of which one
// `begins` here, and `part` the sheets that its notes take.
{
  const PASSING = ".fragment:is(.current-visible, .fade-in-then-out, .fade-in-then-semi-out)";
  const ADVANCE = 0.6; // of a character of the code font, in em
  const PLAIN = 14; // px of code that is not too small
  const PATIENCE = 5000; // ms that a film may take until its first picture is there
  const root = document.documentElement;
  root.classList.add("sheets");
  if ("whole" in document.currentScript.dataset) root.classList.add("whole");

  // Everything is to be there when the deck is laid out, not when its slide is near.
  for (const element of document.querySelectorAll("[data-src]")) {
    if (element.closest("aside.notes")) continue;
    element.setAttribute("src", element.dataset.src);
    element.removeAttribute("data-src");
    if (element.matches("source")) element.parentElement.load?.();
  }
  for (const element of document.querySelectorAll("[loading]")) element.removeAttribute("loading");
  for (const film of document.querySelectorAll("video")) film.preload = "auto";

  // Links may name slides by their places.
  const visible = (root) => [...root.children].filter((each) => each.matches("section:not([data-visibility='hidden'])"));
  const places = visible(document.querySelector(".slides")).map((stack) => {
    const own = visible(stack);
    return (own.length ? own : [stack]).map(({ id }) => id);
  });

  const isSaid = (caption) => caption.textContent.trim() !== "";

  // What is said of a listing is numbered by steps; panes share it out, so that none is much higher.
  if (root.matches(".whole")) {
    for (const walk of document.querySelectorAll(".panes, .listing:not(.panes > *)")) {
      const lists = [...walk.querySelectorAll(".captions")];
      const steps = [...(lists[0]?.children ?? [])].flatMap((caption, i) => (isSaid(caption) ? [i] : []));
      const share = Math.ceil(steps.length / lists.length);
      lists.forEach((list, k) => {
        const own = steps.slice(k * share, (k + 1) * share);
        [...list.children].forEach((caption, i) => {
          caption.dataset.number = i + 1;
          caption.hidden = !own.includes(i);
        });
        list.classList.toggle("many", own.length > 2);
      });
    }
  }

  addEventListener("pdf-ready", () => (window.greenroomSheets.ready = true));

  const pages = () => [...document.querySelectorAll(".pdf-page")];

  const element = (tag, className, ...children) => {
    const made = Object.assign(document.createElement(tag), { className });
    made.append(...children);
    return made;
  };

  // --- what plays ----------------------------------------------------------------------------------------------------

  /** The first picture of a film, or null if there is none. */
  const still = async (film) => {
    const poster = film.getAttribute("poster");
    if (poster) {
      const picture = Object.assign(new Image(), { src: poster });
      return picture.decode().then(() => picture, () => null);
    }
    const late = new Promise((done) => setTimeout(done, PATIENCE));
    const there = new Promise((done) => {
      if (film.readyState >= 2) done();
      else film.addEventListener("loadeddata", done, { once: true });
    });
    await Promise.race([there, late]);
    if (film.readyState < 2 || !film.videoWidth) return null;
    const canvas = Object.assign(element("canvas"), { width: film.videoWidth, height: film.videoHeight });
    canvas.getContext("2d").drawImage(film, 0, 0);
    return canvas;
  };

  const nameOf = (address) => decodeURIComponent(address.split(/[?#]/)[0].split("/").at(-1));

  const addressOf = (film) => film.getAttribute("src") ?? film.querySelector("source")?.getAttribute("src") ?? "";

  /** What stands on paper for something that is not there. */
  const card = (kind, address, title) => {
    const shown = element("div", "elsewhere", element("strong", "", kind));
    const name = title || (/^https?:/.test(address) ? address : nameOf(address));
    if (/^https?:/.test(address)) shown.append(Object.assign(element("a", "", name), { href: address }));
    else if (name) shown.append(element("span", "", name));
    return shown;
  };

  /** Puts something in the place that another has on the slide. */
  const replace = (element, other) => {
    const { display, margin } = getComputedStyle(element);
    const { offsetWidth, offsetHeight } = element;
    other.style.cssText = element.style.cssText;
    if (element.closest(".slide-background")) other.classList.add("behind");
    else Object.assign(other.style, { margin, width: `${offsetWidth}px`, height: `${offsetHeight}px` });
    if (display === "block" && !other.matches(".elsewhere, .behind")) other.style.display = display;
    element.replaceWith(other);
  };

  const media = async () => {
    const stills = new Map();
    for (const film of document.querySelectorAll(".pdf-page video")) {
      const key = `${film.getAttribute("poster")} ${addressOf(film)}`;
      if (!stills.has(key)) stills.set(key, await still(film));
      const picture = stills.get(key);
      const label = film.ariaLabel || film.title || nameOf(addressOf(film));
      const shown = picture ? element("span", "film") : card("Video", addressOf(film), label);
      if (picture) {
        const copy = picture.cloneNode();
        if (copy.matches("canvas")) copy.getContext("2d").drawImage(picture, 0, 0);
        shown.role = "img";
        shown.ariaLabel = `Video: ${label}`;
        shown.append(copy);
      }
      replace(film, shown);
    }
    for (const sound of document.querySelectorAll(".pdf-page audio")) {
      if (sound.controls) sound.replaceWith(card("Audio", addressOf(sound), sound.ariaLabel || sound.title));
      else sound.remove();
    }
    for (const frame of document.querySelectorAll(".pdf-page iframe")) {
      if (!/^https?:/.test(frame.getAttribute("src") ?? "")) continue;
      const shown = card("Page", frame.getAttribute("src"), frame.title);
      replace(frame, shown);
    }
  };

  // --- the slide -----------------------------------------------------------------------------------------------------

  /** Shows all of what has to be scrolled on a screen. */
  const unroll = (slide) => {
    for (const box of slide.querySelectorAll("*")) {
      const high = box.scrollHeight > box.clientHeight + 1 && box.clientHeight > 0;
      const wide = box.scrollWidth > box.clientWidth + 1 && box.clientWidth > 0;
      if (!high && !wide) continue;
      const { overflowX, overflowY } = getComputedStyle(box);
      const isCode = box.matches("pre, pre > code");
      if (wide && isCode && overflowX !== "visible") box.classList.add("wrapped");
      if (isCode ? overflowY !== "visible" : /auto|scroll/.test(overflowY)) {
        Object.assign(box.style, { height: "auto", maxHeight: "none", overflow: "visible" });
        if (box.matches(".r-stretch, .stretch, pre:has(> .r-stretch)")) box.style.minHeight = "0";
      }
    }
  };

  /** Sets a listing that would be too small in columns. */
  const fold = (code, slide, height) => {
    const { fontSize, paddingInlineStart, lineHeight } = getComputedStyle(code);
    const now = parseFloat(fontSize);
    if (now >= PLAIN && slide.scrollHeight <= height + 2) return;
    const lines = code.textContent.replace(/\n$/, "").split("\n");
    const width = code.clientWidth - 2 * parseFloat(paddingInlineStart);
    const room = height - (slide.scrollHeight - lines.length * parseFloat(lineHeight));
    for (let size = 20; size > now; size--) {
      const column = (Math.max(...lines.map((line) => line.length)) + 3) * ADVANCE * size;
      const columns = Math.floor((width + 2 * size) / (column + 2 * size));
      if (columns < 2 || Math.ceil(lines.length / columns) * size * 1.36 > room) continue;
      code.style.setProperty("--size", `${size}px`);
      Object.assign(code.style, { columns, columnGap: `${2 * size}px` });
      return;
    }
  };

  /** Puts the slide where a screen of this size has it; smaller, if it is larger than its room. */
  const place = (page, { width, height }) => {
    const slide = page.querySelector(":scope > section");
    const { center, minScale, maxScale } = Reveal.getConfig();
    const size = Reveal.getComputedSlideSize(width, height);
    const wanted = Math.min(size.presentationWidth / size.width, size.presentationHeight / size.height);
    const scale = Math.min(Math.max(wanted, minScale), maxScale);
    Object.assign(page.style, { width: `${width / scale}px`, height: `${height / scale}px` });
    if (Math.abs(scale - 1) > 1e-3) page.style.transform = `scale(${scale})`;
    unroll(slide);
    for (const code of slide.querySelectorAll("pre > code:not(.panes *)")) fold(code, slide, size.height);
    // What reaches out a little into the margin is meant to; a row of pixels more is what rounding adds.
    const wide = size.width + (width / scale - size.width) / 2;
    const over = Math.max(slide.scrollWidth / wide, (slide.scrollHeight - 2) / size.height);
    const smaller = over > 1 ? 1 / over : 1;
    const needed = Math.max(size.width, slide.scrollWidth * smaller);
    const left = (width / scale - size.width) / 2;
    const free = (size.height - slide.scrollHeight * smaller) / 2;
    const top = (height / scale - size.height) / 2 + (center || slide.matches(".center") ? Math.max(free, 0) : 0);
    Object.assign(slide.style, { left: `${left}px`, top: `${top}px` });
    if (smaller === 1) return;
    const reduced = element("div", "reduced");
    slide.replaceWith(reduced);
    reduced.append(slide);
    Object.assign(reduced.style, { left: `${left - (needed - size.width) / 2}px`, top: `${top}px` });
    Object.assign(reduced.style, { width: `${size.width}px`, transform: `scale(${smaller})` });
    Object.assign(slide.style, { left: "0", top: "0" });
  };

  /** Puts the numbers of steps beside the lines where they begin. */
  const mark = (code) => {
    const captions = code.closest(".listing").querySelector(".captions");
    const lines = code.querySelectorAll(".line");
    const numbers = new Map();
    code.dataset.lineNumbers?.split("|").forEach((step, i) => {
      const first = Number(step.match(/\d+/)?.[0] ?? 0);
      if (first && isSaid(captions.children[i])) numbers.set(first, [...(numbers.get(first) ?? []), i + 1]);
    });
    for (const [first, own] of numbers) {
      const line = lines[first - 1];
      if (!line) continue;
      const sign = element("span", "sign", own.join(" "));
      sign.ariaHidden = true;
      sign.style.left = `${code.offsetLeft + line.offsetLeft - parseFloat(getComputedStyle(code).paddingInlineStart)}px`;
      Object.assign(sign.style, { top: `${code.offsetTop + line.offsetTop}px`, lineHeight: `${line.offsetHeight}px` });
      if (own.length > 1) sign.classList.add("two");
      code.parentElement.append(sign);
    }
  };

  /** What is said of all steps stands below the listing, and the listing is as it is, with the numbers of the steps. */
  const plain = (slide) => {
    for (const code of slide.querySelectorAll("code.stepping")) code.classList.remove("stepping");
    for (const code of slide.querySelectorAll(".listing > pre:has(+ .captions) > code")) mark(code);
    for (const line of slide.querySelectorAll(".line.dim")) line.classList.remove("dim");
    // What comes and goes is there, but where several take turns in one place, the last of them.
    for (const part of slide.querySelectorAll(PASSING)) {
      const stack = part.closest(".r-stack");
      part.classList.toggle("current-fragment", !stack || part === [...stack.querySelectorAll(PASSING)].at(-1));
    }
    for (const part of slide.querySelectorAll(".fragment.semi-fade-out")) part.classList.remove("visible");
  };

  // --- links ---------------------------------------------------------------------------------------------------------

  /** Links lead to sheets, or to where the site is published; what leads to a file of the deck is text. */
  const link = (sheets, base) => {
    const first = new Map();
    const target = (hash) => {
      const [name, ...rest] = decodeURIComponent(hash.slice(2)).split("/");
      const byName = document.getElementById(name)?.closest(".sheet section")?.id;
      const id = byName ?? places[name]?.[rest[0] ?? 0];
      const step = Number((byName ? rest[0] : rest[1]) ?? -1) + 1;
      return first.get(`${id} ${step}`) ?? first.get(`${id} 0`);
    };
    for (const sheet of sheets) {
      const { id, step, part } = sheet.facts;
      if (part === 1 && !first.has(`${id} ${step - 1}`)) first.set(`${id} ${step - 1}`, sheet.id);
    }
    for (const anchor of document.querySelectorAll(".sheet a[href]")) {
      const href = anchor.getAttribute("href");
      if (/^#\/./.test(href)) {
        const sheet = target(href);
        if (sheet) anchor.setAttribute("href", `#${sheet}`);
        else anchor.removeAttribute("href");
      } else if (/^#\/?$/.test(href)) {
        anchor.setAttribute("href", `#${sheets[0].id}`);
      } else if (href.startsWith("#")) {
        const sheet = document.getElementById(href.slice(1))?.closest(".sheet");
        if (sheet) anchor.setAttribute("href", `#${sheet.id}`);
        else anchor.removeAttribute("href");
      } else if (!/^[a-z][a-z\d+.-]*:/i.test(href)) {
        if (base) anchor.setAttribute("href", new URL(href, base).href);
        else anchor.removeAttribute("href");
      }
    }
  };

  // --- notes ---------------------------------------------------------------------------------------------------------

  /** Moves nodes into the box until it is full; says whether something is left. */
  const fill = (box, source) => {
    while (source.firstChild) {
      const node = source.firstChild;
      box.append(node);
      if (box.scrollHeight <= box.clientHeight) continue;
      const rest = split(box, node);
      if (rest) source.prepend(rest);
      return source.childNodes.length > 0;
    }
    return false;
  };

  const isFull = (box) => box.scrollHeight > box.clientHeight;

  /** Takes from the last node of the box what is too much of it. */
  const split = (box, node) => {
    const alone = () => {
      for (let each = node; each !== box; each = each.parentElement) if (each.previousSibling) return false;
      return true;
    };
    if (!(node instanceof Element) || node.matches("img, svg, math, table, figure, h1, h2, h3, h4, h5, h6")) {
      if (alone()) return null; // larger than a sheet
      node.remove();
      return node;
    }
    const rest = node.cloneNode(false);
    if (node.querySelector("p, li, div, pre, table, blockquote, h1, h2, h3, h4, h5, h6")) {
      while (node.lastChild && isFull(box)) rest.prepend(node.lastChild);
      const first = rest.firstChild;
      if (first instanceof Element) {
        node.append(first);
        const more = split(box, first);
        if (more) rest.prepend(more);
        // What goes on has no sign of its own once more.
        if (more && node.contains(first)) more.style.listStyle = "none";
        if (node.matches("ol")) rest.start = node.start + node.children.length - Boolean(more && node.contains(first));
      }
    } else {
      const places = [];
      const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const text = walker.currentNode;
        for (const { index } of text.data.matchAll(/(?<=\s)\S/g)) places.push([text, index]);
      }
      const range = document.createRange();
      range.setStart(node, 0);
      const fits = ([text, index]) => {
        range.setEnd(text, index);
        const { bottom } = range.getBoundingClientRect();
        return bottom <= box.getBoundingClientRect().bottom;
      };
      let [low, high] = [-1, places.length];
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (fits(places[middle])) low = middle;
        else high = middle;
      }
      if (low >= 0) {
        range.setStart(...places[low]);
        range.setEnd(node, node.childNodes.length);
        rest.append(range.extractContents());
      } else if (!alone()) {
        rest.append(...node.childNodes);
      }
    }
    if (!node.childNodes.length && !alone()) node.remove();
    return rest.childNodes.length ? rest : null;
  };

  /** Which step of its listings the page shows. */
  const walked = (page) => page.querySelectorAll("pre > .step.visible").length + 1;

  /** What is said on this page of the slide. */
  const said = (page, before, { steps }) => {
    const all = element("div", "said");
    const notes = page.querySelector("aside.notes");
    if (!notes) return all;
    const captions = page.querySelector(".captions");
    for (const node of notes.cloneNode(true).childNodes) {
      const step = Number(node.dataset?.step ?? 0);
      if (steps && (step ? step !== walked(page) || (before && walked(before) === step) : before)) continue;
      if (!step) {
        all.append(node.cloneNode(true));
        continue;
      }
      const caption = captions?.children[step - 1]?.textContent ?? "";
      const head = element("p", "of", element("strong", "", `Step ${step}`));
      if (caption) head.append(` ${caption}`);
      all.append(head, ...node.cloneNode(true).childNodes);
    }
    for (const each of all.querySelectorAll(".fragment")) each.classList.remove("fragment");
    for (const each of all.querySelectorAll("[id]")) each.removeAttribute("id");
    return all;
  };

  /** Puts notes on the sheet, in smaller letters rather than on a second one. */
  const speak = (sheet, notes, head) => {
    const box = sheet.querySelector(":scope > .said");
    for (const size of ["", "smaller", "small"]) {
      sheet.classList.remove("smaller", "small");
      if (size) sheet.classList.add(size);
      box.replaceChildren(...notes.cloneNode(true).childNodes);
      if (!isFull(box)) return;
    }
    sheet.classList.remove("smaller", "small");
    box.replaceChildren();
    let last = sheet;
    while (fill(last.querySelector(":scope > .said"), notes)) {
      const next = element("div", "sheet more", head(), element("div", "said"));
      next.facts = { ...last.facts, part: last.facts.part + 1 };
      last.after(next);
      last = next;
    }
  };

  // --- sheets --------------------------------------------------------------------------------------------------------

  const lay = async (options) => {
    const { width, height, scheme, notes, base, title } = options;
    const style = element("style", "");
    style.textContent = notes
      ? "@page { size: 210mm 297mm; margin: 0 }"
      : `@page { size: ${width}px ${height}px; margin: 0 }`;
    document.head.append(style);
    Object.assign(document.body.style, { width: "auto", height: "auto", background: "none" });
    root.style.background = "#fff"; // of the paper, which may be larger by a part of a pixel
    // Browsers print in light colours, whatever is preferred, where both are offered.
    if (/light.*dark|dark.*light/.test(getComputedStyle(root).colorScheme)) root.style.colorScheme = scheme;
    const { colorScheme } = getComputedStyle(root);
    root.style.setProperty("--scheme", colorScheme);
    root.classList.toggle("dark", colorScheme === "dark");
    root.style.setProperty("--sheet-width", notes ? "210mm" : `${width}px`);
    root.style.setProperty("--sheet-height", notes ? "calc(297mm - 1px)" : `${height}px`);
    root.style.setProperty("--shown-width", width);
    root.style.setProperty("--shown-height", height);

    const groups = new Map();
    for (const page of pages()) {
      const { id } = page.querySelector(":scope > section");
      groups.set(id, [...(groups.get(id) ?? []), page]);
    }
    const all = document.querySelector(".slides");
    const first = [];
    for (const [id, group] of groups) {
      const number = [...groups.keys()].indexOf(id) + 1;
      group.forEach((page, i) => {
        const walk = walked(page);
        const begins = i === 0 || walk !== walked(group[i - 1]);
        const facts = { id, step: i + 1, steps: group.length, walk, begins, part: 1 };
        const sheet = element("div", "sheet", element("div", "shown", page));
        const place = `${number} / ${groups.size}${group.length > 1 ? ` · ${i + 1} of ${group.length}` : ""}`;
        const head = () => element("p", "head", element("span", "", title), element("span", "", place));
        if (notes) {
          sheet.prepend(head());
          sheet.append(element("div", "said"));
        }
        // Only one of the elements with an id can be led to.
        if (i > 0) page.querySelectorAll("[id]").forEach((each) => each.removeAttribute("id"));
        first.push({ sheet, page, before: group[i - 1], head });
        sheet.facts = facts;
        all.append(sheet);
      });
    }
    for (const other of document.querySelectorAll(".slides > :not(.sheet)")) other.remove();
    // From here on each sheet is laid out on its own, so that what is measured costs little.
    for (const { sheet, page, before, head } of first) {
      place(page, options);
      if (root.matches(".whole")) plain(page);
      if (notes) speak(sheet, said(page, before, options), head);
    }
    const sheets = [...all.children];
    sheets.forEach((sheet, i) => (sheet.id = `sheet-${i + 1}`));
    // Of a deck only the slide that is shown is there for screen readers; of a document all are.
    for (const slide of document.querySelectorAll(".sheet section")) {
      for (const name of ["hidden", "inert", "aria-hidden"]) slide.removeAttribute(name);
    }
    link(sheets, base);
    await Promise.all([...document.images].map((img) => img.decode().catch(() => {})));
    return sheets.map(({ facts }) => facts);
  };

  const only = (number) => {
    document.querySelectorAll(".sheet").forEach((sheet, i) => (sheet.style.display = i === number ? "" : "none"));
    scrollTo(0, 0);
  };

  window.greenroomSheets = { ready: false, media, lay, only };
}
