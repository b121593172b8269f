// Tells whether a program can be executed, as JSON on one line. Arguments: a directory that relative
// paths begin at, and the program as it was asked for. Runs in opencode's own runtime, so that the
// base needs no shell.
const { accessSync, constants, existsSync, openSync, readSync, statSync } = require("fs");
const { normalize } = require("path").posix;
const [from, program] = process.argv.slice(-2);
const search = process.env.PATH || "";

// What speaks against a file, or null.
function problem(file) {
  let found;
  try { found = statSync(file); } catch (error) {
    return { kind: error.code === "EACCES" ? "forbidden" : "missing" };
  }
  if (found.isDirectory()) return { kind: "directory" };
  try { accessSync(file, constants.X_OK); } catch { return { kind: "not-executable" }; }
  const head = Buffer.alloc(4096);
  let length;
  // One that cannot be read can still be executed.
  try { length = readSync(openSync(file), head, 0, head.length, 0); } catch { return null; }
  return ofContent(head.subarray(0, length));
}

function ofContent(head) {
  if (head.toString("latin1", 0, 2) === "#!") {
    const line = head.toString("utf8", 2).split("\n")[0].replace(/^[ \t]+/, "");
    const interpreter = line.split(/[ \t]/)[0];
    return existsSync(interpreter) ? null : { kind: "no-interpreter", interpreter };
  }
  if (head.toString("latin1", 0, 4) !== "\x7fELF") return { kind: "no-format" };
  const machines = { x64: [62, 3], arm64: [183, 40] };
  const machine = head.length >= 64 ? head.readUInt16LE(18) : 0;
  if (!machines[process.arch].includes(machine)) return { kind: "foreign" };
  if (head[4] !== 2) return null;
  const [offset, size, count] = [Number(head.readBigUInt64LE(32)), head.readUInt16LE(54), head.readUInt16LE(56)];
  for (let at = offset; at < offset + size * count && at + 56 <= head.length; at += size) {
    if (head.readUInt32LE(at) !== 3) continue;
    const start = Number(head.readBigUInt64LE(at + 8));
    const end = start + Number(head.readBigUInt64LE(at + 32)) - 1;
    if (end > head.length) return null;
    const interpreter = head.toString("utf8", start, end);
    return existsSync(interpreter) ? null : { kind: "no-loader", interpreter };
  }
  return null;
}

const place = (path) => normalize(path.startsWith("/") ? path : `${from}/${path}`);
const candidates = program.includes("/")
  ? [place(program)]
  : search.split(":").map((directory) => `${place(directory)}/${program}`);
let answer = { kind: "missing" };
for (const file of candidates) {
  const against = problem(file);
  if (against === null) { answer = { kind: "fine", file }; break; }
  if (answer.kind === "missing" && against.kind !== "missing") answer = { ...against, file };
}
console.log(JSON.stringify({ ...answer, search }));
