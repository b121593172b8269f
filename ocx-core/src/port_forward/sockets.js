// Hands out sockets of the container's network through a Unix socket, for ocx to connect them to what
// listens there: some at once, and some more for each byte that comes, until the other side goes.
// Argument: the Unix socket. Stands behind `libc.js`.
const [door] = process.argv.slice(-1);

const FAMILIES = [INET, 10];
const EACH = 8;

function some() {
  const sockets = [];
  for (const family of FAMILIES) {
    for (let number = 0; number < EACH; number++) {
      const socket = libc.socket(family, STREAM | CLOEXEC, 0);
      // A container may be without IPv6.
      if (socket >= 0) sockets.push(socket);
    }
  }
  return sockets;
}

const outside = connected(door);
do {
  const sockets = some();
  send(sockets, outside);
  for (const socket of sockets) libc.close(socket);
} while (hasByte(outside));
