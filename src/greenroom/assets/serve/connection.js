// The connection of a page with the server of `greenroom present`: messages are JSON with a `type`; what they are is
// told in live.js. A connection that is lost is made anew for as long as the page is there. That it is lost is seldom
// said: a laptop slept, a network went. So the server is asked every few seconds, and when somebody looks at the page.

const BEAT = 5000; // ms between two questions
const ANSWER = 4000; // ms for an answer, and for a connection
const GRACE = 250; // ms, in which a page that was busy hears what has come meanwhile

const handlers = { reload: [() => location.reload()] };

/** Adds something that is done for a type of message; `connected` and `disconnected` are told by the connection. */
export const on = (type, handle) => (handlers[type] ??= []).push(handle);

const tell = (message) => handlers[message.type]?.forEach((handle) => handle(message));

let socket;

/** Sends a message, if there is a connection. */
export const send = (message) => socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));

/** Tells this page from all others, so that the server forgets the connection that it had before. */
const page = [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("-");

/**
 * Connects, and stays connected.
 *
 * @param path where the server takes connections of such pages
 * @param hello makes what the page says first
 */
export const connect = (path, hello) => {
  let wait = 0;
  let again;
  let deadline;

  const heard = () => {
    clearTimeout(deadline);
    deadline = undefined;
  };

  const expect = () => {
    deadline ??= setTimeout(() => (deadline = setTimeout(lost, GRACE)), ANSWER);
  };

  const lost = () => {
    heard();
    // One that is half open would take long to close.
    Object.assign(socket, { onopen: null, onmessage: null, onclose: null });
    socket.close();
    socket = undefined;
    document.documentElement.classList.add("disconnected");
    tell({ type: "disconnected" });
    wait = Math.min(5000, wait * 2 || 250);
    clearTimeout(again);
    again = setTimeout(open, wait);
  };

  const open = () => {
    clearTimeout(again);
    socket = new WebSocket(`${location.protocol.replace("http", "ws")}//${location.host}${path}`);
    expect();
    socket.onopen = () => {
      heard();
      wait = 0;
      document.documentElement.classList.remove("disconnected");
      send({ ...hello(), page });
      tell({ type: "connected" });
    };
    socket.onmessage = ({ data }) => {
      heard();
      tell(JSON.parse(data));
    };
    socket.onclose = lost;
  };

  /** Sees whether the server is there. */
  const look = () => {
    if (!socket) open();
    else if (send({ type: "ping" }) !== false) expect();
  };

  open();
  setInterval(() => socket && look(), BEAT);
  for (const event of ["online", "focus", "pageshow"]) addEventListener(event, look);
  document.addEventListener("visibilitychange", look);
};
