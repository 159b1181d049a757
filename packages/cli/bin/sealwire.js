#!/usr/bin/env node
// There before anything is built, so that npm links the command in a fresh clone.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
// An older one would end at the first module that it lacks, without saying why.
if (major < 22 || (major === 22 && minor < 22)) {
  process.stderr.write(
    `error: sealwire needs Node.js 22.22 or later, and this is ${process.versions.node}. Install a newer one; in a clone, "npx sealwire" has one.\n`,
  );
  process.exitCode = 1;
} else {
  await import('../dist/main.js');
}
