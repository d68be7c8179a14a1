// Points at things and draws on slides. A change, which the deck, the speaker's window, the server and followers tell
// each other, is one of
//
//   {pointer: [x, y], size} or {pointer: null}    where the laser is
//   {slide, stroke, color, size, points}          a stroke, or more of it: [x, y, x, y, …]
//   {slide, gone: [stroke, …]}                    strokes that were erased
//   {all: {slide: {stroke: {…}}}}                 everything that is drawn; with the pointer and the tool, if asked for
//   {tool, color}                                 what is in the speaker's hand, for the copy in the speaker's window
//
// in pixels of a slide whose size is told with them: where slides are laid out for another screen, marks would stand
// in wrong places, and are not shown.
import { beside } from "./beside.js";
import "./drawing.css";

const SHEET = beside("marks.css");
const COLORS = ["Red", "Blue", "Green", "Plain"];
const OFTEN = 50; // ms between two messages about the same thing
const HELD = 400; // ms after which letting go of the key ends what it began
const REACH = 16; // px of the eraser
const STRIDE = 16; // px of an arrow key

const make = (tag, traits, ...children) => {
  const element = Object.assign(document.createElement(tag), traits);
  element.append(...children);
  return element;
};

const makeSvg = (tag, name, parent) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  element.setAttribute("class", name);
  parent?.append(element);
  return element;
};

/** A curve through the middles of what joins the points, which takes the corners off. */
const curve = (points) => {
  let path = `M${points[0]} ${points[1]}`;
  for (let i = 2; i < points.length - 2; i += 2) {
    const [x, y, nextX, nextY] = points.slice(i, i + 4);
    path += `Q${x} ${y} ${(x + nextX) / 2} ${(y + nextY) / 2}`;
  }
  return `${path}L${points.at(-2)} ${points.at(-1)}`;
};

window.greenroomMarks = (deck, tell) => {
  const KEPT = `greenroom.marks ${location.pathname}`;
  const isCopy = deck.isSpeakerNotes();
  const root = deck.getSlidesElement();
  let strokes = {}; // by slide, by name
  let tool = "";
  let color = 0;
  let since = 0; // when the tool was taken
  let held = ""; // the tool that was taken by the last key, which may be held
  let at; // the pointer, in the slide's pixels
  let drawing; // the stroke that is being drawn

  // --- what is seen ----------------------------------------------------------------------------------------------------

  document.head.append(make("link", { rel: "stylesheet", href: SHEET }));
  const layer = makeSvg("svg", "marks");
  layer.setAttribute("aria-hidden", "true");
  const lines = makeSvg("g", "lines", layer);
  const dot = makeSvg("circle", "laser", layer);
  dot.setAttribute("r", 10);
  dot.style.display = "none";
  const shown = new Map();

  const size = () => `${root.offsetWidth}x${root.offsetHeight}`;
  const slide = () => deck.getCurrentSlide().id;

  const drawStroke = (name, stroke) => {
    if (stroke.size !== size()) return;
    let group = shown.get(name);
    if (!group) {
      group = makeSvg("g", `color-${stroke.color}`, lines);
      makeSvg("path", "casing", group);
      makeSvg("path", "ink", group);
      shown.set(name, group);
    }
    for (const path of group.children) path.setAttribute("d", curve(stroke.points));
  };

  const redraw = () => {
    if (layer.parentNode !== root) root.append(layer);
    layer.setAttribute("viewBox", `0 0 ${root.offsetWidth} ${root.offsetHeight}`);
    layer.style.display = deck.isOverview() || deck.isScrollView() ? "none" : "";
    lines.replaceChildren();
    shown.clear();
    for (const [name, stroke] of Object.entries(strokes[slide()] ?? {})) drawStroke(name, stroke);
  };

  const point = (place) => {
    dot.style.display = place ? "" : "none";
    if (!place) return;
    dot.setAttribute("cx", place[0]);
    dot.setAttribute("cy", place[1]);
  };

  // --- changes ---------------------------------------------------------------------------------------------------------

  const keep = () => {
    if (isCopy) return;
    try {
      sessionStorage[KEPT] = JSON.stringify(strokes);
    } catch {
      // They are kept as long as the page is, then.
    }
  };

  const erase = (name, names) => {
    for (const each of names) {
      delete strokes[name]?.[each];
      shown.get(each)?.remove();
      shown.delete(each);
    }
    keep();
  };

  const add = ({ slide: name, stroke, color: hue, size: of, points }) => {
    const all = (strokes[name] ??= {});
    all[stroke] ??= { color: hue, size: of, points: [] };
    all[stroke].points.push(...points);
    if (name === slide()) drawStroke(stroke, all[stroke]);
  };

  const take = (change) => {
    if ("pointer" in change) point(change.size === size() ? change.pointer : null);
    if (change.points) add(change);
    if (change.gone) erase(change.slide, change.gone);
    if (change.all) strokes = change.all;
    if (change.points || change.all) keep();
    if (change.all) redraw();
    if ("tool" in change) hold(change.tool, change.color);
  };

  // --- the tools ---------------------------------------------------------------------------------------------------------

  const catcher = make("div", { className: "marks-catcher" });
  const button = (text, key, act, traits) => {
    const element = make("button", { type: "button", title: `${text} (${key})`, ...traits }, text);
    element.addEventListener("click", act);
    return element;
  };
  const colors = COLORS.map((name, i) => {
    const element = button(name, i + 1, () => pick(i), { className: `color color-${i}` });
    return element;
  });
  const eraser = button("Eraser", "E", () => hand(tool === "eraser" ? "pen" : "eraser"));
  const tools = make(
    "div",
    { className: "marks-tools", role: "toolbar", ariaLabel: "Drawing" },
    ...colors,
    eraser,
    button("Undo", "Z", () => undo()),
    button("Clear", "Delete", () => clear()),
    button("Done", "Esc", () => hand("")),
  );

  /** Takes a tool into the hand, or puts it away. */
  const hold = (name, hue = color) => {
    finish();
    if (tool === "laser") point(null);
    tool = name;
    color = hue;
    since = Date.now();
    document.documentElement.classList.toggle("pointing", tool === "laser");
    const draws = tool === "pen" || tool === "eraser";
    catcher.classList.toggle("erases", tool === "eraser");
    if (draws) document.body.append(catcher, ...(isCopy ? [] : [tools]));
    else [catcher, tools].forEach((element) => element.remove());
    colors.forEach((each, i) => (each.ariaPressed = tool === "pen" && color === i));
    eraser.ariaPressed = tool === "eraser";
    if (tool) at ??= [root.offsetWidth / 2, root.offsetHeight / 2];
    redraw();
  };

  const hand = (name, hue = color) => {
    const before = tool;
    hold(name, hue);
    if (before === "laser" && name !== "laser") tell({ pointer: null });
    tell({ tool, color });
  };

  const pick = (i) => hand("pen", i);

  const undo = () => {
    const last = Object.keys(strokes[slide()] ?? {}).at(-1);
    if (last) remove([last]);
  };

  const clear = () => remove(Object.keys(strokes[slide()] ?? {}));

  const remove = (names) => {
    if (!names.length) return;
    const change = { slide: slide(), gone: names };
    erase(change.slide, names);
    tell(change);
  };

  // What moves quickly is told a few times a second.
  let timer;
  let waiting = [];
  const send = () => {
    timer = undefined;
    if (tool === "laser") tell({ pointer: at, size: size() });
    if (waiting.length && drawing) tell({ ...drawing, points: waiting });
    waiting = [];
  };
  const soon = () => (timer ??= setTimeout(send, OFTEN));

  const begin = () => {
    drawing = { slide: slide(), stroke: `${Date.now()}-${Math.random().toString(36).slice(2, 6)}`, color, size: size() };
    draw(at);
  };

  const draw = (place) => {
    add({ ...drawing, points: [...place] });
    waiting.push(...place);
    soon();
  };

  const finish = () => {
    if (!drawing) return;
    if (strokes[drawing.slide]?.[drawing.stroke]?.points.length === 2) draw(at); // a dot
    send();
    drawing = undefined;
    keep();
  };

  const wipe = () => {
    const [x, y] = at;
    const near = ({ points }) => points.some((each, i) => i % 2 === 0 && Math.hypot(each - x, points[i + 1] - y) < REACH);
    remove(Object.entries(strokes[slide()] ?? {}).filter(([, stroke]) => near(stroke)).map(([name]) => name));
  };

  const placeOf = ({ clientX, clientY }) => {
    const { left, top, width, height } = root.getBoundingClientRect();
    const on = (part, whole, length) => Math.round((part / whole) * length);
    return [on(clientX - left, width, root.offsetWidth), on(clientY - top, height, root.offsetHeight)];
  };

  /** The pointer is somewhere else, moved by a hand or by keys; `down` if it does there what the tool does. */
  const move = (place, down) => {
    at = place;
    if (tool === "laser") {
      point(at);
      soon();
    }
    if (tool === "pen" && drawing) draw(at);
    if (tool === "eraser" && down) wipe();
    if (tool !== "laser") catcher.style.setProperty("--at", `${at[0]}px ${at[1]}px`);
  };

  addEventListener("pointermove", (event) => {
    if (!tool) return;
    for (const each of event.getCoalescedEvents?.() ?? []) if (drawing) move(placeOf(each));
    if (!drawing) move(placeOf(event), event.buttons > 0);
  });
  catcher.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    catcher.setPointerCapture(event.pointerId);
    at = placeOf(event);
    if (tool === "pen") begin();
    else wipe();
    event.preventDefault();
  });
  for (const end of ["pointerup", "pointercancel"]) catcher.addEventListener(end, finish);

  // --- keys ----------------------------------------------------------------------------------------------------------------

  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  /** What a key does while a tool is in the hand; the others do what they always do. */
  const actOf = ({ key, shiftKey, ctrlKey, metaKey, altKey, target }) => {
    if (altKey || metaKey || (ctrlKey && key !== "z")) return undefined;
    if (key === "Escape") return () => hand("");
    if (shiftKey && ARROWS[key]) {
      const [x, y] = ARROWS[key];
      return () => move([at[0] + x * STRIDE, at[1] + y * STRIDE], false);
    }
    if (tool === "laser") return undefined;
    if (/^[1-4]$/.test(key)) return () => pick(key - 1);
    const isButton = target.closest?.("button");
    return {
      e: () => hand(tool === "eraser" ? "pen" : "eraser"),
      z: undo,
      Backspace: undo,
      Delete: clear,
      Enter: isButton ? undefined : () => (tool === "eraser" ? wipe() : drawing ? finish() : begin()),
    }[key];
  };

  const onKey = (event) => {
    const act = tool && !isCopy && !event.target.isContentEditable && actOf(event);
    if (!act) {
      const pressed = tool && event.target.closest?.(".marks-tools button") && /^(Enter| )$/.test(event.key);
      if (pressed) event.stopPropagation();
      return;
    }
    act();
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  addEventListener("keydown", onKey, { capture: true });
  addEventListener("keyup", ({ key }) => {
    const name = { i: "laser", d: "pen" }[key.toLowerCase()];
    if (name && tool === name && Date.now() - since > HELD && held === name) hand("");
    if (name) held = "";
  });

  // ---------------------------------------------------------------------------------------------------------------------------

  for (const change of ["slidechanged", "slidesync", "sync", "overviewshown", "overviewhidden", "resize"]) {
    deck.on(change, () => {
      if (change === "slidechanged") finish();
      redraw();
    });
  }
  try {
    if (!isCopy) strokes = JSON.parse(sessionStorage[KEPT] ?? "{}");
  } catch {
    // None were kept.
  }
  redraw();

  return {
    take,
    all: () => ({ all: strokes, tool, color, ...(tool === "laser" && { pointer: at, size: size() }) }),
    use(name) {
      held = tool ? "" : name;
      hand(tool === name || (tool === "eraser" && name === "pen") ? "" : name);
    },
  };
};
