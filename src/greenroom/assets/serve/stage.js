// The author's deck on stage: says where it is, does what remotes ask for, and comes back to where the show was.
// What is said is told at the top of serve/stage.py. The copies in the speaker's window's frames say nothing.
import { on, send } from "./connection.js";
import "./stage.css";

const PRESSES = {
  next: (deck) => deck.next(),
  prev: (deck) => deck.prev(),
  pause: (deck) => deck.togglePause(),
};

const CHANGES = ["slidechanged", "fragmentshown", "fragmenthidden", "paused", "resumed", "slidesync"];

/** Where the speaker's window, which is in the deck's assets, keeps its clock. */
const TIMER = `greenroom.timer ${new URL("assets/speaker.html", document.baseURI).pathname}`;

const LONGEST = 16_000; // characters of notes, since the server takes only so many bytes at once
const OPEN = 3000; // ms since it was written when the speaker's window is open

const parse = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/** The clock, without what says when it was looked at. */
const clock = (text) => {
  const { spent = 0, since = null } = parse(text) ?? {};
  return { spent, since };
};

const setClock = ({ spent, since }) => {
  const now = clock(localStorage[TIMER]);
  if (now.spent === spent && now.since === since) return;
  localStorage[TIMER] = JSON.stringify({ spent, since, seen: Date.now() });
};

/** Whether nobody has moved the deck, which was opened at no slide in particular. */
const isAtStart = (deck) => {
  const { h, v, f = -1 } = deck.getIndices();
  return h === 0 && v === 0 && f < 0;
};

const lead = (deck) => {
  const { report, opened } = deck.getPlugin("speaker");
  const marks = deck.getPlugin("marks");
  let known; // what the server was told last
  let isNew = true; // the page has only just come
  let joined = false; // the server has told what there is

  const place = ({ state, framework }) => {
    const { indexh: h, indexv: v, indexf: f = -1, paused } = state;
    return { slide: deck.getCurrentSlide().id, h, v, f, paused, framework };
  };

  /** Tells where the deck is; `first` when it was only opened. */
  const tell = (first) => {
    if (!joined) return;
    const reported = report(deck);
    const { talk, lang, slide, slides, title, walk, notes, plan, last } = reported;
    const fits = JSON.stringify(notes).length < LONGEST;
    const told = fits ? notes : { text: "These notes are too long for the remote." };
    const about = { talk, lang, slide, slides, title, walk, notes: told, plan, last };
    const message = { type: "at", at: place(reported), about };
    const text = JSON.stringify(message);
    if (text === known && !first) return;
    known = text;
    send({ ...message, first });
  };

  for (const change of CHANGES) deck.on(change, () => setTimeout(() => tell(false)));
  addEventListener("storage", ({ key, newValue, oldValue }) => {
    if (key === "greenroom.framework") tell(false);
    if (key !== TIMER || !newValue) return;
    const [now, before] = [clock(newValue), clock(oldValue)];
    if (now.spent !== before.spent || now.since !== before.since) send({ type: "timer", ...now });
  });

  on("connected", () => send({ type: "stage" }));
  on("disconnected", () => (joined = false));
  on("press", ({ what }) => PRESSES[what]?.(deck));
  on("timer", setClock);
  marks.listen((change) => "tool" in change || send({ type: "marks", change }));
  on("stage", ({ at, timer, marks: drawn, codes }) => {
    if (Object.keys(drawn).length) marks.take({ all: drawn });
    if (isNew && at && !opened && isAtStart(deck)) {
      const slide = document.getElementById(at.slide);
      const { h, v } = slide ? deck.getIndices(slide) : at;
      deck.slide(h, v, at.f);
      if (at.paused) deck.togglePause(true);
    }
    if (timer.spent || timer.since !== null) setClock(timer);
    else if (Date.now() - parse(localStorage[TIMER])?.seen < OPEN) send({ type: "timer", ...clock(localStorage[TIMER]) });
    isNew = false;
    joined = true;
    tell(true);
    offer(deck, codes);
  });
};

// --- codes that let others in ------------------------------------------------------------------------------------------

let codes = [];
let box;

const WORDS = {
  followers: ["Follow the talk", "Scan this, or open:"],
  remote: ["Remote control", "For the speaker’s phone alone: whoever has it moves the talk."],
};

/** Shows the codes one after the other, and then none. */
const showCode = (number) => {
  box?.remove();
  box = undefined;
  const code = codes[number];
  if (!code) return;
  box = document.createElement("section");
  box.className = "greenroom-code";
  box.role = "dialog";
  box.dataset.number = number;
  const [title, words] = WORDS[code.name];
  const template = document.createElement("template");
  template.innerHTML = code.picture;
  const picture = template.content.firstElementChild;
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", "QR code of the address below");
  const heading = Object.assign(document.createElement("h2"), { id: "greenroom-code", textContent: title });
  box.setAttribute("aria-labelledby", heading.id);
  box.append(
    heading,
    picture,
    Object.assign(document.createElement("p"), { textContent: words }),
    Object.assign(document.createElement("p"), { className: "address", textContent: code.address }),
  );
  document.body.append(box);
};

const offer = (deck, given) => {
  const first = !codes.length;
  codes = given;
  if (!codes.length || !first) return;
  deck.addKeyBinding({ keyCode: 81, key: "Q", description: "Show the code for followers or the remote" }, () =>
    showCode(box ? Number(box.dataset.number) + 1 : 0),
  );
  const leave = (event) => {
    if (!box || event.key !== "Escape") return;
    event.stopImmediatePropagation();
    showCode(-1);
  };
  addEventListener("keydown", leave, { capture: true });
  deck.on("slidechanged", () => showCode(-1));
};

const begin = () => !window.Reveal.isSpeakerNotes() && lead(window.Reveal);

if (window.Reveal?.isReady()) begin();
else window.Reveal?.on("ready", begin);
