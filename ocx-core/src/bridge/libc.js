// What the scripts that ocx runs in a session's container have in common. They run in opencode's own
// runtime, so that the base needs nothing, and need the C library: Bun 1.3.14 can neither hand out a
// socket nor set back the signals that it ignores. The layouts of the structures are those of 64-bit
// Linux, little endian; glibc and musl agree on them there.
const { dlopen, ptr, read } = require("bun:ffi");
const { readFileSync, readdirSync } = require("fs");

const [INET, UNIX, STREAM, CLOEXEC] = [2, 1, 1, 0o2000000];
const [RIGHTS_LEVEL, SCM_RIGHTS] = [1, 1];
const EINTR = 4;

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
  close: { args: ["i32"], returns: "i32" },
  __errno_location: { args: [], returns: "ptr" },
});

const errno = () => read.i32(libc.__errno_location(), 0);

function fail(what, code, error = errno()) {
  console.error(`ocx: ${what} (error ${error})`);
  process.exit(code);
}

// The number that a call gave, if it is no failure.
function done(result, what) {
  if (Number(result) < 0) fail(`the session has no way to ocx: cannot ${what}`, 1);
  return Number(result);
}

const text = (string) => Buffer.from(`${string}\0`);

function connected(path) {
  const socket = done(libc.socket(UNIX, STREAM | CLOEXEC, 0), "make a socket");
  const address = Buffer.concat([Buffer.from([UNIX, 0]), text(path)]);
  done(libc.connect(socket, ptr(address), address.length), `connect to ${path}`);
  return socket;
}

// Hands `sockets` out through `through`, all in one message.
function send(sockets, through) {
  const byte = Buffer.alloc(1);
  const part = Buffer.alloc(16);
  part.writeBigUInt64LE(BigInt(ptr(byte)), 0);
  part.writeBigUInt64LE(1n, 8);
  const length = 16 + 4 * sockets.length;
  const control = Buffer.alloc(8 * Math.ceil(length / 8));
  control.writeBigUInt64LE(BigInt(length), 0);
  control.writeInt32LE(RIGHTS_LEVEL, 8);
  control.writeInt32LE(SCM_RIGHTS, 12);
  sockets.forEach((socket, position) => control.writeInt32LE(socket, 16 + 4 * position));
  const message = Buffer.alloc(56);
  message.writeBigUInt64LE(BigInt(ptr(part)), 16);
  message.writeBigUInt64LE(1n, 24);
  message.writeBigUInt64LE(BigInt(ptr(control)), 32);
  message.writeBigUInt64LE(BigInt(control.length), 40);
  done(libc.sendmsg(through, ptr(message), 0), "hand out its sockets");
}

// Waits for a byte. There is none if the other side has gone.
function hasByte(from) {
  const byte = Buffer.alloc(1);
  for (;;) {
    const count = Number(libc.read(from, ptr(byte), 1n));
    if (count >= 0 || errno() !== EINTR) return count === 1;
  }
}

