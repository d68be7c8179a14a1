// Keeps a page that `greenroom present` shows up to date: what every deck and every page of the site loads there.
//
// The server puts before it: <script type="application/json" id="greenroom-live">{"version": 3, "session": "…",
// "talk": "tf2-pytorch", "kind": "deck"}</script>. Messages are JSON with a `type`:
//
//   from the server   reload                      the page is another one altogether
//                     slides {slides, order, files, version}    what has changed in the deck: see patch.js
//                     problems {text}             what is wrong, in the words of the terminal; "" if nothing is
//   to the server     {token, talk, kind, version, session}     first, once connected
import { panel } from "./panel.js";
import { patch } from "./patch.js";

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

const handlers = {
  reload: () => location.reload(),
  slides: (message) => {
    facts.version = message.version;
    patch(window.Reveal, message);
  },
  problems: ({ text }) => panel(text),
};

/** Adds what is done for a type of message. */
export const on = (type, handle) => (handlers[type] = handle);

let socket;

/** Sends a message, if there is a connection. */
export const send = (message) => socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));

let wait = 0;
let timer;

const connect = () => {
  clearTimeout(timer);
  if (socket && socket.readyState <= WebSocket.OPEN) return;
  socket = new WebSocket(`${location.protocol.replace("http", "ws")}//${location.host}/_greenroom/live`);
  socket.onopen = () => {
    wait = 0;
    document.documentElement.classList.remove("disconnected");
    send({ token: token(), ...facts });
  };
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    handlers[message.type]?.(message);
  };
  socket.onclose = () => {
    document.documentElement.classList.add("disconnected");
    wait = Math.min(5000, wait * 2 || 250);
    timer = setTimeout(connect, wait);
  };
};

const start = () => {
  connect();
  for (const event of ["online", "focus", "pageshow"]) addEventListener(event, connect);
  document.addEventListener("visibilitychange", connect);
};

token();
if (facts.kind !== "deck" || window.Reveal?.isReady()) start();
else window.Reveal.on("ready", start);
