// Connects to a host through the session's proxy, and passes on what comes in and what comes back: the
// `ProxyCommand` of OpenSSH, which takes no proxy from its environment. Arguments: the proxy's port, the
// host and its port.
const { connect } = require("net");
const [proxy, host, port] = process.argv.slice(2);
const LONGEST_HEAD = 65536;
const LAST_ANSWER_MS = 2000;

const place = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
const socket = connect(Number(proxy), "127.0.0.1", () => {
  socket.write(`CONNECT ${place} HTTP/1.1\r\nHost: ${place}\r\n\r\n`);
});
let answer = Buffer.alloc(0);

function refused(head, body) {
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  if (body.length < length) return;
  console.error(body.subarray(0, length).toString().trim() || `ocx: no way to ${place}`);
  process.exit(1);
}

function read(chunk) {
  answer = Buffer.concat([answer, chunk]);
  const end = answer.indexOf("\r\n\r\n");
  if (end < 0) {
    if (answer.length > LONGEST_HEAD) process.exit(1);
    return;
  }
  const head = answer.toString("latin1", 0, end);
  const rest = answer.subarray(end + 4);
  if (head.split(" ")[1] !== "200") return refused(head, rest);
  socket.off("data", read);
  if (rest.length) process.stdout.write(rest);
  socket.on("data", (chunk) => process.stdout.write(chunk));
  process.stdin.on("data", (chunk) => socket.write(chunk));
  // Bun 1.3.14 cannot end one side only. OpenSSH is done when it closes this, and ends the program.
  process.stdin.on("end", () => setTimeout(() => process.exit(0), LAST_ANSWER_MS));
}

socket.on("data", read);
socket.on("error", (error) => {
  console.error(`ocx: no way to ${place}: ${error.message}`);
  process.exit(1);
});
socket.on("end", () => process.stdout.end(() => process.exit(0)));
