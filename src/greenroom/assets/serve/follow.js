// A follower's deck: goes where the speaker goes, until its reader looks around; then a button leads back. It can move
// nobody, has no notes, and nothing to run.
import { connect, on, send } from "./connection.js";
import { look } from "./look.js";
import { patch } from "./patch.js";
import "./follow.css";

const facts = JSON.parse(document.getElementById("greenroom-live").textContent);

const DOOR = new URL("../", location).pathname;

const follow = (deck) => {
  let speaker; // where the speaker is
  let away = false;
  let applying = false;
  let framework;

  const back = Object.assign(document.createElement("button"), { type: "button", className: "greenroom-back" });
  back.hidden = true;
  back.textContent = "Back to the speaker";
  const status = Object.assign(document.createElement("p"), { className: "greenroom-follow", role: "status" });
  document.body.append(status, back);

  const there = () => {
    const slide = document.getElementById(speaker.slide);
    const { h, v = 0 } = slide?.closest(".slides") ? deck.getIndices(slide) : speaker;
    return { h, v };
  };

  const isThere = () => {
    const { h, v = 0, f = -1 } = deck.getIndices();
    const to = there();
    return h === to.h && v === to.v && (f === speaker.f || deck.isScrollView());
  };

  const setAway = (now) => {
    away = now;
    back.hidden = !away;
  };

  const join = () => {
    setAway(false);
    applying = true;
    const { h, v } = there();
    if (deck.isOverview()) deck.toggleOverview(false);
    if (deck.isPaused() !== speaker.paused) deck.togglePause(speaker.paused);
    if (!isThere()) deck.slide(h, v, speaker.f);
    if (speaker.framework !== framework) deck.getPlugin("panes").choose((framework = speaker.framework));
    applying = false;
  };

  const move = ({ at }) => {
    if (!at) return;
    speaker = at;
    if (away && isThere()) setAway(false);
    else if (!away) join();
  };

  const moved = () => {
    if (!speaker || applying) return;
    setAway(deck.isOverview() || !isThere() || deck.isPaused() !== speaker.paused);
  };
  for (const change of ["slidechanged", "fragmentshown", "fragmenthidden", "overviewshown", "overviewhidden"]) {
    deck.on(change, moved);
  }
  for (const change of ["paused", "resumed"]) deck.on(change, moved);
  back.addEventListener("click", join);
  deck.addKeyBinding({ keyCode: 87, key: "W", description: "Back to the speaker" }, () => speaker && join());
  for (const key of [68, 73, 83]) deck.removeKeyBinding(key); // to point, to draw, and the speaker's window

  const marks = deck.getPlugin("marks");
  on("stage", (message) => {
    status.textContent = message.at ? "" : "The talk has not begun.";
    marks.take({ all: message.marks });
    move(message);
  });
  on("at", (message) => {
    status.textContent = "";
    move(message);
  });
  on("marks", ({ change }) => marks.take(change));
  on("slides", (message) => {
    facts.version = message.version;
    applying = true;
    patch(deck, message);
    applying = false;
    if (speaker && !away) join();
  });
  look(deck);
  on("connected", () => send({ type: "stage" }));
  connect(DOOR + "live", () => facts);
};

if (window.Reveal.isReady()) follow(window.Reveal);
else window.Reveal.on("ready", () => follow(window.Reveal));
