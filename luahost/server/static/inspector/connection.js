// The connection to the host: one WebSocket, made again when it breaks.

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 4000;

export class Connection {
  // `told(message)` takes what comes, `say(text, kind)` how the connection is.
  constructor(url, { told, say }) {
    this.url = new URL(url, location.href);
    this.url.protocol = this.url.protocol === "https:" ? "wss:" : "ws:";
    this.told = told;
    this.say = say;
    this.wait_ms = FIRST_WAIT_MS;
    this.connect();
  }

  connect() {
    this.socket = new WebSocket(this.url);
    this.socket.onopen = () => this.opened();
    this.socket.onmessage = (event) => this.told(JSON.parse(event.data));
    this.socket.onclose = () => this.closed();
  }

  opened() {
    this.wait_ms = FIRST_WAIT_MS;
    this.say("live", "live");
  }

  closed() {
    this.say("not connected", "off");
    setTimeout(() => this.connect(), this.wait_ms);
    this.wait_ms = Math.min(this.wait_ms * 2, LONGEST_WAIT_MS);
  }

  // Returns whether it could be sent.
  send(asked) {
    const isOpen = this.socket.readyState === WebSocket.OPEN;
    if (isOpen) this.socket.send(JSON.stringify(asked));
    return isOpen;
  }
}
