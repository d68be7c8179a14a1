// The speaker's window, speaker.html, and what the deck and its copies in that window's frames say to it. From disk all
// of them are of no origin, so they speak by messages. The deck and its window know each other by a token, which both
// keep when they are loaded again; a frame and the window around it need none.
import { beside } from "./beside.js";

const PLACE = beside("speaker.html");

const IN_FRAMES = {
  receiver: "",
  hash: false,
  controls: false,
  progress: false,
  autoSlide: 0,
  autoAnimate: false,
  transition: "none",
  backgroundTransition: "none",
  scrollActivationWidth: 0,
};

const CHANGES = [
  "ready",
  "slidechanged",
  "fragmentshown",
  "fragmenthidden",
  "overviewshown",
  "overviewhidden",
  "paused",
  "resumed",
  "slidesync",
];

const token = () => {
  const fresh = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("");
  try {
    return (sessionStorage["greenroom.speaker"] ??= fresh());
  } catch {
    return fresh();
  }
};

/** The address of the deck for the frames: what it was opened with, and how it behaves there. */
const forFrames = () => {
  const url = new URL(location.href);
  url.hash = "";
  url.searchParams.delete("notes");
  for (const [name, value] of Object.entries(IN_FRAMES)) url.searchParams.set(name, value);
  return url.href;
};

/** The slide's notes as reveal.js finds them: those of the current fragment go before the slide's own. */
const notesOf = (slide) => {
  for (const fragment of slide.querySelectorAll(".current-fragment")) {
    const own = fragment.querySelector("aside.notes");
    if (own) return { html: own.innerHTML };
    if (fragment.dataset.notes) return { text: fragment.dataset.notes };
  }
  const notes = [...slide.querySelectorAll("aside.notes")].filter((aside) => !aside.closest(".fragment"));
  return notes.length ? { html: notes.map((aside) => aside.innerHTML).join("\n") } : { text: slide.dataset.notes ?? "" };
};

/** The slide's heading, its formulas without their source. */
const titleOf = (slide) => {
  const heading = slide.querySelector("h1, h2, h3, h4, h5, h6")?.cloneNode(true);
  heading?.querySelectorAll("annotation").forEach((source) => source.remove());
  return heading?.textContent.trim() ?? "";
};

/** When, in seconds, the slide begins and ends by plan: slides without a time of their own share what is left. */
const planOf = (deck, slide) => {
  const { totalTime, defaultTiming } = deck.getConfig();
  if (!totalTime && !defaultTiming) return null;
  const slides = deck.getSlides();
  const own = slides.map((each) => parseInt(each.dataset.timing, 10));
  const sum = (times) => times.reduce((total, time) => total + (time || 0), 0);
  const share = totalTime ? Math.max(totalTime - sum(own), 0) / own.filter(Number.isNaN).length : defaultTiming;
  const times = own.map((time) => (Number.isNaN(time) ? share : time));
  const at = slides.includes(slide) ? slides.indexOf(slide) : slides.length; // what is not counted comes after all
  const start = sum(times.slice(0, at));
  return { total: totalTime || sum(times), start, end: start + (times[at] ?? 0) };
};

/** The one framework that the deck keeps to, if the speaker chose one. */
const frameworkOf = () => {
  try {
    return localStorage["greenroom.framework"] ?? "";
  } catch {
    return "";
  }
};

const report = (deck) => {
  const slide = deck.getCurrentSlide();
  const slides = deck.getSlides();
  return {
    deck: "state",
    loaded: performance.timeOrigin,
    frames: forFrames(),
    framework: frameworkOf(),
    base: location.href.replace(/#.*/, ""),
    size: [innerWidth, innerHeight],
    talk: document.title,
    lang: document.documentElement.lang,
    state: deck.getState(),
    last: deck.isLastSlide() && !deck.availableFragments().next && !deck.getConfig().loop,
    slide: slides.indexOf(slide) + 1,
    slides: slides.length,
    title: titleOf(slide),
    walk: deck.getPlugin("steps").state(slide),
    notes: notesOf(slide),
    plan: planOf(deck, slide),
  };
};

/** Opens the window, and keeps it told; it asks, too, so that it need not be known to a deck that was loaded anew. */
const lead = (deck) => {
  const secret = token();
  let speaker;
  const tell = () => speaker?.postMessage(report(deck), "*");
  const blocked = Object.assign(document.createElement("p"), { className: "blocked", role: "alert" });
  const again = Object.assign(document.createElement("button"), { type: "button", textContent: "Open it now" });

  const open = () => {
    blocked.remove();
    speaker = window.open(`${PLACE}#${secret}`, `speaker-${secret}`, "width=1280,height=720");
    if (speaker) return speaker.focus();
    blocked.replaceChildren("The browser blocked the speaker’s window. Allow pop-ups for this page, or: ", again);
    document.body.append(blocked);
  };
  again.addEventListener("click", open);

  const marks = deck.getPlugin("marks");
  const mark = (change) => speaker?.postMessage({ deck: "marks", change }, "*");

  addEventListener("message", ({ source, data }) => {
    if (data?.speaker !== secret) return;
    speaker = source;
    if (data.marks) marks.take(data.marks, mark);
    if (data.all) marks.all().then(mark);
    if (data.key) document.dispatchEvent(new KeyboardEvent("keydown", { ...data.key, bubbles: true, cancelable: true }));
    if (data.state) deck.setState(data.state);
    // The address follows the deck a second later, so that it may still be that of the slide to go to.
    if (data.go === location.hash) dispatchEvent(new HashChangeEvent("hashchange"));
    else if (data.go) location.hash = data.go;
    if (deck.isReady()) tell();
  });
  for (const change of CHANGES) deck.on(change, tell);
  deck.on("ready", () => marks.listen(mark));
  addEventListener("resize", tell);
  deck.addKeyBinding({ keyCode: 83, key: "S", description: "Speaker’s window" }, open);
  if (/[?&]notes\b/i.test(location.search)) deck.on("ready", open);
};

/** Shows in a frame what the deck shows, or what comes next; hands keys and what the speaker does with the mouse on. */
const follow = (deck) => {
  const tell = (message) => parent.postMessage(message, "*");
  let told = "";
  let framework = frameworkOf();
  document.documentElement.classList.add("receiver");
  const marks = deck.getPlugin("marks");
  marks.listen((change) => tell({ marks: change }));
  addEventListener("message", ({ source, data }) => {
    if (source === parent && data?.marks) marks.take(data.marks);
    if (source !== parent || !data?.follow) return;
    if (data.framework !== framework) deck.getPlugin("panes").choose((framework = data.framework));
    deck.setState(data.follow);
    if (data.next) deck.next();
    told = JSON.stringify(deck.getState());
  });
  for (const change of CHANGES) {
    deck.on(change, () => {
      if (change === "ready") return tell({ frame: "ready" });
      // What follows from the message is over by then; what else happens must be the speaker's doing.
      setTimeout(() => {
        if (navigator.userActivation?.isActive && JSON.stringify(deck.getState()) !== told) tell({ state: deck.getState() });
      });
    });
  }
  const keys = (event) => {
    const { key, code, keyCode, shiftKey, altKey, ctrlKey, metaKey } = event;
    if (altKey || ctrlKey || metaKey || key === "Tab") return;
    tell({ key: { key, code, keyCode, shiftKey } });
    event.stopImmediatePropagation();
    event.preventDefault();
  };
  addEventListener("keydown", keys, { capture: true });
};

const AWAY = 30 * 60_000; // what is opened again after so long begins anew

/** Does something with what outlives a browser that dies; what is in the other storage is written seconds later. */
const kept = (mode, act) =>
  new Promise((resolve, reject) => {
    const asked = indexedDB.open("greenroom");
    asked.onupgradeneeded = () => asked.result.createObjectStore("places");
    asked.onerror = reject;
    asked.onsuccess = () => {
      const request = act(asked.result.transaction("places", mode).objectStore("places"));
      request.onsuccess = () => resolve(request.result);
    };
  });

/** A deck that was open when the browser died comes back where it was; one that was closed begins anew. */
const recover = async (deck, opened) => {
  const name = location.pathname;
  const closed = `greenroom.closed ${name}`;
  const keep = () => {
    const { f } = deck.getIndices();
    const hash = `#/${deck.getCurrentSlide().id}${f >= 0 ? `/${f}` : ""}`; // the address comes a second later
    kept("readwrite", (places) => places.put({ hash, seen: Date.now() }, name));
  };
  try {
    addEventListener("pagehide", () => (localStorage[closed] = Date.now()));
    const last = await kept("readonly", (places) => places.get(name));
    const died = last?.seen > (localStorage[closed] ?? 0) && Date.now() - last.seen < AWAY;
    if (died && !opened) location.hash = last.hash;
    for (const change of CHANGES) deck.on(change, () => setTimeout(keep));
  } catch {
    // A browser that keeps nothing begins anew.
  }
};

export const Speaker = () => ({
  id: "speaker",
  report,
  opened: location.hash, // what the deck was opened at, or ""
  init(deck) {
    if (!deck.isSpeakerNotes()) {
      lead(deck);
      deck.on("ready", () => recover(deck, this.opened));
    } else if (parent !== window) follow(deck);
  },
});
