// Makes listening sockets on the container's loopback, hands them out through the Unix socket of the
// session's bridge, and becomes the program. Arguments: the Unix socket, the ports with the setting that
// asks for each (`network=3128,host_ports=11434`), and the program with its arguments. Stands behind
// `libc.js`.
//
// The program replaces this process, so that terminal, signals and exit code are its own, and nothing is
// left running beside it.
const [door, ports, ...command] = process.argv.slice(2);

const [SOL_SOCKET, SO_REUSEADDR, SO_RCVTIMEO] = [1, 2, 20];
const [SIGPIPE, SIGXFSZ] = [13, 25];
const [F_SETFD, FD_CLOEXEC] = [2, 1];
const [ENOENT, EACCES, NO_SUCH_PROGRAM, CANNOT_EXECUTE] = [2, 13, 127, 126];
const PATIENCE_SECONDS = 10n;

function number(value) {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32LE(value);
  return buffer;
}

// An array of addresses, with a null behind the last if it has room for one.
function addresses(buffers, length) {
  const array = Buffer.alloc(8 * length);
  buffers.forEach((buffer, position) => array.writeBigUInt64LE(BigInt(ptr(buffer)), 8 * position));
  return array;
}

function listening(word) {
  const [setting, port] = word.split("=");
  const socket = done(libc.socket(INET, STREAM | CLOEXEC, 0), "make a socket");
  libc.setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, ptr(number(1)), 4);
  const address = Buffer.alloc(16);
  address.writeUInt16LE(INET, 0);
  address.writeUInt16BE(Number(port), 2);
  address.set([127, 0, 0, 1], 4);
  if (libc.bind(socket, ptr(address), address.length) < 0 || libc.listen(socket, 4096) < 0) {
    const error = errno();
    const why = error === EACCES ? ", since only root may listen on ports below 1024 there" : "";
    fail(`the session cannot have 127.0.0.1:${port}, which the setting \`${setting}\` asks for${why}`, 1, error);
  }
  return socket;
}

// Hands the sockets out, and waits for the answer.
function handOut(sockets) {
  const through = connected(door);
  const limit = Buffer.alloc(16);
  limit.writeBigInt64LE(PATIENCE_SECONDS, 0);
  libc.setsockopt(through, SOL_SOCKET, SO_RCVTIMEO, ptr(limit), limit.length);
  send(sockets, through);
  if (!hasByte(through)) fail("the session's bridge does not answer", 1);
}

// As it was when the runtime began.
function setBack() {
  for (const signal of [SIGPIPE, SIGXFSZ]) libc.signal(signal, null);
  for (const open of readdirSync("/proc/self/fd")) {
    if (Number(open) > 2) libc.fcntl(Number(open), F_SETFD, FD_CLOEXEC);
  }
  libc.unsetenv(ptr(text("BUN_BE_BUN")));
}

handOut(ports.split(",").map(listening));
setBack();
const argv = command.map(text);
libc.execvp(ptr(argv[0]), ptr(addresses(argv, argv.length + 1)));
fail(`cannot run ${command[0]}`, errno() === ENOENT ? NO_SUCH_PROGRAM : CANNOT_EXECUTE);
