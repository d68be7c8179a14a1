// Says over the page what is wrong, in the words of the terminal, until it is mended. The last good state stays below.
// It can be put away: a sign stays, and the same mistakes do not bring it back.
import "./panel.css";

let box;
let last;

const make = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

/** Whether what is pressed in the panel is for the page below it, too: it turns no slides. */
const keep = (event) => event.stopPropagation();

const build = () => {
  const count = make("span", { className: "count" });
  const text = make("pre", { tabIndex: 0, role: "region", ariaLabel: "What is wrong" });
  const status = make("p", { className: "said", role: "status" });
  const fold = make("button", { type: "button", className: "fold" });
  const show = (open) => {
    text.hidden = !open;
    fold.textContent = open ? "Put away" : "Show";
    fold.ariaExpanded = String(open);
  };
  fold.addEventListener("click", () => show(text.hidden));
  const section = make("section", { ariaLabel: "Mistakes" }, make("header", {}, count, fold), text);
  section.className = "greenroom-problems";
  section.addEventListener("keydown", (event) => {
    if (event.key === "Escape") show(false);
    keep(event);
  });
  for (const type of ["wheel", "touchstart", "touchmove", "pointerdown"]) {
    section.addEventListener(type, keep, { passive: true });
  }
  document.body.append(section, status);
  return { section, count, text, status, show };
};

/** Shows mistakes; "" if there are none. */
export const panel = (text) => {
  if (text === last || (!text && !box)) return;
  last = text;
  box ??= build();
  const number = text.split("\n").filter((line) => /^\S.*: error\[/.test(line)).length;
  const told = text ? `${number} mistake${number === 1 ? "" : "s"}` : "no mistakes any more";
  box.section.hidden = !text;
  box.count.textContent = told;
  box.text.textContent = text;
  box.status.textContent = told;
  if (text) box.show(true);
};
