// Says over the deck what is wrong, in the words of the terminal, until it is mended. The last good slides stay below.

export const panel = (text) => {
  document.querySelector(".greenroom-problems")?.remove();
  if (!text) return;
  const box = document.createElement("section");
  box.className = "greenroom-problems";
  box.role = "alert";
  box.append(Object.assign(document.createElement("pre"), { textContent: text, tabIndex: 0 }));
  document.body.append(box);
};
