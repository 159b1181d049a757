#!/usr/bin/env node
// The `sealwire` command.
import { run } from './run.js';

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  showsProgress: process.stderr.isTTY && !process.stdout.isTTY,
});
