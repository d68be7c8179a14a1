// What the pages of a rehearsal do: they leave out what nobody asked for, and show pictures as large as can be.

const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// --- only what is asked for ----------------------------------------------------------------------------------------

const filters = all(".bar input");
const status = document.querySelector(".chosen");
const none = document.querySelector(".none-chosen");

const filter = () => {
  const chosen = new Set(filters.filter(({ checked }) => checked).map(({ value }) => value));
  for (const each of all("[data-kind]")) each.hidden = !chosen.has(each.dataset.kind);
  // What holds nothing any more, from the inside to the outside.
  for (const holder of [...all(".view"), ...all(".slide"), ...all(".group")]) {
    if (!holder.matches("[data-kind]")) holder.hidden = !holder.querySelector("[data-kind]:not([hidden])");
  }
  for (const link of all(".slides a")) {
    const slide = document.getElementById(link.hash.slice(1));
    link.parentElement.hidden = slide.hidden;
    const count = link.querySelector("b");
    if (count) count.firstChild.data = String(all("li[data-kind]:not([hidden])", slide).length);
  }
  for (const list of all(".slides ul")) list.previousElementSibling.hidden = !list.querySelector("li:not([hidden])");
  const left = all("li[data-kind]:not([hidden]), .slide[data-kind]:not([hidden])").length;
  if (none) none.hidden = left > 0;
  if (status) status.textContent = `${left} shown`;
};
for (const input of filters) input.addEventListener("change", filter);
if (filters.some(({ checked }) => !checked)) filter(); // the browser kept what was chosen

// --- which part of the picture -------------------------------------------------------------------------------------

for (const item of all("li[data-number]")) {
  const outline = item.closest(".view").querySelector(`.outline[data-number="${item.dataset.number}"]`);
  item.addEventListener("pointerenter", () => outline?.classList.add("here"));
  item.addEventListener("pointerleave", () => outline?.classList.remove("here"));
}

// --- as large as can be --------------------------------------------------------------------------------------------

const dialog = document.querySelector("dialog");

const enlarge = (picture) => {
  const row = all(".picture", picture.closest(".pair") ?? picture.closest("figure"));
  const at = row.indexOf(picture);
  const copy = picture.cloneNode(true);
  copy.setAttribute("aria-label", "Close");
  copy.addEventListener("click", () => dialog.close());
  const caption = document.createElement("p");
  caption.textContent = picture.closest("figure").querySelector("figcaption").dataset.brief ?? "";
  if (row.length > 1) caption.innerHTML += " · <kbd>←</kbd> <kbd>→</kbd> turn";
  dialog.replaceChildren(copy, caption);
  dialog.onkeydown = ({ key }) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (step && row.length > 1) enlarge(row.at((at + step) % row.length));
  };
  dialog.onclose = () => picture.focus();
  if (!dialog.open) dialog.showModal();
  copy.focus();
};
for (const picture of all("main .picture")) picture.addEventListener("click", () => enlarge(picture));
