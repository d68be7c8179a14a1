// In a deck that is one file: puts in its place what the page has only once, gives the deck's scripts what they load
// late, and shows the other pages of the deck's folder, which are opened with `?page=…`, in the place of the deck.
(() => {
  const { data, late, pages } = JSON.parse(document.getElementById("greenroom-files").textContent);
  const blobs = {};

  const blob = (number) => {
    const address = data[number];
    const comma = address.indexOf(",");
    const read = atob(address.slice(comma + 1));
    const bytes = new Uint8Array(read.length);
    for (let i = 0; i < read.length; i++) bytes[i] = read.charCodeAt(i);
    return URL.createObjectURL(new Blob([bytes], { type: address.slice("data:".length, address.indexOf(";")) }));
  };

  const fill = (text) =>
    text.replace(/greenroom-(data|blob):(\d+)/g, (_, kind, number) =>
      kind === "data" ? data[number] : (blobs[number] ??= blob(number)),
    );

  const show = (style) => {
    style.textContent = fill(style.textContent);
    style.media = style.dataset.media ?? "";
  };

  /** The address of a file in the deck's `assets`, if the page has it. */
  window.greenroomFile = (name) => {
    const path = `assets/${name}`;
    if (path in pages) return new URL(`?page=${path}`, location.href).href;
    const type = name.endsWith(".css") ? "text/css" : "text/javascript";
    return path in late ? `data:${type};charset=utf-8,${encodeURIComponent(late[path])}` : undefined;
  };

  /** Puts files into what the page shows, before the deck starts. */
  window.greenroomFill = () => {
    for (const element of document.querySelectorAll("[data-held]")) {
      if (element.matches("style")) {
        show(element);
      } else {
        for (const [name, text] of Object.entries(JSON.parse(element.dataset.held))) element.setAttribute(name, fill(text));
        if (element.matches(":is(video, audio) > source")) element.parentNode.load();
      }
      element.removeAttribute("data-held");
    }
  };

  const page = pages[new URLSearchParams(location.search).get("page")];
  if (!page) return window.greenroomFill();
  const root = document.documentElement;
  for (const { name } of [...root.attributes]) root.removeAttribute(name);
  for (const [name, value] of Object.entries(page.root)) root.setAttribute(name, value);
  document.title = page.title;
  const styles = new Map([...document.querySelectorAll("style[data-file]")].map((style) => [style.dataset.file, style]));
  for (const style of styles.values()) style.media = "not all";
  for (const path of page.sheets) {
    document.head.append(styles.get(path));
    show(styles.get(path));
  }
  document.write(`${fill(page.text)}<template>`); // the rest of the file, which is the deck, is not shown nor run
})();
