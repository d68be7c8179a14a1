// The connection of a page with the server of `greenroom present`: messages are JSON with a `type`; what they are is
// told in live.js. A connection that is lost is made anew for as long as the page is there.

const handlers = { reload: [() => location.reload()] };

/** Adds something that is done for a type of message; `connected` and `disconnected` are told by the connection. */
export const on = (type, handle) => (handlers[type] ??= []).push(handle);

const tell = (message) => handlers[message.type]?.forEach((handle) => handle(message));

let socket;

/** Sends a message, if there is a connection. */
export const send = (message) => socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));

/**
 * Connects, and stays connected.
 *
 * @param path where the server takes connections of such pages
 * @param hello makes what the page says first
 */
export const connect = (path, hello) => {
  let wait = 0;
  let timer;
  const open = () => {
    clearTimeout(timer);
    if (socket && socket.readyState <= WebSocket.OPEN) return;
    socket = new WebSocket(`${location.protocol.replace("http", "ws")}//${location.host}${path}`);
    socket.onopen = () => {
      wait = 0;
      document.documentElement.classList.remove("disconnected");
      send(hello());
      tell({ type: "connected" });
    };
    socket.onmessage = ({ data }) => tell(JSON.parse(data));
    socket.onclose = () => {
      document.documentElement.classList.add("disconnected");
      tell({ type: "disconnected" });
      wait = Math.min(5000, wait * 2 || 250);
      timer = setTimeout(open, wait);
    };
  };
  open();
  for (const event of ["online", "focus", "pageshow"]) addEventListener(event, open);
  document.addEventListener("visibilitychange", open);
};
