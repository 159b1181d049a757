// Program: runs one broker for a parent process, and kills it with all it started when the parent is gone, however it went.
// Usage: guard.js [last-command…] -- command…   (`last-command` is run after the parent is gone, say `docker rm -f <id>`.)
import { spawn, spawnSync } from 'node:child_process';

const split = process.argv.indexOf('--');
const last = process.argv.slice(2, split);
const [command = '', ...args] = process.argv.slice(split + 1);

// Its own process group, so that one signal reaches whatever the broker starts.
const child = spawn(command, args, { detached: true, stdio: ['ignore', 'inherit', 'inherit'] });

function killGroup(): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nothing of the group is left.
  }
}

function parentIsGone(): never {
  killGroup();
  const [lastCommand, ...lastArgs] = last;
  if (lastCommand !== undefined) spawnSync(lastCommand, lastArgs, { stdio: 'ignore' });
  process.exit(1);
}

process.on('message', (signal) => {
  if (signal === 'SIGKILL') killGroup();
  else child.kill('SIGTERM');
});
process.on('disconnect', parentIsGone);
process.on('SIGTERM', parentIsGone);
// Ctrl-C reaches the parent too; what it does then decides.
process.on('SIGINT', () => undefined);

child.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(127);
});
child.on('exit', (code) => {
  killGroup();
  process.exit(code ?? 1);
});
