/** Puts a text on the clipboard; throws if the browser will not. */
export const write = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    writeByHand(text);
  }
};

/** For pages from another machine without TLS, and for frames: they have no clipboard, only this. */
const writeByHand = (text) => {
  const focused = document.activeElement;
  const area = Object.assign(document.createElement("textarea"), { value: text });
  area.style.cssText = "position: fixed; opacity: 0";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  focused?.focus({ preventScroll: true });
  if (!done) throw new Error("the browser does not let the page copy");
};
