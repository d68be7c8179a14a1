// Lets listings that can be run be edited on the slide, and run as they were typed. The editor lies over the listing, whose
// text follows it: so nothing moves, and once the editor is left, the listing is one like any other, with its steps on the
// lines where they are now. What was typed is in this page alone, until it is restored or the listing is another one; that
// the slide around it changes does no harm to it.
import "./edit.css";

const EDITOR = new URL("editor.js", document.currentScript.src).href;

let loading;

/** The editor, which is loaded when one begins to edit. */
const load = () =>
  (loading ??= new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: EDITOR });
    script.onload = () => resolve(window.greenroomEditor);
    script.onerror = () => {
      loading = undefined;
      script.remove();
      reject();
    };
    document.head.append(script);
  }));

const codeOf = (listing) => listing.querySelector(":scope > pre > code");

const originalOf = (listing) => {
  const { textContent: text, innerHTML: html, dataset } = codeOf(listing);
  return { text, html, steps: dataset.lineNumbers, lines: listing.dataset.lines };
};

/** Keys that press a button would otherwise also turn the slide. */
const keepKeys = (event) => {
  if (event.key === " " || event.key === "Enter") event.stopPropagation();
};

const makeButton = (className, title, press) => {
  const button = Object.assign(document.createElement("button"), { type: "button", className, title });
  button.addEventListener("click", press);
  button.addEventListener("keydown", keepKeys);
  return button;
};

/**
 * Makes listings editable.
 *
 * @param deck the deck
 * @param on what is done: `run(listings)` runs them, `restored(listing)` when one is the original again, `say(text)` to
 *   those who hear the page
 */
export const edits = (deck, on) => {
  const all = new Map(); // what was typed, by the key of where its listing stands
  const keys = new WeakMap(); // of listings
  let latest; // whose editor had the focus last

  const editOf = (listing) => [...all.values()].find((edit) => edit.listing === listing);
  const textOf = ({ state, original }) => state?.doc.toString() ?? original.text;
  const isChanged = (edit) => textOf(edit) !== edit.original.text;

  /** The steps of the original, on the lines where they are now. */
  const stepsOf = ({ original, state, lineIn }) =>
    original.steps.replace(/(\d+)(?:-(\d+))?/g, (written, first, last = first) => {
      const lines = [lineIn(state, Number(first), false), lineIn(state, Number(last), true)];
      return written === "0" ? written : `${Math.min(...lines)}-${Math.max(...lines)}`;
    });

  /** The module's lines that the lines come from, or after which they came: where the author's editor opens. */
  const linesOf = ({ original, state, lineIn }) => {
    const all = original.lines.split(" ");
    const places = all.map((_, i) => lineIn(state, i + 1, false));
    const last = (line) => places.findLastIndex((place) => place <= line);
    return Array.from({ length: state.doc.lines }, (_, i) => all[Math.max(0, last(i + 1))]).join(" ");
  };

  /** Shows below the editor, or in its place, what was typed, and says whether that is the original. */
  const render = (edit) => {
    const { listing, original, view } = edit;
    const code = codeOf(listing);
    if (isChanged(edit) || view) code.replaceChildren(window.greenroomEditor.linesOf(textOf(edit)));
    else code.innerHTML = original.html;
    code.querySelectorAll(".line").forEach((line, i) => line.classList.toggle("raised", i + 1 === edit.raised));
    if (original.steps) code.dataset.lineNumbers = isChanged(edit) ? stepsOf(edit) : original.steps;
    listing.dataset.lines = isChanged(edit) ? linesOf(edit) : original.lines;
    listing.querySelector(":scope > pre > .changed").hidden = !isChanged(edit);
  };

  /** Lets the listing grow with what is typed, as far as the slide has room. */
  const keepWithin = ({ listing, most, height }) => {
    const code = codeOf(listing);
    if (most) return;
    code.style.removeProperty("--most");
    const over = listing.closest("section").scrollHeight - deck.getComputedSlideSize().height;
    if (over > 0) code.style.setProperty("--most", `${Math.max(height, code.offsetHeight - over)}px`);
  };

  const change = (edit, state) => {
    edit.state = state;
    edit.raised = 0;
    render(edit);
    keepWithin(edit);
  };

  const open = (edit) => {
    const { listing } = edit;
    const code = codeOf(listing);
    const { scrollTop, scrollLeft } = code;
    edit.before = textOf(edit);
    edit.most = code.style.getPropertyValue("--most");
    edit.height = code.offsetHeight;
    edit.box = Object.assign(document.createElement("div"), { className: "editor" });
    edit.box.dataset.preventSwipe = "";
    const resize = () => edit.box.style.setProperty("--size", getComputedStyle(code).fontSize);
    resize();
    edit.sizes = new ResizeObserver(resize); // the slide may be laid out anew
    edit.sizes.observe(code);
    edit.box.addEventListener("keydown", (event) => event.stopPropagation());
    code.after(edit.box);
    code.inert = true;
    listing.classList.add("editing");
    edit.view = window.greenroomEditor.open(edit.state, edit.box);
    render(edit);
    // It knows how high its lines are once it has measured them.
    const { scrollDOM } = edit.view;
    edit.view.requestMeasure({ read: () => {}, write: () => Object.assign(scrollDOM, { scrollTop, scrollLeft }) });
  };

  /** Takes the editor away; what was typed stays. */
  const close = (edit) => {
    const { listing, view, box, most } = edit;
    const code = codeOf(listing);
    const { scrollTop, scrollLeft } = view.scrollDOM;
    edit.state = view.state;
    view.destroy();
    edit.view = null;
    edit.sizes.disconnect();
    box.remove();
    code.inert = false;
    listing.classList.remove("editing");
    if (!most) code.style.removeProperty("--most");
    render(edit);
    settle(edit);
    if (code.matches(".scrolls")) Object.assign(code, { scrollTop, scrollLeft });
  };

  /** Has the slide laid out for what the listing shows now, and its step shown. */
  const settle = (edit) => {
    deck.getPlugin("steps").show(edit.listing);
    if (textOf(edit) !== edit.before) deck.getPlugin("fit").again([edit.listing.closest("section")]);
    if (!isChanged(edit)) all.delete(edit.key);
  };

  const leave = (edit) => {
    for (const each of edit.group.filter(({ view }) => view)) close(each);
    edit.listing.querySelector(":scope > pre > .edit")?.focus();
    on.say(isChanged(edit) ? "Left the editor; the code is changed" : "Left the editor");
  };

  const restore = (edit) => {
    const { listing, original, view } = edit;
    const change = window.greenroomEditor.replaced(edit.state, original.text);
    if (view) view.dispatch(change);
    else {
      edit.before = textOf(edit);
      edit.state = edit.state.update(change).state;
      edit.raised = 0;
      render(edit);
      settle(edit);
    }
    on.restored(listing);
    on.say("The original is back");
  };

  const begin = (listing) => {
    const code = codeOf(listing);
    const original = originalOf(listing);
    const edit = { listing, key: keys.get(listing), original, view: null, group: [], raised: 0 };
    const what = code.parentElement.ariaLabel;
    const label = `${what}, editor. Control and Enter runs the code, Escape leaves the editor.`;
    const handlers = {
      change: (state) => change(edit, state),
      focus: () => (latest = edit),
      run: () => on.run(edit.group.map((each) => each.listing)),
      leave: () => leave(edit),
      restore: () => restore(edit),
    };
    Object.assign(edit, window.greenroomEditor.begin(original.text, label, handlers));
    all.set(edit.key, edit);
    return edit;
  };

  /** Makes these listings editors, which run together. */
  const start = async (listings) => {
    if (!listings.length) return;
    try {
      await load();
    } catch {
      return on.say("The editor could not be loaded");
    }
    const group = listings.filter((each) => each.isConnected && codeOf(each)).map((each) => editOf(each) ?? begin(each));
    for (const edit of group) {
      edit.group = group;
      if (!edit.view) open(edit);
    }
    group[0]?.view.focus();
  };

  /** Puts what was typed into a listing that has come in the place of the one that it was typed into. */
  const adopt = (edit, listing) => {
    const code = codeOf(listing);
    const wasOpen = Boolean(edit.view);
    edit.view?.destroy();
    edit.sizes?.disconnect();
    edit.view = null;
    if (code.textContent !== edit.original.text) return all.delete(edit.key);
    edit.listing = listing;
    edit.original = originalOf(listing);
    if (wasOpen) {
      open(edit);
      if (latest === edit) edit.view.focus();
    } else render(edit);
    edit.before = edit.original.text; // for which the slide was laid out
    if (!wasOpen) settle(edit);
  };

  const closeAll = (chosen) => {
    for (const edit of [...all.values()]) if (edit.view && chosen(edit)) close(edit);
  };
  deck.on("slidechanged", ({ currentSlide }) => closeAll(({ listing }) => !currentSlide.contains(listing)));
  deck.on("overviewshown", () => closeAll(() => true));

  return {
    start,

    /** What was typed into the listing, if it is not the original. */
    typed: (listing) => {
      const edit = editOf(listing);
      return edit && isChanged(edit) ? textOf(edit) : undefined;
    },

    /** Marks the line of what was typed that raised an error; 0 is none. */
    raised: (listing, line) => {
      const edit = editOf(listing);
      if (!edit) return;
      edit.raised = line;
      edit.view?.dispatch(window.greenroomEditor.raised(line));
      render(edit);
    },

    /** Brings back the originals. */
    restore: (listings) => {
      for (const edit of listings.map(editOf).filter(Boolean)) restore(edit);
    },

    /** Gives a listing its button, and what was typed into it before it was put on the page anew. */
    add: (listing, key) => {
      const code = codeOf(listing);
      if (!code) return;
      keys.set(listing, key);
      const button = makeButton("edit tool", "Edit the code (E)", () => start([listing]));
      button.ariaLabel = "Edit the code";
      code.after(button);
      const own = editOf(listing); // which may stand elsewhere now
      if (own) {
        all.delete(own.key);
        all.set((own.key = key), own);
        return;
      }
      const changed = makeButton("changed", "Restore the original (Z)", () => restore(editOf(listing)));
      changed.textContent = "changed";
      changed.ariaLabel = "Changed. Restore the original";
      changed.hidden = true;
      button.after(changed);
      if (all.has(key)) adopt(all.get(key), listing);
    },

    /** Takes the listing's button; what was typed stays, until it is restored. */
    remove: (listing) => {
      const edit = editOf(listing);
      if (edit?.view && listing.isConnected) close(edit);
      const changed = edit && isChanged(edit) ? "" : ", .changed";
      for (const control of listing.querySelectorAll(`:scope > pre > :is(.edit${changed})`)) control.remove();
    },
  };
};
