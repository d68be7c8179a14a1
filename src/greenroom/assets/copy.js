// A button on each listing that copies exactly its text, and, pressed once more, the whole program that it is a part of.
import { beside } from "./beside.js";
import { write } from "./clipboard.js";

const PROGRAMS = beside("programs.js");
const SHOWN = 5000; // ms in which the button says what it did, and a press means the program

let loading;

let version = "";

/** The programs of the deck, by the paths of their modules; they are loaded when one is asked for. */
const load = () =>
  (loading ??= new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: PROGRAMS + version, onerror: reject });
    script.onload = () => resolve(window.greenroomPrograms);
    document.head.append(script);
  }));

const add = (code, status) => {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "copy tool" });
  const label = document.createElement("span");
  const path = code.parentNode.querySelector(":scope > .source")?.title;
  let done = "";
  let timer;

  const say = (what, text) => {
    done = what;
    label.textContent = button.title = text;
    button.classList.toggle("done", Boolean(done));
    clearTimeout(timer);
    if (!done) return;
    status.textContent = text;
    timer = setTimeout(say, SHOWN, "", "Copy the code");
  };

  const copy = async () => {
    if (done !== "code" || !path) {
      if (path) load().catch(() => {});
      await write(code.textContent);
      return say("code", path ? "Copied. Press again for the whole program" : "Copied");
    }
    await write((await load())[path]);
    say("program", `Copied the whole program, ${path}`);
  };

  say("", "Copy the code");
  button.append(label);
  button.addEventListener("click", () => {
    copy().catch(() => say("nothing", "The browser does not let this page copy"));
  });
  // Keys that press a button would otherwise also turn the slide.
  button.addEventListener("keydown", (event) => {
    if (event.key === " " || event.key === "Enter") event.stopPropagation();
  });
  code.after(button);
};

export const Copy = () => ({
  id: "copy",
  init(deck) {
    if (deck.isSpeakerNotes()) return;
    const status = Object.assign(document.createElement("p"), { className: "copy-status", role: "status" });
    deck.getRevealElement().append(status);
    const update = () => {
      const shown = deck.isScrollView() ? deck.getSlidesElement() : deck.getCurrentSlide();
      const codes = shown?.querySelectorAll("pre:not(:has(> .copy)) > code");
      for (const code of codes ?? []) add(code, status);
    };
    for (const change of ["ready", "slidechanged", "sync", "slidesync"]) deck.on(change, update);
    // Who presents has changed a program.
    deck.on("filesync", (changed) => {
      loading = null;
      version = `?${changed.version}`;
    });
    deck.addKeyBinding({ keyCode: 67, key: "C", description: "Copy the code; twice, the program" }, () => {
      if (deck.isOverlayOpen()) return deck.closeOverlay();
      const buttons = [...deck.getCurrentSlide().querySelectorAll("pre:not(.output *) > .copy")];
      return buttons.find((button) => button.checkVisibility())?.click();
    });
  },
});
