// Measures the way from a session to a server on the host that sends as many bytes as it is asked for.
import { readFileSync } from "node:fs";
import net from "node:net";

const [to, big, connections] = process.argv.slice(2);
const port = Number(to.split(":")[1]);

// On the engine's network the host is what Podman calls it, or the gateway.
function host() {
  const named = readFileSync("/etc/hosts", "utf8").match(/^(\S+)\s.*\bhost\.containers\.internal\b/m);
  if (named) return named[1];
  const routes = readFileSync("/proc/net/route", "utf8").split("\n").map((line) => line.split("\t"));
  const hex = routes.find((route) => route[1] === "00000000")[2];
  return hex.match(/../g).reverse().map((byte) => parseInt(byte, 16)).join(".");
}

const direct = to.startsWith("host:") ? host() : undefined;

const fetched = (size) =>
  new Promise((resolve, reject) => {
    let length = 0;
    let ready = Boolean(direct);
    const ask = () => socket.write(`${size}\n`);
    const socket = direct ? net.connect(port, direct, ask) : net.connect(3128, "127.0.0.1");
    if (!direct) socket.write(`CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\n\r\n`);
    socket.on("data", (data) => {
      if (ready) {
        length += data.length;
        if (length === size) socket.end();
        return;
      }
      if (!String(data).startsWith("HTTP/1.1 200")) return reject(new Error(String(data)));
      ready = true;
      ask();
    });
    socket.on("error", reject);
    socket.on("close", () =>
      length === size ? resolve() : reject(new Error(`${length} of ${size} bytes`)),
    );
  });

const timed = async (what) => {
  const begun = performance.now();
  await what();
  return performance.now() - begun;
};

const result = {
  big: await timed(() => fetched(Number(big))),
  connections: await timed(async () => {
    for (let made = 0; made < Number(connections); made++) await fetched(6);
  }),
};
console.log(JSON.stringify(result));
