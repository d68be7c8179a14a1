// The speaker's window: asks the deck that opened it what it shows, once a second and whenever it is told of a change,
// and hands it the keys that are pressed here. The deck alone knows where the talk is; only the time is kept here.
import { clock, paceOf } from "./pace.js";

const deck = window.opener;
const secret = location.hash.slice(1);
const $ = (id) => document.getElementById(id);
const frames = [$("current"), $("upcoming")];

const kept = (name, otherwise) => {
  try {
    return JSON.parse(localStorage[name]);
  } catch {
    return otherwise;
  }
};

const keep = (name, value) => {
  try {
    localStorage[name] = JSON.stringify(value);
  } catch {
    // It is forgotten when the window is loaded again, then.
  }
};

const tell = (message) => deck?.postMessage({ speaker: secret, ...message }, "*");

const write = (id, text) => {
  if ($(id).textContent !== text) $(id).textContent = text;
};

// --- time ------------------------------------------------------------------------------------------------------------

const AWAY = 10 * 60_000; // a window that is opened again after so long begins anew
const TIMER = `greenroom.timer ${location.pathname}`;

const fresh = { spent: 0, since: null };
const stored = kept(TIMER, fresh);
let timer = Date.now() - stored.seen < AWAY ? stored : fresh;

const elapsed = () => timer.spent + (timer.since === null ? 0 : Date.now() - timer.since);

const setTimer = (value) => {
  timer = { ...value, seen: Date.now() };
  keep(TIMER, timer);
  showTime();
};

const run = () => setTimer({ spent: timer.spent, since: Date.now() });

const showTime = () => {
  const seconds = Math.floor(elapsed() / 1000);
  write("elapsed", clock(seconds));
  write("clock", new Date().toLocaleTimeString([], { hour: "numeric", minute: "2-digit" }));
  write("run", timer.since !== null ? "Pause" : timer.spent ? "Go on" : "Start");
  const plan = shown?.plan;
  $("plan").hidden = !plan || (!timer.spent && timer.since === null);
  write("total", plan ? `of ${clock(plan.total)}` : "");
  if (!plan) return;
  const [words, kind] = paceOf(plan, seconds);
  write("pace", words);
  $("pace").className = kind;
  write("until", `this slide until ${clock(plan.end)}`);
};

$("run").addEventListener("click", () => {
  if (timer.since === null) run();
  else setTimer({ spent: elapsed(), since: null });
});
$("reset").addEventListener("click", () => setTimer(fresh));

// A remote may have started or stopped the clock.
addEventListener("storage", ({ key, newValue }) => {
  if (key !== TIMER || !newValue) return;
  timer = JSON.parse(newValue);
  showTime();
});

// --- what the deck shows -----------------------------------------------------------------------------------------------

let shown;
let heard = 0;

const follow = (frame) => {
  const quiet = { ...shown.state, paused: false, overview: false };
  const { framework, state } = shown;
  const message = frame === frames[0] ? { follow: state, framework } : { follow: quiet, framework, next: true };
  frame.contentWindow.postMessage(message, "*");
};

/** Frames are as large as the deck's own window, so that all is laid out alike, and shown smaller. */
const fit = () => {
  if (!shown) return;
  const [width, height] = shown.size;
  document.body.style.setProperty("--ratio", width / height);
  for (const frame of frames) {
    const scale = frame.parentElement.clientWidth / width;
    Object.assign(frame.style, { width: `${width}px`, height: `${height}px`, scale });
  }
};

const showNotes = ({ html, text }) => {
  const box = $("notes");
  if (html) box.innerHTML = html;
  else box.textContent = text || "No notes.";
  box.classList.toggle("none", !html && !text);
  box.classList.toggle("plain", !html);
  for (const link of box.querySelectorAll("a[href]:not([href^='#'])")) link.target = "_blank";
  box.scrollTop = 0;
};

/** Lets the step's own note stand out, and be seen. */
const showNote = (step) => {
  const box = $("notes");
  for (const note of box.querySelectorAll(".step-note")) {
    const now = Number(note.dataset.step) === step;
    note.classList.toggle("now", now);
    const above = note.offsetTop < box.scrollTop;
    const below = note.offsetTop + note.offsetHeight > box.scrollTop + box.clientHeight;
    if (now && (above || below)) box.scrollTop = note.offsetTop - 12;
  }
};

const show = (message) => {
  const before = shown;
  shown = message;
  const differ = (...keys) => keys.some((key) => JSON.stringify(before?.[key]) !== JSON.stringify(message[key]));
  if (differ("loaded")) frames.forEach((frame) => (frame.src = message.frames));
  else if (differ("state", "framework")) frames.forEach(follow);
  if (differ("base")) {
    const base = document.querySelector("base") ?? document.head.appendChild(document.createElement("base"));
    base.href = message.base;
  }
  if (differ("size")) fit();
  if (differ("notes")) showNotes(message.notes);
  if (differ("notes", "walk")) showNote(message.walk.step);

  document.title = `Speaker: ${message.talk}`;
  for (const element of [$("title"), $("caption"), $("notes")]) element.lang = message.lang;
  write("number", message.slide ? `${message.slide} of ${message.slides}` : "Not counted");
  write("title", message.title);
  write("next-title", message.last ? "Next: the end" : "Next");
  $("next").classList.toggle("end", message.last);
  const { step, steps, caption } = message.walk;
  write("step", steps ? `Step ${step} of ${steps}` : "");
  write("caption", caption);
  $("walk").hidden = !steps;

  const moved = before && differ("state") && !differ("loaded");
  if (moved && !timer.spent && timer.since === null) run();
  showTime();
};

const showStatus = () => {
  const { state } = shown ?? {};
  let text = state?.paused ? "The audience sees nothing: the deck is dark. B lights it." : "";
  if (Date.now() - heard > 3500) text = "The deck does not answer. Is it still open in the other window?";
  if (!deck || deck.closed) text = "The deck’s window is closed. Open the deck again, and press S there.";
  document.body.classList.toggle("alone", !deck || deck.closed || !heard);
  write("status", text);
};

addEventListener("message", ({ source, data }) => {
  if (source === deck && data?.deck === "state") {
    heard = Date.now();
    show(data);
    showStatus();
  }
  if (source === deck && data?.deck === "marks") frames[0].contentWindow.postMessage({ marks: data.change }, "*");
  const frame = frames.find(({ contentWindow }) => contentWindow === source);
  if (!frame || !shown) return;
  if (data?.frame === "ready") follow(frame);
  if (data?.frame === "ready" && frame === frames[0]) tell({ all: true });
  if (data?.marks && frame === frames[0]) tell({ marks: data.marks });
  if (data?.state && frame === frames[0]) tell({ state: data.state });
  if (data?.key) press(data.key);
});

// --- keys and buttons --------------------------------------------------------------------------------------------------

// What the deck does with these takes the audience's eyes, or needs a key that was pressed in the deck itself.
const HERE = /^(Tab|Shift|Alt|Control|Meta|F\d+|[sfgc?])$/i;
const KEYS = { back: { key: "PageUp", keyCode: 33 }, on: { key: "PageDown", keyCode: 34 } };
const SIZES = [16, 18, 20, 23, 26, 30, 35, 40, 46, 54];

const press = (key) => {
  if (key.key === "+" || key.key === "=") resize(1);
  else if (key.key === "-") resize(-1);
  else if (!HERE.test(key.key)) tell({ key });
};

const resize = (by) => {
  const size = Math.min(Math.max(kept("greenroom.notes", 4) + by, 0), SIZES.length - 1);
  keep("greenroom.notes", size);
  document.documentElement.style.setProperty("--notes", `${SIZES[size]}px`);
  $("smaller").disabled = size === 0;
  $("larger").disabled = size === SIZES.length - 1;
};

addEventListener("keydown", (event) => {
  const { key, code, keyCode, shiftKey, altKey, ctrlKey, metaKey, target } = event;
  const own = target.closest("button, a") ? /^(Enter| )$/ : target.id === "notes" ? /^Arrow(Up|Down)$/ : /^$/;
  if (altKey || ctrlKey || metaKey || HERE.test(key) || own.test(key)) return;
  event.preventDefault();
  press({ key, code, keyCode, shiftKey });
});
for (const [id, key] of Object.entries(KEYS)) $(id).addEventListener("click", () => tell({ key }));
$("smaller").addEventListener("click", () => resize(-1));
$("larger").addEventListener("click", () => resize(1));
$("notes").addEventListener("click", (event) => {
  const address = event.target.closest("a")?.getAttribute("href");
  if (!address?.startsWith("#")) return;
  event.preventDefault();
  tell({ go: address });
});

resize(0);
showTime();
tell({});
new ResizeObserver(fit).observe(document.body);
setInterval(() => {
  tell({});
  showStatus();
  if (elapsed()) setTimer(timer);
  else showTime();
}, 1000);
