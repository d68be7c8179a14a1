// A program's own page: marks the lines that the address names, and copies the program.
import { write } from "./clipboard.js";

const lines = [...document.querySelectorAll(".line")];
const button = document.querySelector("button");
const told = document.querySelector(".told");

/** Marks lines, written as `4-6,9`, and shows them. */
const mark = (text) => {
  const ranges = [...text.matchAll(/(\d+)(?:-(\d+))?/g)].map(([, first, last = first]) => [Number(first), Number(last)]);
  const within = (n) => ranges.some(([first, last]) => first <= n && n <= last);
  const marked = lines.filter((line, i) => line.classList.toggle("marked", within(i + 1)));
  const long = marked.length > 20;
  marked[long ? 0 : Math.floor(marked.length / 2)]?.scrollIntoView({ block: long ? "start" : "center" });
};

button.hidden = false;
button.addEventListener("click", async () => {
  const done = await write(`${lines.map((line) => line.textContent).join("\n")}\n`).then(() => true, () => false);
  told.textContent = done ? "Copied" : "The browser does not let this page copy";
});
addEventListener("hashchange", () => mark(location.hash));
mark(new URLSearchParams(location.search).get("lines") ?? location.hash);
