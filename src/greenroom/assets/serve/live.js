// Keeps a page that `greenroom present` shows up to date: what every deck and every page of the site loads there.
//
// The server puts before it: <script type="application/json" id="greenroom-live">{"version": 3, "session": "…",
// "talk": "tf2-pytorch", "kind": "deck"}</script>. Messages are JSON with a `type`:
//
//   from the server   reload                      the page is another one altogether
//                     slides {…, version}         what has changed in the deck: see patch.js
//                     problems {text}             what is wrong, in the words of the terminal; "" if nothing is
//                     stage, press, timer         see stage.js
//                     at, marks                   to followers: see follow.js
//                     runs, run                   see serve/runs.py
//                     ask                         what may be run, or what is recorded, has changed
//                     seen, ran, gone             to those who look on: see serve/seen.py
//                     stale {slides}              which listings of a slide, by its id, have outputs of other code
//                     go {places}                 where the author's change is seen: [id of a slide, its step]
//                     open {url} or {text}        what comes of a wish to open the editor
//                     pages {paths}               pages of the site that were built anew; "*" is all
//                     pong                        what comes of a ping
//   to the server     {token, talk, kind, version, session, page}    first, once connected
//                     ping                        is anybody there?
//                     at, timer, marks            see stage.js
//                     runs, run, stop, seen       see run.js
//                     open {path, line}           open the author's editor
import { author } from "./author.js";
import { connect, on } from "./connection.js";
import { look } from "./look.js";
import { page } from "./page.js";
import { panel } from "./panel.js";
import { patch } from "./patch.js";
import { runs } from "./run.js";
import { mark, stale } from "./stale.js";
import "./stage.js";

const facts = JSON.parse(document.getElementById("greenroom-live").textContent);
const TOKEN = "greenroom.token";

/** The session's token: it comes in the address, which must not keep it, and is stored for this origin alone. */
const token = () => {
  const address = new URL(location.href);
  const given = address.searchParams.get("token");
  if (given) {
    localStorage.setItem(TOKEN, given);
    address.searchParams.delete("token");
    history.replaceState(history.state, "", address);
  }
  return localStorage.getItem(TOKEN) ?? "";
};

on("slides", (message) => {
  if (message.version <= facts.version) return; // the page came with it
  if (message.version > facts.version + 1) return location.reload(); // it has missed something
  facts.version = message.version;
  patch(window.Reveal, message);
  mark();
});
on("stale", stale);
if (window === top) on("problems", ({ text }) => panel(text)); // and not in the speaker's window as well

const start = () => {
  if (facts.kind === "page") page();
  else if (window === top) author(window.Reveal);
  if (facts.kind === "deck") (window.Reveal.isSpeakerNotes() ? look(window.Reveal) : runs(facts.talk));
  connect("/_greenroom/live", () => ({ token: token(), ...facts }));
};

token();
if (facts.kind !== "deck" || window.Reveal?.isReady()) start();
else window.Reveal.on("ready", start);
