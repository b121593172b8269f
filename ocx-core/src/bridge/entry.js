// Makes listening sockets on the container's loopback, hands them out through the Unix socket of the
// session's bridge, and becomes the program. Arguments: the Unix socket, the ports with the setting that
// asks for each (`network=3128,host_ports=11434`), and the program with its arguments. Runs in opencode's
// own runtime, so that the base needs nothing.
//
// The program replaces this process, so that terminal, signals and exit code are its own, and nothing is
// left running beside it. That takes the C library: Bun 1.3.14 can neither hand out a socket nor set
// back the signals that it ignores. The layouts of the structures are those of 64-bit Linux, little
// endian; glibc and musl agree on them there.
const { dlopen, ptr, read } = require("bun:ffi");
const { readFileSync, readdirSync } = require("fs");

const [door, ports, ...command] = process.argv.slice(2);

const [INET, UNIX, STREAM, CLOEXEC] = [2, 1, 1, 0o2000000];
const [SOL_SOCKET, SO_REUSEADDR, SO_RCVTIMEO, SCM_RIGHTS] = [1, 2, 20, 1];
const [SIGPIPE, SIGXFSZ] = [13, 25];
const [F_SETFD, FD_CLOEXEC] = [2, 1];
const [ENOENT, EACCES, NO_SUCH_PROGRAM, CANNOT_EXECUTE] = [2, 13, 127, 126];
const PATIENCE_SECONDS = 10n;

// glibc under its name, and with its version before 2.34; musl under its own, and as Alpine and Debian
// name it.
const libraries = /\/\S*\/(libc\.so\.6|libc-[\d.]+\.so|libc\.so|ld-musl-\S+\.so\.1|libc\.musl-\S+\.so\.1)$/m;
const library = readFileSync("/proc/self/maps", "latin1").match(libraries)[0];
const { symbols: libc } = dlopen(library, {
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  listen: { args: ["i32", "i32"], returns: "i32" },
  connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
  sendmsg: { args: ["i32", "ptr", "i32"], returns: "i64" },
  read: { args: ["i32", "ptr", "u64"], returns: "i64" },
  fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
  signal: { args: ["i32", "ptr"], returns: "ptr" },
  unsetenv: { args: ["ptr"], returns: "i32" },
  execvp: { args: ["ptr", "ptr"], returns: "i32" },
  __errno_location: { args: [], returns: "ptr" },
});

const errno = () => read.i32(libc.__errno_location(), 0);

function fail(what, code, error = errno()) {
  console.error(`ocx: ${what} (error ${error})`);
  process.exit(code);
}

// The number that a call gave, if it is no failure.
function done(result, what) {
  if (Number(result) < 0) fail(`the session has no way to its bridge: cannot ${what}`, 1);
  return Number(result);
}

const text = (string) => Buffer.from(`${string}\0`);

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

function connected() {
  const socket = done(libc.socket(UNIX, STREAM | CLOEXEC, 0), "make a socket");
  const limit = Buffer.alloc(16);
  limit.writeBigInt64LE(PATIENCE_SECONDS, 0);
  libc.setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, ptr(limit), limit.length);
  const path = text(door);
  const address = Buffer.concat([Buffer.from([UNIX, 0]), path]);
  done(libc.connect(socket, ptr(address), address.length), `connect to ${door}`);
  return socket;
}

// Hands `sockets` out through `through` in one message, and waits for the answer.
function handOut(sockets, through) {
  const byte = Buffer.alloc(1);
  const part = Buffer.alloc(16);
  part.writeBigUInt64LE(BigInt(ptr(byte)), 0);
  part.writeBigUInt64LE(1n, 8);
  const length = 16 + 4 * sockets.length;
  const control = Buffer.alloc(8 * Math.ceil(length / 8));
  control.writeBigUInt64LE(BigInt(length), 0);
  control.writeInt32LE(SOL_SOCKET, 8);
  control.writeInt32LE(SCM_RIGHTS, 12);
  sockets.forEach((socket, position) => control.writeInt32LE(socket, 16 + 4 * position));
  const message = Buffer.alloc(56);
  message.writeBigUInt64LE(BigInt(ptr(part)), 16);
  message.writeBigUInt64LE(1n, 24);
  message.writeBigUInt64LE(BigInt(ptr(control)), 32);
  message.writeBigUInt64LE(BigInt(control.length), 40);
  done(libc.sendmsg(through, ptr(message), 0), "hand out its sockets");
  if (Number(libc.read(through, ptr(byte), 1n)) !== 1) fail("the session's bridge does not answer", 1);
}

// As it was when the runtime began.
function setBack() {
  for (const signal of [SIGPIPE, SIGXFSZ]) libc.signal(signal, null);
  for (const open of readdirSync("/proc/self/fd")) {
    if (Number(open) > 2) libc.fcntl(Number(open), F_SETFD, FD_CLOEXEC);
  }
  libc.unsetenv(ptr(text("BUN_BE_BUN")));
}

handOut(ports.split(",").map(listening), connected());
setBack();
const argv = command.map(text);
libc.execvp(ptr(argv[0]), ptr(addresses(argv, argv.length + 1)));
fail(`cannot run ${command[0]}`, errno() === ENOENT ? NO_SUCH_PROGRAM : CANNOT_EXECUTE);
