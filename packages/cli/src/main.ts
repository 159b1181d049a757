#!/usr/bin/env node
// The `sealwire` command.
import { run } from './run.js';
import { withoutKafkajsTimers } from './without-kafkajs-timers.js';

withoutKafkajsTimers(process);

// Who reads the first lines only (`| head`) closes the pipe: nothing more is wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  showsProgress: process.stderr.isTTY && !process.stdout.isTTY,
  // https://no-color.org
  colour: process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '',
});
