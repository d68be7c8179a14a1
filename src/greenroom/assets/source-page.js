// A program's own page: marks the lines that the address names, and copies the program.
import { write } from "./clipboard.js";

const lines = [...document.querySelectorAll(".line")];
const button = document.querySelector("button");
const told = document.querySelector(".told");

const mark = () => {
  const named = new Set();
  for (const [, first, last = first] of location.hash.matchAll(/L(\d+)(?:-L(\d+))?/g)) {
    for (let n = Number(first); n <= Math.min(last, lines.length); n++) named.add(n);
  }
  lines.forEach((line, i) => line.classList.toggle("marked", named.has(i + 1)));
  const marked = document.querySelectorAll(".marked");
  const block = marked.length > 20 ? "start" : "center";
  marked[block === "start" ? 0 : Math.floor(marked.length / 2)]?.scrollIntoView({ block });
};

button.hidden = false;
button.addEventListener("click", async () => {
  const done = await write(`${lines.map((line) => line.textContent).join("\n")}\n`).then(() => true, () => false);
  told.textContent = done ? "Copied" : "The browser does not let this page copy";
});
addEventListener("hashchange", mark);
mark();
