// A button on each listing that copies exactly its text.

const write = async (text) => {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Pages from another machine without TLS have no clipboard, only this.
  const area = Object.assign(document.createElement("textarea"), { value: text });
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
};

const add = (code) => {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.ariaLabel = "Copy the code";
  button.addEventListener("click", async () => {
    await write(code.textContent);
    button.classList.add("done");
    button.ariaLabel = "Copied";
    setTimeout(() => {
      button.classList.remove("done");
      button.ariaLabel = "Copy the code";
    }, 1500);
  });
  // Keys that press a button would otherwise also turn the slide.
  button.addEventListener("keydown", (event) => {
    if (event.key === " " || event.key === "Enter") event.stopPropagation();
  });
  code.parentNode.append(button);
};

export const Copy = () => ({
  id: "copy",
  init(deck) {
    const update = () => {
      for (const code of deck.getCurrentSlide().querySelectorAll("pre:not(:has(> .copy)) > code")) add(code);
    };
    deck.on("ready", update);
    deck.on("slidechanged", update);
  },
});
