// The speaker's phone: shows what the server tells of the leading deck, and asks for it to be moved. It knows nothing
// by itself, so that it is right again as soon as it is connected again.
import { clock, paceOf } from "../pace.js";
import { connect, on, send } from "./connection.js";

const $ = (id) => document.getElementById(id);
const write = (id, text) => {
  if ($(id).textContent !== text) $(id).textContent = text;
};

let shown;
let told = 0; // when, by this phone's clock
let connected = false;
let keepsAwake = true;

const showStatus = () => {
  const open = connected && shown?.open;
  const lost = "The connection is gone. Trying again…";
  const closed = "No deck is open on the speaker’s machine. Open it there.";
  const asleep = "This browser does not let the page keep the screen on.";
  write("status", !connected ? (shown ? lost : "Connecting…") : !open ? closed : keepsAwake ? "" : asleep);
  $("status").classList.toggle("hint", Boolean(open));
  document.body.classList.toggle("lost", !open);
  for (const id of ["next", "prev", "pause"]) $(id).disabled = !open;
  for (const id of ["run", "reset"]) $(id).disabled = !connected || !shown?.talk;
};

const showTime = () => {
  const { elapsed = 0, runs = false } = shown?.timer ?? {};
  const seconds = Math.floor((elapsed + (runs ? Date.now() - told : 0)) / 1000);
  const plan = shown?.about?.plan;
  write("elapsed", clock(seconds));
  write("total", plan ? `of ${clock(plan.total)}` : "");
  write("run", runs ? "Pause" : elapsed ? "Go on" : "Start");
  const [words, kind] = plan && (runs || elapsed) ? paceOf(plan, seconds) : ["", ""];
  write("pace", words);
  $("pace").className = kind;
};

const showNotes = ({ html, text }) => {
  const box = $("notes");
  if (html) box.innerHTML = html;
  else box.textContent = text || "No notes.";
  box.classList.toggle("none", !html && !text);
  box.classList.toggle("plain", !html);
  for (const link of box.querySelectorAll("a")) link.target = "_blank";
  document.querySelector("main").scrollTop = 0;
};

/** Lets the step's own note stand out, and be seen. */
const showNote = (step) => {
  for (const note of $("notes").querySelectorAll(".step-note")) {
    note.classList.toggle("now", Number(note.dataset.step) === step);
    if (note.matches(".now")) note.scrollIntoView({ block: "nearest" });
  }
};

/** Pictures in notes lie beside the deck. */
const setBase = (talk) => {
  const base = document.querySelector("base") ?? document.head.appendChild(document.createElement("base"));
  base.href = `${location.pathname}${encodeURIComponent(talk)}/`;
};

const show = (message) => {
  const before = shown;
  shown = message;
  told = Date.now();
  if (message.talk && message.talk !== before?.talk) setBase(message.talk);
  const { at, about } = message;
  $("pause").ariaPressed = Boolean(at?.paused);
  write("pause", at?.paused ? "Light" : "Black");
  if (about) {
    document.title = `Remote: ${about.talk}`;
    for (const id of ["title", "caption", "notes"]) $(id).lang = about.lang;
    write("number", about.slide ? `${about.slide}/${about.slides}` : "");
    write("title", about.title);
    const { step, steps, caption } = about.walk;
    write("step", steps ? `Step ${step} of ${steps}` : "");
    write("caption", caption);
    $("walk").hidden = !steps && !caption;
    write("next", about.last ? "The end" : "Next");
    const { about: past } = before ?? {};
    const anew = JSON.stringify(past?.notes) !== JSON.stringify(about.notes) || before.at?.slide !== at.slide;
    if (anew) showNotes(about.notes);
    if (anew || past.walk.step !== step) showNote(step);
  }
  showTime();
  showStatus();
};

for (const id of ["next", "prev", "pause"]) $(id).addEventListener("click", () => send({ type: "press", what: id }));
$("run").addEventListener("click", () => send({ type: "clock", what: shown?.timer.runs ? "stop" : "run" }));
$("reset").addEventListener("click", () => send({ type: "clock", what: "reset" }));

const KEYS = { ArrowRight: "next", PageDown: "next", ArrowLeft: "prev", PageUp: "prev", b: "pause", ".": "pause" };
addEventListener("keydown", ({ key, ctrlKey, metaKey, altKey }) => {
  if (KEYS[key] && !ctrlKey && !metaKey && !altKey) send({ type: "press", what: KEYS[key] });
});

// --- the screen stays on while the page is seen -------------------------------------------------------------------------

const stayAwake = async () => {
  if (document.visibilityState !== "visible") return;
  try {
    await navigator.wakeLock.request("screen");
    keepsAwake = true;
  } catch {
    keepsAwake = false;
  }
  showStatus();
};
document.addEventListener("visibilitychange", stayAwake);
document.addEventListener("click", () => keepsAwake || stayAwake());

on("stage", show);
on("connected", () => {
  connected = true;
  send({ type: "stage" });
  showStatus();
});
on("disconnected", () => {
  connected = false;
  showStatus();
});
connect(`${location.pathname}live`, () => ({ kind: "remote" }));
stayAwake();
setInterval(showTime, 500);
